"""A pool of cash and tokens of constant product, in the books, with a fee on every trade.

Who brings cash c to a pool of x and y gets y - x y / (x + c), rounded down; and likewise the other
way. The fee is cash, off what comes in or what goes out; a part of it goes to related parties.
"""

from __future__ import annotations

from tidegate.books import USD, Books

__all__ = ["LiquidityPool"]

PPM = 1_000_000


class LiquidityPool:
    """One pool, its fee, and who receives it.

    Parameters
    ----------
    books : Books
        Keep the token among their assets; get accounts for the pool and for those it pays.
    asset : int
        The token, in the books' numbers.
    path : str
        Name of the pool's party; `path`/related and `path`/providers receive the fee.
    fee, related : float
        Of every trade's cash; and the part of it that related parties receive.
    fixed : bool
        True: it trades at `price`, whatever is traded (control).

    Attributes
    ----------
    price : float
        Micro-USD per token; only where it is fixed.
    volume : int
        Micro-USD traded, fees included.
    """

    def __init__(
        self,
        books: Books,
        *,
        asset: int,
        path: str,
        fee: float,
        related: float,
        fixed: bool = False,
    ) -> None:
        self.books = books
        self.asset = asset
        self.path = path
        self.related, self.providers = f"{path}/related", f"{path}/providers"
        for party in (path, self.related, self.providers):
            books.open(party)
        self.fee_ppm = round(fee * PPM)
        self.related_ppm = round(related * PPM)
        self.fixed = fixed
        self.price = 0.0
        self.volume = 0

    @property
    def cash(self) -> int:
        """Micro-USD in it."""
        return self.books.balance(self.path, USD)

    @property
    def tokens(self) -> int:
        """Tokens in it."""
        return self.books.balance(self.path, self.asset)

    @property
    def marginal(self) -> float:
        """Price of the next token, micro-USD."""
        return self.price if self.fixed else self.cash / max(1, self.tokens)

    @property
    def income(self) -> int:
        """What related parties have received, micro-USD."""
        return self.books.balance(self.related, USD)

    def buy(self, payer: str, holder: str, cash: int) -> int:
        """Let a party spend cash, fee included; return the tokens that another receives."""
        fee = cash * self.fee_ppm // PPM
        net = cash - fee
        number = int(net / self.price) if self.fixed else self.received(self.cash, self.tokens, net)
        number = min(number, self.tokens - 1)
        if number < 1:
            return 0
        self.books.move(USD, payer, self.path, cash)
        self._pay(fee)
        self.books.move(self.asset, self.path, holder, number)
        self.volume += cash
        return number

    def sell(self, holder: str, receiver: str, number: int) -> int:
        """Let a party sell tokens; return the cash that another receives, fee taken off."""
        gross = (
            int(number * self.price)
            if self.fixed
            else self.received(self.tokens, self.cash, number)
        )
        gross = min(gross, self.cash - 1)
        if number < 1 or gross < 1:
            return 0
        fee = gross * self.fee_ppm // PPM
        self.books.move(self.asset, holder, self.path, number)
        self._pay(fee)
        self.books.move(USD, self.path, receiver, gross - fee)
        self.volume += gross
        return gross - fee

    @staticmethod
    def received(here: int, there: int, comes: int) -> int:
        """Return what goes out of one side for what comes into the other, rounded down.

        Examples
        --------
        >>> LiquidityPool.received(1_000, 1_000, 1_000)
        500
        """
        return there * comes // (here + comes) if comes > 0 else 0

    def _pay(self, fee: int) -> None:
        related = fee * self.related_ppm // PPM
        for party, part in ((self.related, related), (self.providers, fee - related)):
            if part:
                self.books.move(USD, self.path, party, part)
