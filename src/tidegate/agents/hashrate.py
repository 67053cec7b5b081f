"""Where the world's machines stand and run: entry, exit and relocation, by profit.

Columns by host and class of machine, whole TH/s, classes from the most efficient down; none is
ever made or lost but by name (bought, lost on the way). A machine runs while a day's revenue
exceeds its power and tax; machines that would earn more elsewhere, by more than a move costs,
leave; new ones are ordered while they pay back in time.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from tidegate.agents.mining_terms import MiningTerms
from tidegate.scenario.mining import MiningSpec

__all__ = ["Fleet", "break_even"]

MICRO = 1_000_000
EXA = 1_000_000  # TH in an EH
FULL = 0.95  # sites are built where no more than the rest is free

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def break_even(hashprice: float, joules: float, overhead: float = 0.0) -> float:
    """Return the power price, USD/kWh with taxes, at which a machine earns nothing.

    Parameters
    ----------
    hashprice
        USD per PH/s and day.
    joules
        J/TH of the machine.
    overhead
        Cooling and losses, as a share of what it draws.
    """
    return hashprice / 1000.0 / (0.024 * joules * (1.0 + overhead))


class Fleet:
    """The machines of all private miners, and the farms of states.

    Parameters
    ----------
    spec : MiningSpec
        Hosts, machines and how fast they move.
    """

    def __init__(self, spec: MiningSpec) -> None:
        self.spec = spec
        self.rigs = tuple(sorted(spec.rigs, key=lambda rig: rig.joules))
        watts = [rig.joules * (1.0 + spec.overhead) for rig in self.rigs]
        self.milliwatts = np.array([round(w * 1000) for w in watts], dtype=np.int64)  # per TH/s
        self._kwh = np.array([0.024 * w for w in watts])  # per TH/s and day
        self._price = np.array([host.power_price for host in spec.hosts])
        total = spec.hashrate * EXA
        self.running: Ints = np.array(
            [[int(total * h.share * rig.share) for rig in self.rigs] for h in spec.hosts], np.int64
        )
        self.idle: Ints = np.zeros_like(self.running)
        self.incoming: Ints = np.zeros_like(self.running)
        farms = np.array([int(host.state_mw * 1000) for host in spec.hosts], np.int64)
        self.state: Ints = farms * MICRO // self.milliwatts[0]
        self.bought = 0  # TH/s ordered since the start
        self.lost = 0  # TH/s lost on the way
        self.spent = 0  # micro-USD for machines
        self._moves: list[tuple[int, int, int, int]] = []  # day, host, class, TH/s
        slack = np.array([1.0 + host.sites_slack for host in spec.hosts])
        self.sites: Ints = (self.load * slack).astype(np.int64)  # kW
        self._build = np.array([int(host.build_mw * 1000) for host in spec.hosts], np.int64)

    # -- reading ------------------------------------------------------------------------------

    @property
    def load(self) -> Ints:
        """What running private machines draw, kW by host."""
        load: Ints = (self.running * self.milliwatts).sum(axis=1) // MICRO
        return load

    @property
    def state_load(self) -> Ints:
        """What states' farms draw, kW by host."""
        load: Ints = self.state * self.milliwatts[0] // MICRO
        return load

    @property
    def machines(self) -> int:
        """All private machines there are, wherever, TH/s."""
        return int(self.running.sum() + self.idle.sum() + self.incoming.sum())

    def margins(self, terms: MiningTerms, revenue: float) -> Floats:
        """Return USD that a TH/s leaves a day after power and tax, by host and class."""
        unit = self._price + terms.tax / MICRO
        margins: Floats = revenue - unit[:, None] * self._kwh
        return margins

    # -- a day --------------------------------------------------------------------------------

    def adjust(self, day: int, terms: MiningTerms, revenue: float, uptime: Floats) -> None:
        """Let a day's machines arrive, stop, start, leave and be ordered.

        Parameters
        ----------
        day
            Number of the day.
        terms
            The rules in force.
        revenue
            USD that a TH/s earns a day when it runs all day.
        uptime
            Share of the day's power that each host is expected to get.
        """
        margin = self.margins(terms, revenue)
        self._arrive(day)
        self._run_state_farms(terms, revenue)
        self._build_sites(terms, margin)
        allowed = np.minimum(self.sites, terms.cap_kw) * MICRO  # mW
        self._stop(margin, allowed)
        self._start(margin, allowed)
        earned = margin * uptime[:, None]
        room = np.maximum(allowed - self._taken(margin), 0)
        if (room > 0).any():
            self._relocate(day, earned, room)
            self._order(day, terms, earned, room)

    def _arrive(self, day: int) -> None:
        """Rack what was under way; it waits to be switched on like any idle machine."""
        while self._moves and self._moves[0][0] <= day:
            _, host, rig, amount = heappop(self._moves)
            self.incoming[host, rig] -= amount
            self.idle[host, rig] += amount

    def _run_state_farms(self, terms: MiningTerms, revenue: float) -> None:
        """Run states' farms, untaxed, where power costs less than it earns."""
        pays = revenue > self._price * self._kwh[0]
        self.state = np.where(pays, terms.state_kw * MICRO // self.milliwatts[0], 0)

    def _build_sites(self, terms: MiningTerms, margin: Floats) -> None:
        used = self._taken(margin) // MICRO
        full = (used > FULL * self.sites) & (self.sites < terms.cap_kw)
        self.sites = self.sites + np.where(full & (margin[:, 0] > 0.0), self._build, 0)

    def _taken(self, margin: Floats) -> Ints:
        """Power that machines draw, or will when they arrive or are switched on, mW by host.

        Idle machines that would lose money are in nobody's way.
        """
        waiting = np.where(margin > 0.0, self.idle, 0)
        taken: Ints = ((self.running + self.incoming + waiting) * self.milliwatts).sum(axis=1)
        return taken

    def _stop(self, margin: Floats, allowed: Ints) -> None:
        """Switch off what loses money, gradually, and what is not allowed, at once."""
        off = np.where(margin <= 0.0, _part(self.running, self.spec.exit_speed), 0)
        self._switch_off(off)
        excess = (self.running * self.milliwatts).sum(axis=1) - allowed
        if not (excess > 0).any():
            return
        for rig in reversed(range(len(self.rigs))):
            over = -(-np.maximum(excess, 0) // self.milliwatts[rig])
            off = np.zeros_like(self.running)
            off[:, rig] = np.minimum(self.running[:, rig], over)
            self._switch_off(off)
            excess = excess - off[:, rig] * self.milliwatts[rig]

    def _start(self, margin: Floats, allowed: Ints) -> None:
        """Switch on what would earn, the most efficient first, as far as there is power."""
        on = np.where(margin > 0.0, _part(self.idle, self.spec.entry_speed), 0)
        if not on.any():
            return
        free = np.maximum(allowed - (self.running * self.milliwatts).sum(axis=1), 0)
        for rig in range(len(self.rigs)):
            on[:, rig] = np.minimum(on[:, rig], free // self.milliwatts[rig])
            free = free - on[:, rig] * self.milliwatts[rig]
        self._switch_off(-on)

    def _switch_off(self, off: Ints) -> None:
        self.running = self.running - off
        self.idle = self.idle + off

    # -- moving and buying --------------------------------------------------------------------

    def _relocate(self, day: int, earned: Floats, room: Ints) -> None:
        """Ship machines to hosts where they would earn more, by more than the move costs."""
        moving = self.spec.moving
        stays = np.maximum(earned, 0.0)
        waits = np.where(room[:, None] > 0, stays, 0.0)  # idle ones earn only where there is room
        best = np.where(room[:, None] > 0, earned, -np.inf).max(axis=0)
        for pool, at_home in ((self.idle, waits), (self.running, stays)):
            hurdle = at_home + (moving.cost + moving.delay_days * at_home) / moving.horizon_days
            leaving = np.where(best > hurdle, _part(pool, moving.speed), 0)
            for rig, host in np.argwhere(leaving.T).tolist():
                wish = int(leaving[host, rig])
                gone = self._send(day, rig, wish, float(hurdle[host, rig]), earned, room)
                pool[host, rig] -= gone

    def _send(
        self, day: int, rig: int, amount: int, hurdle: float, earned: Floats, room: Ints
    ) -> int:
        """Send machines to the best hosts with room that pay more than `hurdle`."""
        loss = round(self.spec.moving.loss * MICRO)
        left = amount
        for host in self._by_pay(rig, earned):
            if left == 0 or not earned[host, rig] > hurdle:
                break
            part = min(left, int(room[host] // self.milliwatts[rig]))
            broken = part * loss // MICRO
            self.lost += broken
            self._expect(day + self.spec.moving.delay_days, host, rig, part - broken)
            room[host] -= part * self.milliwatts[rig]
            left -= part
        return amount - left

    def _order(self, day: int, terms: MiningTerms, earned: Floats, room: Ints) -> None:
        """Order machines of the best class for hosts where they pay back in time."""
        price, left = terms.hardware_price, terms.hardware_supply
        for host in self._by_pay(0, earned):
            repaid = float(earned[host, 0]) * self.spec.hardware.payback_days / price
            if left == 0 or repaid <= 1.0:
                break
            wish = int(terms.hardware_supply * min(1.0, repaid - 1.0))
            part = min(left, wish, int(room[host] // self.milliwatts[0]))
            self._expect(day + self.spec.hardware.lead_days, host, 0, part)
            room[host] -= part * self.milliwatts[0]
            self.bought += part
            self.spent += int(part * price * MICRO)
            left -= part

    def _by_pay(self, rig: int, earned: Floats) -> list[int]:
        """Return hosts by what a class earns there, the best first; ties in scenario order."""
        pay = earned[:, rig].tolist()
        return sorted(range(len(pay)), key=lambda host: -pay[host])

    def _expect(self, due: int, host: int, rig: int, amount: int) -> None:
        if amount > 0:
            self.incoming[host, rig] += amount
            heappush(self._moves, (due, host, rig, amount))

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        for column in (self.running, self.idle, self.incoming):
            assert (column >= 0).all()
        assert sum(move[3] for move in self._moves) == int(self.incoming.sum())


def _part(machines: Ints, speed: float) -> Ints:
    """Return a share of machines, rounded up so that the last one goes too."""
    part: Ints = -(-machines * round(speed * MICRO) // MICRO)
    return part
