"""One exchange that keeps what clients own: robbed, run on, helped, suspended, saved or failed.

It lives by moments of ten minutes, whatever the length of a tick. In each it learns of thefts that
become public, gets what money it can, brings reserves out of cold storage, lets clients ask, and
pays those whose turn it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from tidegate_core.draws import exp

from tidegate.agents.client_reserves import ClientReserves, Wallets
from tidegate.agents.depositors import Depositors, Sight
from tidegate.agents.exchange_estate import ExchangeEstate
from tidegate.agents.rescue_capital import RescueCapital
from tidegate.agents.withdrawal_queue import WithdrawalQueue
from tidegate.books import BTC, USD
from tidegate.scenario.deposits import CustodialExchangeSpec, DepositsSpec
from tidegate.scenario.hack_levers import HackLevers

__all__ = ["MOMENT", "CustodialExchange", "Happened"]

MOMENT = 600  # seconds
HOUR, DAY = 3_600, 86_400
MICRO = 1_000_000


@dataclass(slots=True)
class Happened:
    """What clients did in a moment."""

    asked: list[tuple[int, int, int]] = field(default_factory=list)  # account, second, micro-USD
    paid: list[tuple[int, int]] = field(default_factory=list)  # account, lots


class CustodialExchange:
    """An exchange's state, moment by moment.

    Parameters
    ----------
    spec : CustodialExchangeSpec
        The exchange.
    terms : DepositsSpec
        What law and custom say of all exchanges.
    sheet : ClientReserves
        Its balance sheet.
    depositors : Depositors
        Its clients.
    wallets : Wallets
        Where coins go that are withdrawn.

    Attributes
    ----------
    suspended_since : int or None
        Second since which withdrawals are suspended.
    estate : ExchangeEstate or None
        What is left once it has failed.
    stolen, recovered : int
        Micro-USD at the time.
    """

    def __init__(
        self,
        spec: CustodialExchangeSpec,
        terms: DepositsSpec,
        *,
        sheet: ClientReserves,
        depositors: Depositors,
        wallets: Wallets,
    ) -> None:
        self.spec, self.terms = spec, terms
        self.sheet, self.depositors, self.wallets = sheet, depositors, wallets
        self.rescue = RescueCapital(spec, sheet)
        self.queue = WithdrawalQueue(spec.capacity)
        self.suspended_since: int | None = None
        self.estate: ExchangeEstate | None = None
        self.failed_at: int | None = None
        self.stolen = self.recovered = 0
        self._suspended = 0  # seconds in all
        self._asked: list[tuple[int, int]] = []  # of the last day: second, micro-USD
        self._hack: HackLevers | None = None  # the last that is public
        self._known = 0  # second at which it became so
        self._called: int | None = None  # second since which cold reserves are called
        self._loot = (0, 0)  # cash and lots with thieves after the last theft
        self._returned = 0.0  # share of it that law has brought back

    # -- state --------------------------------------------------------------------------------

    @property
    def failed(self) -> bool:
        """Whether it has failed."""
        return self.estate is not None

    @property
    def suspended(self) -> bool:
        """Whether withdrawals are suspended."""
        return self.suspended_since is not None

    def open_requests(self, unit: float) -> int:
        """Return what clients wait for, micro-USD."""
        return self.depositors.waiting_worth(unit) if self.queue else 0

    def equity(self, unit: float) -> int:
        """Return assets less all that is owed, also of an estate, micro-USD."""
        left = self.estate.worth(unit) if self.estate is not None else 0
        return self.sheet.equity(unit) + left

    def kept(self, unit: float) -> float:
        """Return the share of the first claims that is still there, at one price."""
        first = self.sheet.cash_claims + self.sheet.coin_claims * unit
        return self.sheet.owed(unit) / first if first > 0 else 0.0

    def sight(self, fear: float, now: int, unit: float) -> Sight:
        """Return what a client sees who looks now."""
        owed = self.sheet.owed(unit)
        first = self.sheet.cash_claims + self.sheet.coin_claims * unit
        self._asked = [(at, worth) for at, worth in self._asked if at > now - DAY]
        return Sight(
            fear=fear,
            cover=self.sheet.cover(unit),
            queued=self.open_requests(unit) / owed if owed > 0 else 0.0,
            leaving=sum(worth for _, worth in self._asked) / first,
            calmed=self.depositors.spec.calmed if self.spoken(now) else 0.0,
        )

    def spoken(self, now: int) -> bool:
        """Whether the management has spoken about the last theft."""
        hours = self.spec.statement_hours
        if self._hack is None or hours is None or not self._hack.statement:
            return False
        return now >= self._known + round(hours * HOUR)

    # -- a theft ------------------------------------------------------------------------------

    def rob(self, hack: HackLevers, unit: float) -> None:
        """Let thieves take what they take."""
        if self.failed:
            return
        amount = round(hack.usd * MICRO)
        if hack.share is not None:
            amount = int(hack.share * self.sheet.owed(unit))
        self.stolen += self.sheet.steal(amount, hack.wallet, unit)
        self._count_loot()

    def learn(self, hack: HackLevers, now: int) -> None:
        """Make a theft public."""
        self.sheet.disclose()
        self._hack, self._known = hack, now

    def _count_loot(self) -> None:
        books, thieves = self.sheet.books, self.sheet.thieves
        self._loot = (books.balance(thieves, USD), books.balance(thieves, BTC))
        self._returned = 0.0

    # -- a moment -----------------------------------------------------------------------------

    def live(self, now: int, unit: float, fear: float) -> Happened:
        """Let a moment pass; return what clients did in it.

        Parameters
        ----------
        now : int
            Second at which it begins.
        unit : float
            Micro-USD per lot.
        fear : float
            Of this exchange's clients.
        """
        happened = Happened()
        self._recover(now, unit)
        if self.estate is not None:
            self._wind_up(self.estate, now, unit)
            return happened
        self._raise_money(now, unit)
        self._bring_reserves(now, unit)
        if self.suspended_since is not None:
            self._reopen(now, unit, fear)
        else:
            self._admit(now, unit, fear, happened)
            pay = partial(self._pay, unit=unit, happened=happened)
            self.queue.serve(MOMENT, self.depositors.clients, pay)
        self._judge(now, unit)
        return happened

    def _admit(self, now: int, unit: float, fear: float, happened: Happened) -> None:
        if fear <= 0.0 and not self.queue:
            return
        asking = self.depositors.asking(now // MOMENT, MOMENT, self.sight(fear, now, unit))
        self.queue.join(asking, now)
        happened.asked += [(one, now, self.depositors.worth(one, unit)) for one in asking]
        self._asked += [(now, worth) for _, _, worth in happened.asked]

    def _pay(self, account: int, unit: float, happened: Happened) -> bool:
        cash, lots = int(self.depositors.cash[account]), int(self.depositors.coins[account])
        cash, lots = self.sheet.pay(cash, lots, self.wallets, unit)
        done = self.depositors.paid(account, cash, lots)
        happened.paid.append((account, lots))
        return done

    # -- money --------------------------------------------------------------------------------

    def _raise_money(self, now: int, unit: float) -> None:
        """Borrow, be given and sell shares, as far as a theft that is public asks for it."""
        hack = self._hack
        if hack is None:
            return
        hole = -self.sheet.equity(unit)
        payable, waiting = self.sheet.payable(unit), self.open_requests(unit)
        if hack.loans:
            self.rescue.borrow(now, self._known, hole > 0 or waiting > payable, unit)
        if hack.outsiders:
            self.rescue.fill(now, self._known, hole, self.kept(unit))
        if now >= self._known + round(self.spec.cold_hours * HOUR):
            # The firm's own money closes what can be seen to be missing.
            self.sheet.use_own(self.sheet.owed(unit) - self.sheet.reserves(unit))
        self.rescue.repay(now, self.sheet.payable(unit) - waiting)

    def _bring_reserves(self, now: int, unit: float) -> None:
        """Call cold reserves when hot ones run low, and bring in what can be brought."""
        aim = int(self.sheet.hot_share * self.sheet.owed(unit)) + self.open_requests(unit)
        lacking = aim - self.sheet.worth(self.sheet.hot, unit)
        if lacking <= aim // 100 or not self.sheet.worth(self.sheet.cold, unit):
            self._called = None
            return
        if self._called is None:
            self._called = now
        if now >= self._called + round(self.spec.cold_hours * HOUR):
            first = self.sheet.cash_claims + int(self.sheet.coin_claims * unit)
            most = int(self.spec.cold_daily * first * MOMENT / DAY)
            self.sheet.bring(min(lacking, most), unit)

    def _recover(self, now: int, unit: float) -> None:
        """Bring back, day by day, what law regains of the loot, less the finders' bounty."""
        law = self.terms.law
        if self._hack is None or now % DAY or not any(self._loot):
            return
        days = (now - self._known) / DAY
        share = law.strength * law.recoverable
        share *= 1.0 - exp(-max(days, 0.0) * law.pace / law.seize_days)
        before, self._returned = self._returned, max(share, self._returned)
        sheet = self.sheet
        for asset, loot in zip((USD, BTC), self._loot, strict=True):
            back = int(loot * self._returned) - int(loot * before)
            bounty = int(back * law.bounty)
            sheet.move(asset, sheet.thieves, sheet.market, bounty)
            sheet.move(asset, sheet.thieves, sheet.cold, back - bounty)
            self.recovered += back if asset == USD else int(back * unit)

    # -- suspension and failure ---------------------------------------------------------------

    def _judge(self, now: int, unit: float) -> None:
        """Suspend when money runs out, if it does that; fail when it has been out too long."""
        if self.suspended:
            self._suspended += MOMENT
            if self._suspended >= round(self.terms.suspension_days * DAY):
                self._fail(now, unit)
        elif self.spec.suspends and self.queue.short:
            self.suspended_since = now
        elif self.queue.waited_for_money(now) >= round(self.terms.grace_hours * HOUR):
            self._fail(now, unit)

    def _reopen(self, now: int, unit: float, fear: float) -> None:
        """Open again once all who still want to go can be paid."""
        assert self.suspended_since is not None
        if now - self.suspended_since < round(self.terms.pause_hours * HOUR):
            return
        waiting = self.queue.accounts
        going = self.depositors.staying_on(waiting, self.sight(fear, now, unit))
        self.queue.keep(going)
        if self.open_requests(unit) <= self.sheet.payable(unit):
            self.suspended_since = None
            self.queue.renew(now)

    def _fail(self, now: int, unit: float) -> None:
        law = self.terms.law
        self.failed_at = now
        self.suspended_since = None
        self.queue.keep(())
        self.depositors.waiting[:] = False
        opens = now + round(law.estate_days / law.pace * DAY)
        self.estate = ExchangeEstate(self.sheet, unit, opens)

    def _wind_up(self, estate: ExchangeEstate, now: int, unit: float) -> None:
        if estate.recovery is not None:
            return
        estate.collect()
        if now >= estate.opens:
            estate.divide(self.wallets, unit)
            self.depositors.close()

    # -- proof --------------------------------------------------------------------------------

    def differences(self) -> tuple[str, ...]:
        """Return every difference between books and columns."""
        return self.sheet.differences(*self.depositors.totals())

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        assert not self.differences()
        self.depositors._check()
        self.queue._check()
