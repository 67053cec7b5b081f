"""Founds a stock and its token in any world: both markets, the trust between them, all who trade.

The stock's shares are issued by ``stock/<ticker>``; cash comes from ``world``; coins come from the
party that is named.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tidegate.agents.base import MarketAgent
from tidegate.agents.cash_raisers import CashRaisers
from tidegate.agents.listed_market import ListedMarket, ListedMember
from tidegate.agents.stock_holders import StockHolders
from tidegate.agents.stock_value import StockValue
from tidegate.agents.token_arbitrageur import TokenArbitrageur
from tidegate.agents.token_dealer import TokenDealer
from tidegate.agents.token_desk import TokenDesk
from tidegate.agents.token_loans import TokenLoans
from tidegate.agents.token_market import TokenMarket, TokenMember
from tidegate.agents.token_news_prices import TokenNewsPrices
from tidegate.agents.token_public import TokenPublic
from tidegate.agents.token_trust import TokenTrust
from tidegate.agents.trading_calendar import TradingCalendar
from tidegate.books import BTC, USD, Books
from tidegate.clock import Clock
from tidegate.listed_venue import ListedVenue
from tidegate.scenario.calendars import CALENDARS
from tidegate.scenario.levers import ShockLevers
from tidegate.scenario.tokens import TokensLevers, TokensSpec
from tidegate.streams import Streams
from tidegate.venue import Venue

__all__ = ["Tokens", "found_tokens"]

MICRO = 1_000_000
WORLD = "world"
COVER = 0.3  # bidders' cash over the value of what they hold: a third of its price is bid for
FLOW = 0.02  # part of all units with which a flow without reason works
RAISERS = 0.3  # part of shares and of tokens that may be sold for cash
WIDEST = 0.3  # log of news up to which they have coins to sell


@dataclass(slots=True)
class Tokens:
    """A stock, its token, and all who belong to them."""

    value: StockValue
    stock: ListedMarket
    market: TokenMarket
    trust: TokenTrust
    dealer: TokenDealer
    arbitrageur: TokenArbitrageur
    loans: TokenLoans | None
    raisers: CashRaisers | None
    public: TokenPublic
    agents: list[MarketAgent] = field(default_factory=list)  # in the order in which to ask them

    @property
    def listed(self) -> tuple[ListedVenue, ...]:
        """Both markets' books."""
        return (self.stock.listed, self.market.venue)

    def audit(self) -> None:
        """Prove that tokens are backed and loans add up."""
        self.trust.audit()
        if self.loans is not None:
            self.loans.audit()


def found_tokens(
    model: Any,
    spec: TokensSpec,
    *,
    venues: Sequence[Venue],
    books: Books,
    streams: Streams,
    clock: Clock,
    daily_volume: float,
    rounds: int,
    coins_from: str,
    levers: Callable[[], TokensLevers] = TokensLevers,
    news: Callable[[], Sequence[ShockLevers]] = tuple,
) -> Tokens:
    """Found a stock and its token.

    Parameters
    ----------
    model : mesa.Model
        Any.
    spec : TokensSpec
        Terms; both tickers are among the books' assets.
    venues : sequence of Venue
        Where coins trade: their lenders and those who raise cash sell there. Where the first does
        not match orders, prices follow news alone.
    books, streams, clock
        The world's.
    daily_volume : float
        Calm volume of the coin, USD per day.
    rounds : int
        Rounds of a tick.
    coins_from : str
        Party in the books that gives up the coins.
    levers, news : callable, optional
        Return levers in force, and news; bound methods, so that a fork reads its own.
    """
    base = {"venues": venues, "streams": streams, "clock": clock}
    desk = {"books": books, "daily_volume": daily_volume, "rounds": rounds}
    return _Founding(model, spec, books, base, desk, coins_from).build(levers, news)


@dataclass(slots=True)
class _Founding:
    model: Any
    spec: TokensSpec
    books: Books
    base: dict[str, Any]
    desk: dict[str, Any]
    coins_from: str
    prefix: str = ""
    company: str = ""

    def build(
        self, levers: Callable[[], TokensLevers], news: Callable[[], Sequence[ShockLevers]]
    ) -> Tokens:
        spec, stock = self.spec, self.spec.stock
        self.prefix, self.company = f"tokens/{spec.ticker}", f"stock/{stock.ticker}"
        self.books.open(self.company, issuer=True)
        listed = self._venue(f"listed/{stock.ticker}", stock.ticker, stock.listing.tick)
        venue = self._venue(f"venue/{spec.ticker}", spec.ticker, spec.tick)
        listed.last = round(stock.price / listed.tick)
        venue.last = round(stock.price / venue.tick)
        trust = TokenTrust(self.books, listed, venue)
        shares = round(stock.cap / stock.price)
        tokens = max(1_000, round(spec.share * shares))
        vault = venue.open_accounts()  # whose tokens are handed out below
        trust.found(self.company, vault, tokens)
        value = StockValue(
            self.model,
            path=f"{self.company}/value",
            spec=stock,
            levers=levers,
            news=news,
            **self.base,
        )
        dealer, arbitrageur = (
            self._firm(kind, name, trust, vault, tokens)
            for kind, name in ((TokenDealer, "dealer"), (TokenArbitrageur, "arbitrageur"))
        )
        assert isinstance(dealer, TokenDealer)
        assert isinstance(arbitrageur, TokenArbitrageur)
        loans = self._loans(venue, vault, tokens)
        raisers = self._raisers(value, listed, venue, vault, shares - tokens, tokens)
        public = self._public(venue, vault, tokens)
        holders = self._holders(value, listed, shares, tokens)
        members = [raisers, dealer, arbitrageur]
        market = self._exchange(
            value, listed, [holders, *(m for m in members if isinstance(m, ListedMember))]
        )
        if raisers is not None:
            raisers.stock = market
        sellers = [public, loans, raisers, dealer, arbitrageur]
        crypto = TokenMarket(
            self.model,
            path=f"{self.prefix}/venue",
            venue=venue,
            stock=market,
            value=value,
            trust=trust,
            members=[m for m in sellers if isinstance(m, TokenMember)],
            rounds=self.desk["rounds"],
            sold=[m.sold for m in (loans, raisers) if m is not None],
            **self.base,
        )
        if loans is not None:
            loans.market = crypto
        made = Tokens(value, market, crypto, trust, dealer, arbitrageur, loans, raisers, public)
        made.agents = self._order(made, holders)
        return made

    def _order(self, made: Tokens, holders: StockHolders) -> list[MarketAgent]:
        """Return who is asked when; where nobody trades, news alone moves the prices."""
        first: list[MarketAgent] = [made.value]
        if not self.base["venues"][0].accepts:
            prices = TokenNewsPrices(
                self.model,
                path=f"{self.prefix}/news",
                stock=made.stock,
                value=made.value,
                market=made.market,
                **self.base,
            )
            made.market.runs = False
            return [*first, prices, made.market]
        traders = (made.loans, made.raisers, made.dealer, made.arbitrageur, holders, made.public)
        there = [agent for agent in traders if agent is not None]
        return [*first, *there, made.stock, made.market]

    # -- markets ------------------------------------------------------------------------------

    def _venue(self, name: str, ticker: str, tick: float) -> ListedVenue:
        self.books.open(name)
        return ListedVenue(name, assets=self.books.assets, ticker=ticker, tick=tick)

    def _exchange(
        self, value: StockValue, listed: ListedVenue, members: Sequence[ListedMember]
    ) -> ListedMarket:
        listing = self.spec.stock.listing
        return ListedMarket(
            self.model,
            path=f"{self.company}/exchange",
            listed=listed,
            calendar=TradingCalendar(CALENDARS[listing.calendar], self.base["clock"].start),
            spec=listing,
            issuer=value,
            members=members,
            rounds=self.desk["rounds"],
            **self.base,
        )

    # -- endowments ---------------------------------------------------------------------------

    def _pay(self, venue: Any, account: int, asset: int, source: str, amount: int) -> None:
        if amount > 0:
            self.books.move(asset, source, venue.name, amount)
            venue.credit(account, asset, amount)

    def _cash(self, venue: ListedVenue, account: int, usd: float) -> None:
        self._pay(venue, account, USD, WORLD, int(usd * MICRO))

    def _shares(self, listed: ListedVenue, number: int) -> int:
        """Open an account at the stock exchange with shares."""
        account = listed.open_accounts()
        self._pay(listed, account, listed.asset, self.company, number)
        return account

    @staticmethod
    def _tokens(venue: ListedVenue, vault: int, number: int) -> int:
        """Open an account at the token's venue with tokens."""
        account = venue.open_accounts()
        if number > 0:
            venue.transfer(venue.asset, vault, account, number)
        return account

    def _coins(self, usd: float) -> dict[str, int]:
        """Open an account at every venue of coins, with coins worth some dollars together."""
        accounts = {}
        for venue in self.base["venues"]:
            account = accounts[venue.name] = venue.open_accounts()
            lots = int(usd * venue.share / (venue.price(venue.indicative) * venue.lot))
            self._pay(venue, account, BTC, self.coins_from, lots)
        return accounts

    # -- who trades ---------------------------------------------------------------------------

    def _firm(
        self, kind: type[TokenDesk], name: str, trust: TokenTrust, vault: int, tokens: int
    ) -> TokenDesk:
        dealer, price = self.spec.dealer, self.spec.stock.price
        number = max(1, int(dealer.capital * tokens / 2.0))
        at_stock, at_token = (
            trust.listed.open_accounts(),
            self._tokens(trust.venue, vault, number),
        )
        for venue, account in ((trust.listed, at_stock), (trust.venue, at_token)):
            self._cash(venue, account, number * price / 2.0)
        return kind(
            self.model,
            path=f"{self.prefix}/{name}",
            spec=dealer,
            trust=trust,
            shares_at=at_stock,
            tokens_at=at_token,
            books=self.books,
            **self.base,
        )

    def _loans(self, venue: ListedVenue, vault: int, tokens: int) -> TokenLoans | None:
        spec = self.spec.loans
        if spec is None:
            return None
        return TokenLoans(
            self.model,
            path=f"{self.prefix}/loans",
            spec=spec,
            venue=venue,
            account=self._tokens(venue, vault, int(spec.pledged * tokens)),
            accounts=self._coins(spec.coins),
            price=self.spec.stock.price,
            **self.desk,
            **self.base,
        )

    def _raisers(
        self,
        value: StockValue,
        listed: ListedVenue,
        venue: ListedVenue,
        vault: int,
        shares: int,
        tokens: int,
    ) -> CashRaisers | None:
        spec = self.spec.raisers
        if spec is None:
            return None
        return CashRaisers(
            self.model,
            path=f"{self.prefix}/raisers",
            spec=spec,
            value=value,
            listed=listed,
            venue=venue,
            shares_at=self._shares(listed, int(RAISERS * shares)),
            tokens_at=self._tokens(venue, vault, int(RAISERS * tokens)),
            shares=shares,
            tokens=tokens,
            accounts=self._coins(WIDEST * spec.coins),
            **self.desk,
            **self.base,
        )

    def _public(self, venue: ListedVenue, vault: int, tokens: int) -> TokenPublic:
        """Hand out all tokens that are left: a part to the flow, the rest to who is patient."""
        price = self.spec.stock.price
        flow = self._tokens(venue, vault, int(FLOW * tokens))
        patient = self._tokens(venue, vault, venue.shares(vault))
        for account in (flow, patient):
            self._cash(venue, account, price * max(FLOW, COVER) * tokens)
        return TokenPublic(
            self.model,
            path=f"{self.prefix}/public",
            spec=self.spec.public,
            venue=venue,
            patient=patient,
            flow=flow,
            tokens=tokens,
            **self.base,
        )

    def _holders(
        self, value: StockValue, listed: ListedVenue, shares: int, tokens: int
    ) -> StockHolders:
        """Hand out all shares that are left."""
        price, given = self.spec.stock.price, tokens + listed.totals()[listed.asset]
        flow = self._shares(listed, int(FLOW * shares))
        patient = self._shares(listed, shares - given - int(FLOW * shares))
        self._cash(listed, flow, price * FLOW * shares)
        self._cash(listed, patient, price * COVER * shares)
        return StockHolders(
            self.model,
            path=f"{self.company}/holders",
            value=value,
            listed=listed,
            patient=patient,
            flow=flow,
            shares=shares,
            **self.base,
        )
