"""Lenders against coins and their borrowers: liquidations, warnings, and drawing when prices rise.

Whose money is where: collateral lies on the lenders' spot accounts until it is sold; cash of
lenders, of borrowers and of liquidators lies in the books. Debt carries no interest: what is looked
at here takes days.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import mesa
import numpy as np
from numpy.typing import NDArray
from tidegate_core import draws
from tidegate_crowd.places import Places

from tidegate.agents.collateral import USD, CollateralDesk, CreditBooks, SpotExchange
from tidegate.agents.credit_chain import Houses
from tidegate.agents.credit_response import ltv_factor, ltv_slack
from tidegate.agents.haircuts import Haircuts
from tidegate.agents.leveraged_sampling import split
from tidegate.agents.loans import DUE, NEAREST, NO_CALL, open_loans
from tidegate.scenario.coins import CoinSpec
from tidegate.scenario.easing import RateLevers
from tidegate.scenario.lending import LendingSpec
from tidegate.streams import Streams

__all__ = ["Lender"]

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]

PPM = MICRO = 1_000_000
GROUPS = 60
BORROWERS, LIQUIDATORS = "lending/borrowers", "lending/liquidators"


class Lender(mesa.Agent):  # type: ignore[misc]
    """All lenders against coins and their borrowers, as one column agent.

    A loan whose LTV reaches its threshold is liquidated: collateral is sold at the spot places in
    proportion to their depth until a share of the debt (the close factor) is repaid; the liquidator
    pays the price less a bonus and keeps what the sale brings beyond. When no collateral is left,
    the rest of the debt is the lender's loss. Borrowers return to the LTV they want: slowly by
    drawing more when prices have risen, part of which buys more coins; by repaying from their cash
    when they are close to liquidation, if they watch.

    Parameters
    ----------
    model : mesa.Model
        The model it belongs to; nothing of it is read.
    exchanges : sequence of SpotExchange
        In the order of the places' venues.
    places : Places
        Where collateral is sold and bought, at the places of spot.
    accounts : sequence of int
        The lenders' account on each spot engine, empty.
    shares : sequence of float
        Share of the collateral that lies at each exchange.
    books : CreditBooks
        Keeps the cash; gets accounts for lenders, borrowers and liquidators.
    coins : sequence of CoinSpec
        What can be pledged: instruments and assets of every engine in this order.
    spec : LendingSpec
        Lenders and borrowers.
    streams : Streams
        Keyed random numbers.
    cash_from, coins_from : str
        Parties of the books that issue cash and coins.

    Attributes
    ----------
    loans : LoanBook
        The loans as they are.
    drawn, repaid, liquidated, sold, bad_debt : list of int
        By lender, micro-USD since the start: lent; paid back by borrowers, and out of sales; what
        these sales brought; written off.
    defaults : list of int
        By lender: loans that ended in a loss.
    """

    def __init__(
        self,
        model: Any,
        *,
        exchanges: Sequence[SpotExchange],
        places: Places,
        accounts: Sequence[int],
        shares: Sequence[float],
        books: CreditBooks,
        coins: Sequence[CoinSpec],
        spec: LendingSpec,
        streams: Streams,
        cash_from: str = "world",
        coins_from: str = "network",
    ) -> None:
        super().__init__(model)
        self.collateral = CollateralDesk(exchanges, places, accounts, books)
        self.books = books
        self.coins = tuple(coins)
        self.spec = spec
        self.kinds = spec.lenders()
        self.outside = cash_from
        self.loans = open_loans(spec, coins, streams)
        n = len(self.kinds)
        self.drawn, self.repaid, self.liquidated = [0] * n, [0] * n, [0] * n
        self.sold, self.bad_debt, self.defaults = [0] * n, [0] * n, [0] * n
        # Borrowers look in turns, a group at a time, so that most rounds touch none of them.
        self._turn = max(1, round(60 * spec.review_minutes / GROUPS))
        self._period = self._turn * GROUPS
        self._phase = np.arange(len(self.loans)) * GROUPS // len(self.loans) * self._turn
        self._opening = self.loans.by_kind(self.loans.debt)
        self._wanted = self.loans.wanted.copy()  # LTVs at the policy rate of the start
        self.houses = Houses(self.kinds, spec.interlent)
        self.haircuts: Haircuts | None = None
        if spec.haircuts is not None:
            self.haircuts = Haircuts(spec.haircuts, self.kinds, spec.coin_shares)
        self._factors = [1.0] * n  # of the LTVs wanted, by the policy rate
        self._recalled = [False] * n
        self._fund(shares, cash_from, coins_from)

    def _fund(self, shares: Sequence[float], cash_from: str, coins_from: str) -> None:
        """Let collateral, reserves and the lenders' spare cash come in from outside."""
        self.cash = [int(self.spec.funds * debt) for debt in self._opening]
        for name, amount in zip(self._names(), self.cash, strict=True):
            self.books.open(name)
            self._move(cash_from, name, amount)
        self.books.open(BORROWERS)
        self.books.open(LIQUIDATORS)
        self._move(cash_from, BORROWERS, int(self.loans.reserve.sum()))
        for coin in range(len(self.coins)):
            self.collateral.pledge(coin, self._pledged(coin), shares, coins_from)

    def _pledged(self, coin: int) -> int:
        return int(self.loans.coins[self.loans.coin == coin].sum())

    def _names(self) -> list[str]:
        return [f"lending/{kind.name}" for kind in self.kinds]

    def _move(self, source: str, target: str, amount: int) -> None:
        if amount:
            self.books.move(USD, source, target, amount)

    # -- a round ------------------------------------------------------------------------------

    def act(self, now: int, seconds: int, spot: _Ints) -> None:
        """Liquidate what is due, then let those borrowers act who look at their loan by now.

        Parameters
        ----------
        now : int
            Second of the run.
        seconds : int
            Length of the round that ends now.
        spot : array of int64
            Price of each coin, ticks.
        """
        if self.haircuts is not None and self.haircuts.look(now, spot, self.failed):
            self._change_terms(self.haircuts)
        for coin, price in enumerate(spot.tolist()):
            due = self.loans.crossed(coin, price)
            if len(due):
                self._call(now, coin, price, due)
        if self.spec.recalls:
            self._recall()
        if now // self._turn != (now - seconds) // self._turn:
            self._review(now, seconds, spot)

    def _change_terms(self, haircuts: Haircuts) -> None:
        """Let borrowers want what new haircuts allow, and desks ask it of standing loans too."""
        self._want()
        if not haircuts.spec.remargins:
            return
        chain = np.array([kind.on_chain for kind in self.kinds])
        gone = np.array(self._recalled)
        asked = np.where(chain | gone, self.loans.thresholds, 1.0 - haircuts.asked)
        self.loans.change_thresholds(asked)

    def _recall(self) -> None:
        """Let desks that have failed have all that is owed to them, at once."""
        gone = [
            failed and not kind.on_chain
            for failed, kind in zip(self.failed, self.kinds, strict=True)
        ]
        if gone != self._recalled:
            self._recalled = gone
            self.loans.change_thresholds(np.where(np.array(gone), DUE, self.loans.thresholds))

    def heed(self, levers: RateLevers) -> None:
        """Let borrowers want the LTVs that loans are worth to them at another policy rate.

        Raises
        ------
        ValueError
            If the scenario does not say how they answer rates.
        """
        terms = self.spec.rates
        if terms is None:
            raise ValueError("lending.rates is None; needed is how borrowers answer a policy rate")
        policy = max(0.0, terms.policy_bp - levers.cut_bp)
        self._factors = [
            ltv_factor(policy, terms.policy_bp, terms.response, on_chain=kind.on_chain)
            for kind in self.kinds
        ]
        self._want()

    def _want(self) -> None:
        """Set the LTVs that borrowers want: by their habits, the policy rate and haircuts."""
        wished, factors = self._wanted, self._factors
        if self.haircuts is not None:
            most = NEAREST * (1.0 - self.haircuts.asked)
            advance = self.haircuts.advance[self.loans.kind]
            wished = np.minimum(wished * advance, most[self.loans.kind])
        ceilings = [self.spec.alert * kind.threshold for kind in self.kinds]
        of = self.loans.kind.tolist()
        self.loans.wanted[:] = [
            wanted + ltv_slack(wanted, factors[kind], ceilings[kind])
            for wanted, kind in zip(wished.tolist(), of, strict=True)
        ]

    # -- liquidation --------------------------------------------------------------------------

    def _call(self, now: int, coin: int, price: int, due: _Ints) -> None:
        """Call for margin where that is not done yet; liquidate the loans whose time is up."""
        called = self.loans.called
        called[due[called[due] == NO_CALL]] = now
        kinds = self.loans.kind[due]
        for kind in np.unique(kinds).tolist():
            mine = due[kinds == kind]
            ripe = mine[now - called[mine] >= 3_600.0 * self.kinds[kind].grace_hours]
            if len(ripe):
                self._liquidate(kind, coin, price, ripe)

    def _liquidate(self, kind: int, coin: int, price: int, due: _Ints) -> None:
        """Sell collateral of loans of one lender, in their order, as far as the market takes it."""
        terms, loans = self.kinds[kind], self.loans
        unit = price * self.coins[coin].tick_value
        with_bonus = PPM + round(terms.bonus * PPM)
        close = round(terms.close_factor * PPM)
        wanted = [
            min(held, -(-debt * close * with_bonus // (PPM * PPM * unit)))
            for held, debt in zip(loans.coins[due].tolist(), loans.debt[due].tolist(), strict=True)
        ]
        left, proceeds = self.collateral.sell(coin, sum(wanted), price, terms.slip, LIQUIDATORS)
        sold, paid, counted = left, 0, 0
        for loan, lots in zip(due.tolist(), wanted, strict=True):
            lots = min(lots, left)
            if not lots:
                break
            left -= lots
            brought = proceeds * (sold - left) // sold - counted
            counted += brought
            debt = int(loans.debt[loan])
            pays = min(debt, lots * unit * PPM // with_bonus, brought)
            loans.coins[loan] -= lots
            loans.debt[loan] = debt - pays
            paid += pays
            if not loans.coins[loan]:
                self._write_off(loan)
        self.liquidated[kind] += paid
        self.sold[kind] += proceeds
        self._to_lender(LIQUIDATORS, kind, paid)
        loans.refresh(due)

    def _write_off(self, loan: int) -> None:
        """Book what no collateral covers any more as the lender's loss."""
        kind, debt = int(self.loans.kind[loan]), int(self.loans.debt[loan])
        self.bad_debt[kind] += debt
        self.defaults[kind] += debt > 0
        self.loans.debt[loan] = 0

    def _to_lender(self, payer: str, kind: int, amount: int) -> None:
        self._move(payer, self._names()[kind], amount)
        self.cash[kind] += amount

    # -- borrowers ----------------------------------------------------------------------------

    def _review(self, now: int, seconds: int, spot: _Ints) -> None:
        """Let those act whose turn it is."""
        looks = (now + self._phase) // self._period - (now - seconds + self._phase) // self._period
        looking = np.flatnonzero((looks > 0) & (self.loans.coins > 0))
        if not len(looking):
            return
        waited = (looks[looking] * self._period).astype(np.float64)
        safe = self.loans.trigger[looking] < spot[self.loans.coin[looking]]
        self.loans.called[looking[safe]] = NO_CALL
        self._repay(looking, waited, spot)
        self._draw(looking, waited, spot)

    def _repay(self, looking: _Ints, waited: _Floats, spot: _Ints) -> None:
        """Let those who are warned and watch pay back from what cash they have."""
        loans, spec = self.loans, self.spec
        value, debt = loans.value(looking, spot), loans.debt[looking]
        warned = debt > spec.alert * loans.thresholds[loans.kind[looking]] * value
        chosen = warned & loans.watching[looking] & (loans.reserve[looking] > 0)
        rows = looking[chosen]
        if not len(rows):
            return
        gap = loans.debt[rows] - loans.wanted[rows] * value[chosen]
        gap *= _share(waited[chosen], 3_600.0 * spec.repay_hours)
        pays = np.floor(np.maximum(gap, 0.0)).astype(np.int64)
        pays = np.minimum(pays, loans.reserve[rows])
        loans.debt[rows] -= pays
        loans.reserve[rows] -= pays
        for kind, amount in enumerate(loans.by_kind(pays, rows)):
            self.repaid[kind] += amount
            self._to_lender(BORROWERS, kind, amount)
        loans.refresh(rows)

    def _draw(self, looking: _Ints, waited: _Floats, spot: _Ints) -> None:
        """Let those draw, and buy coins, whose collateral has outgrown their debt."""
        loans, spec = self.loans, self.spec
        value, wanted = loans.value(looking, spot), loans.wanted[looking]
        slack = wanted * value - loans.debt[looking]
        chosen = slack > spec.idle_band * wanted * value
        chosen &= ~np.array(self.failed)[loans.kind[looking]]
        rows = looking[chosen]
        if not len(rows):
            return
        # Coins that are bought are pledged too: so much brings the LTV to the one wanted.
        amounts = slack[chosen] / (1.0 - wanted[chosen] * spec.reinvested)
        amounts *= _share(waited[chosen], 86_400.0 * spec.draw_days)
        draw = self._ration(rows, np.floor(amounts).astype(np.int64))
        buy = np.floor(draw * spec.reinvested).astype(np.int64)
        for coin in np.unique(loans.coin[rows]).tolist():
            here = loans.coin[rows] == coin
            self._invest(coin, int(spot[coin]), rows[here], draw[here], buy[here])
        loans.refresh(rows)

    def _ration(self, rows: _Ints, draw: _Ints) -> _Ints:
        """Cut what borrowers want to what their lenders have."""
        for kind, asked in enumerate(self.loans.by_kind(draw, rows)):
            if asked > self.cash[kind]:
                here = self.loans.kind[rows] == kind
                part = draw[here].tolist()
                draw[here] = [amount * self.cash[kind] // asked for amount in part]
        return draw

    def _invest(self, coin: int, price: int, rows: _Ints, draw: _Ints, buy: _Ints) -> None:
        """Lend amounts, and pledge what coins a part of them buys; what buys none is not lent."""
        loans = self.loans
        for kind, amount in enumerate(loans.by_kind(draw, rows)):
            self._move(self._names()[kind], BORROWERS, amount)
            self.cash[kind] -= amount
        budget = int(buy.sum())
        premium = self.spec.premium
        lots, spent = self.collateral.buy(coin, budget, price, premium, BORROWERS)
        used = split(spent, buy.tolist())
        loans.coins[rows] += split(lots, buy.tolist())
        loans.debt[rows] += draw - buy + used
        self._move(BORROWERS, self.outside, int((draw - buy).sum()))
        for kind, amount in enumerate(loans.by_kind(buy - used, rows)):
            self._to_lender(BORROWERS, kind, amount)
        for kind, amount in enumerate(loans.by_kind(draw - buy + used, rows)):
            self.drawn[kind] += amount

    # -- reading ------------------------------------------------------------------------------

    @property
    def stock(self) -> list[int]:
        """Loans of each lender, micro-USD."""
        return self.loans.by_kind(self.loans.debt)

    @property
    def passed_on(self) -> list[int]:
        """What each lender's house lost through others that failed, in its first lender's place."""
        return self.houses.passed_on(self.bad_debt)

    @property
    def failed(self) -> list[bool]:
        """Whether the house of each lender has lost its equity; such a one lends no more."""
        return self.houses.failed(self.bad_debt)

    def _check(self) -> None:
        """Assert every invariant (our bug if one fails)."""
        self.loans._check()
        self.collateral._check()
        for coin, terms in enumerate(self.coins):
            held, pledged = self.collateral.held(coin), self._pledged(coin)
            assert held == pledged, f"{terms.name}: held {held}, pledged {pledged}"
        flows = zip(
            self.stock, self.drawn, self.repaid, self.liquidated, self.bad_debt, strict=True
        )
        for opening, cash, (debt, drawn, repaid, liquidated, lost) in zip(
            self._opening, self.cash, flows, strict=True
        ):
            assert debt == opening + drawn - repaid - liquidated - lost
            assert cash == int(self.spec.funds * opening) - drawn + repaid + liquidated >= 0


def _share(waited: _Floats, time: float) -> _Floats:
    """Return the share of a gap that closes while one waits."""
    share: _Floats = 1.0 - draws.exp(-waited / time)
    return share
