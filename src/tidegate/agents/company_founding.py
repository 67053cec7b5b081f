"""Seats a sector of treasury companies in any world: firms, exchanges, holders, arbitrageurs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.agents.base import MarketAgent
from tidegate.agents.company_coins import CompanyCoins, FactorTreasury, VenueTreasury
from tidegate.agents.company_holders import CompanyHolders, Institutions, SellingPlan
from tidegate.agents.company_sector import CompanySector, Membership
from tidegate.agents.company_shares import CompanyShares
from tidegate.agents.listed_market import ListedMarket
from tidegate.agents.mnav import share_price
from tidegate.agents.mnav_arbitrageur import MnavArbitrageur
from tidegate.agents.other_coins import OtherCoins
from tidegate.agents.share_attention import Attention, RetailShares
from tidegate.agents.share_desk import ShareDesk
from tidegate.agents.stock_loans import StockLoans
from tidegate.agents.trading_calendar import TradingCalendar
from tidegate.agents.trading_desk import TradingDesk
from tidegate.agents.treasury_company import TreasuryCompany
from tidegate.books import BTC, USD, Books
from tidegate.clock import Clock
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.calendars import CALENDARS
from tidegate.scenario.companies import CompaniesSpec, CompanyLevers, CompanySpec
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["Companies", "found_companies"]

MICRO = 1_000_000
DAY = 86_400
WORLD = "world"
DEPOSIT_SECONDS = 3_600  # from custody to a venue: some confirmations (assumption)


@dataclass(slots=True)
class Companies:
    """A sector and all who belong to it."""

    sector: CompanySector
    coins: OtherCoins

    @property
    def listed(self) -> tuple[ListedVenue, ...]:
        """Where shares trade."""
        return tuple(member.market.listed for member in self.sector.members)

    @property
    def agents(self) -> list[MarketAgent]:
        """All agents, in the order in which a model asks them."""
        found: list[MarketAgent] = [self.coins]
        for member in self.sector.members:
            found += [member.company, member.holders, member.arbitrageur, member.market]
        return [*found, self.sector]


def found_companies(
    model: Any,
    spec: CompaniesSpec,
    *,
    venues: Sequence[Venue],
    books: Books,
    streams: Streams,
    clock: Clock,
    daily_volume: float,
    rounds: int,
    coins_from: str,
    trading: bool = True,
    levers: Callable[[], CompanyLevers] = CompanyLevers,
) -> Companies:
    """Seat a sector.

    Parameters
    ----------
    model : mesa.Model
        Any.
    spec : CompaniesSpec
        Firms; their tickers are among the books' assets.
    venues : sequence of Venue
        Where BTC trades.
    books, streams, clock
        The world's.
    daily_volume : float
        Calm volume of BTC, USD per day.
    rounds : int
        Rounds of a tick.
    coins_from : str
        Party in the books that gives up the BTC that firms hold at first.
    trading : bool, optional
        False: no share trades either; prices move with coins alone (the frozen-price control).
    levers : callable, optional
        Returns the levers in force; a bound method, so that a fork reads its own.
    """
    return _Founding(
        model, spec, venues, books, streams, clock, daily_volume, rounds, coins_from, trading,
        levers,
    ).build()  # fmt: skip


@dataclass(slots=True)
class _Founding:
    model: Any
    spec: CompaniesSpec
    venues: Sequence[Venue]
    books: Books
    streams: Streams
    clock: Clock
    daily_volume: float
    rounds: int
    coins_from: str
    trading: bool
    levers: Callable[[], CompanyLevers]

    @property
    def _base(self) -> dict[str, Any]:
        return {"venues": self.venues, "streams": self.streams, "clock": self.clock}

    def build(self) -> Companies:
        coins = OtherCoins(
            self.model, path="other_coins", factors=self.spec.factors, books=self.books,
            **self._base,
        )  # fmt: skip
        attention = Attention(self.spec.holders.retail.attention)
        firms = [(firm, True) for firm in self.spec.companies]
        firms += [(shell, False) for shell in self._shells()]
        members = [self._member(firm, coins, attention, active) for firm, active in firms]
        sector = CompanySector(
            self.model,
            path="companies",
            members=members,
            coins=coins,
            founding=self.spec.founding,
            books=self.books,
            levers=self.levers,
            **self._base,
        )
        return Companies(sector, coins)

    def _shells(self) -> list[CompanySpec]:
        """Return those that may be founded: what they would hold is drawn by their names."""
        founding = self.spec.founding
        if founding is None:
            return []
        others = [factor.name for factor in self.spec.factors]
        shells = []
        for number, ticker in enumerate(self.spec.tickers[len(self.spec.companies) :]):
            of_btc = self.streams.uniform(f"company/{ticker}", "coin", 0) < founding.btc
            coin = "BTC" if of_btc or not others else others[number % len(others)]
            shells.append(CompanySpec(name=ticker, ticker=ticker, coin=coin, coins=1.0, shares=1))
        return shells

    # -- one firm -----------------------------------------------------------------------------

    def _member(
        self, firm: CompanySpec, coins: OtherCoins, attention: Attention, active: bool
    ) -> Membership:
        path = f"company/{firm.ticker}"
        listed = ListedVenue(
            f"listed/{firm.ticker}",
            assets=self.books.assets,
            ticker=firm.ticker,
            tick=self.spec.listing.tick,
        )
        bank = f"{path}/bank"
        self.books.open(listed.name)
        self.books.open(bank)
        shares = CompanyShares(self.books, firm.ticker, listed)
        institutions = listed.open_accounts()
        company = TreasuryCompany(
            self.model,
            path=path,
            spec=firm,
            listed=listed,
            shares=shares,
            coins=self._treasury(firm, path, bank, coins, active),
            books=self.books,
            bank=bank,
            bondholders=institutions,
            premium=1.0,
            tolerance=self.spec.holders.tolerance,
            active=active,
            trading=self.trading,
            levers=self.levers,
            **self._base,
        )
        return self._owners(company, institutions, attention, coins)

    def _treasury(
        self, firm: CompanySpec, path: str, bank: str, coins: OtherCoins, active: bool
    ) -> CompanyCoins:
        held = firm.coins if active else 0.0
        if firm.coin != "BTC":
            treasury = FactorTreasury(coins, firm.coin, bank)
            coins.endow(bank, firm.coin, int(held / treasury.lot))
            return treasury
        custody, pledge = f"{path}/custody", f"{path}/pledged"
        self.books.open(custody)
        self.books.open(pledge)
        lots = int(held / self.venues[0].lot)
        if lots:
            self.books.move(BTC, self.coins_from, custody, lots)
        desk = TradingDesk(
            path=f"{path}/coins",
            venues=self.venues,
            accounts={venue.name: venue.open_accounts() for venue in self.venues},
            books=self.books,
            streams=self.streams,
            clock=self.clock,
            execution=self.spec.execution,
            daily_volume=self.daily_volume,
            rounds=self.rounds,
            payer=bank,
        )
        return VenueTreasury(
            pledge_party=pledge,
            party=custody,
            desk=desk,
            books=self.books,
            clock=self.clock,
            deposit_seconds=DEPOSIT_SECONDS,
        )

    def _owners(
        self, company: TreasuryCompany, account: int, attention: Attention, coins: OtherCoins
    ) -> Membership:
        terms, listed, path = self.spec.holders, company.listed, company.path
        retail_account = listed.open_accounts()
        placement_account, index_account = listed.open_accounts(), listed.open_accounts()
        if company.active:
            self._issue(company, account, retail_account, index_account)
        loans = StockLoans(
            listed,
            account,
            fee=terms.institutions.borrow_fee,
            limit=int(terms.institutions.lendable * listed.shares(account)),
        )
        keyed = {"streams": self.streams, "clock": self.clock}
        institutions = Institutions(
            terms.institutions,
            company=company,
            account=account,
            loans=loans,
            books=self.books,
            path=f"{path}/institutions",
            **keyed,
        )
        retail = RetailShares(
            terms.retail,
            company=company,
            desk=self._desk(company, "retail", retail_account),
            attention=attention,
            path=f"{path}/retail",
            streams=self.streams,
        )
        holders = self._holders(company, institutions, placement_account, index_account)
        arbitrageur = self._arbitrageur(company, loans)
        market = ListedMarket(
            self.model,
            path=f"{path}/exchange",
            listed=listed,
            calendar=TradingCalendar(CALENDARS[self.spec.listing.calendar], self.clock.start),
            spec=self.spec.listing,
            issuer=company,
            members=(
                company, institutions, retail, holders.placement, holders.index, arbitrageur,
            ),
            rounds=self.rounds,
            **self._base,
        )  # fmt: skip
        return Membership(company, market, institutions, retail, holders, arbitrageur)

    def _issue(self, company: TreasuryCompany, account: int, retail: int, index: int) -> None:
        """Issue the first shares, endow the bank, and read the premium off the given mNAV."""
        firm, shares = company.spec, company.shares
        self._pay_in(company.bank, int(firm.cash * MICRO))
        placed = 0 if firm.placement is None else int(firm.placement.share * firm.shares)
        indexed = int(firm.index_share * firm.shares)
        crowd = int(self.spec.holders.retail_share * (firm.shares - placed - indexed))
        shares.place(placed)
        shares.issue(index, indexed)
        shares.issue(retail, crowd)
        shares.issue(account, firm.shares - placed - indexed - crowd)
        price = share_price(firm.mnav, firm.debt, firm.cash, company.coin_value, firm.shares)
        company.premium = price / company.value
        company.covenant.start()

    def _pay_in(self, party: str, cash: int) -> None:
        if cash > 0:
            self.books.move(USD, WORLD, party, cash)

    def _desk(self, company: TreasuryCompany, name: str, account: int) -> ShareDesk:
        return ShareDesk(
            path=f"{company.path}/{name}",
            listed=company.listed,
            account=account,
            fund=company.last_price,
            books=self.books,
            streams=self.streams,
            clock=self.clock,
            tolerance=self.spec.holders.tolerance,
        )

    def _holders(
        self, company: TreasuryCompany, institutions: Institutions, placement: int, index: int
    ) -> CompanyHolders:
        terms = company.spec.placement
        holders = CompanyHolders(
            self.model,
            path=f"{company.path}/holders",
            company=company,
            institutions=institutions,
            placement=SellingPlan(
                self._desk(company, "placement", placement),
                20 if terms is None else terms.sessions,
            ),
            index=SellingPlan(
                self._desk(company, "index", index), self.spec.holders.index_sessions
            ),
            **self._base,
        )
        if terms is not None:
            holders.unlocks = round(terms.locked_days * DAY)
            holders.placed_at, holders.sells = terms.price, terms.sells
            holders.placed = int(terms.share * company.spec.shares)
        return holders

    def _arbitrageur(self, company: TreasuryCompany, loans: StockLoans) -> MnavArbitrageur:
        terms = self.spec.holders.arbitrage
        cap = company.cap if company.active else self._cap_of_shell()
        account = company.listed.open_accounts()
        cash = int(terms.capital * cap * MICRO)
        if cash:
            self._pay_in(company.listed.name, cash)
            company.listed.credit(account, USD, cash)
        volumes = {factor.name: factor.daily_volume for factor in self.spec.factors}
        return MnavArbitrageur(
            self.model,
            path=f"{company.path}/arbitrageur",
            spec=terms,
            company=company,
            account=account,
            loans=loans,
            books=self.books,
            volume=volumes.get(company.spec.coin, self.daily_volume),
            tolerance=self.spec.holders.tolerance,
            **self._base,
        )

    def _cap_of_shell(self) -> float:
        founding = self.spec.founding
        assert founding is not None
        return founding.raised / (1.0 - founding.shell)
