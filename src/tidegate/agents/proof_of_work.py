"""Proof of work: how many blocks a hashrate finds, what they issue, how difficulty follows.

All integers. Blocks come at their expected times, so a day's issuance is exact; luck averages
out within days. Difficulty is kept in TH (10^12 hashes) per block.
"""

from __future__ import annotations

from tidegate.scenario.mining import ProtocolSpec

__all__ = ["Chain"]


class Chain:
    """The block chain as far as issuance goes.

    Parameters
    ----------
    protocol : ProtocolSpec
        Its rules, and its height at the start.
    hashrate : int
        TH/s at the start, to which difficulty is adjusted.

    Notes
    -----
    A retarget measures all 2,016 intervals of a period; Bitcoin's own code misses one of them,
    which makes blocks 0.05 % late and is left out.
    """

    def __init__(self, protocol: ProtocolSpec, hashrate: int) -> None:
        if hashrate < 1:
            raise ValueError(f"hashrate must be at least 1 TH/s, got {hashrate}")
        self.protocol = protocol
        self.height = protocol.height
        self.difficulty = hashrate * protocol.block_seconds  # TH per block
        self.issued = 0  # satoshi since the start
        self._work = 0  # TH done towards the next block
        # What is mined of the first period was on time.
        self._period = protocol.height % protocol.retarget_blocks * protocol.block_seconds

    def subsidy(self, height: int) -> int:
        """Return what the block of a height issues, satoshi."""
        return self.protocol.first_subsidy >> (height // self.protocol.halving_blocks)

    def mine(self, hashrate: int, seconds: int) -> int:
        """Work for some time; return the number of blocks found.

        Parameters
        ----------
        hashrate
            TH/s.
        seconds
            How long.
        """
        protocol, before = self.protocol, self.height
        while True:
            to_retarget = protocol.retarget_blocks - self.height % protocol.retarget_blocks
            found = (self._work + hashrate * seconds) // self.difficulty
            if found < to_retarget:
                self._work += hashrate * seconds - found * self.difficulty
                self._period += seconds
                self._append(found)
                return self.height - before
            missing = to_retarget * self.difficulty - self._work
            took = max(0, -(-missing // hashrate)) if hashrate else 0
            self._work += hashrate * took - to_retarget * self.difficulty
            self._period += took
            seconds -= took
            self._append(to_retarget)
            self._retarget()

    def _append(self, blocks: int) -> None:
        """Add blocks, each era's at its own subsidy."""
        while blocks > 0:
            halving = self.protocol.halving_blocks
            part = min(blocks, halving - self.height % halving)
            self.issued += part * self.subsidy(self.height)
            self.height += part
            blocks -= part

    def _retarget(self) -> None:
        protocol = self.protocol
        target = protocol.retarget_blocks * protocol.block_seconds
        actual = min(max(self._period, target // protocol.clamp), target * protocol.clamp)
        self.difficulty = max(1, self.difficulty * target // actual)
        self._period = 0

    def revenue(self, price: float) -> float:
        """Return what a TH/s is expected to earn a day at a price of USD per coin.

        The hashprice, per TH instead of PH. Fees of transactions are left out: they issue no
        coins, and were 1-6 % of revenue in 2024-25.
        """
        return self.subsidy(self.height) * 1e-8 * price * 86_400.0 / self.difficulty
