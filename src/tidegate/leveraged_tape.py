"""The tape of a leveraged market: prices and depth by place, state by exchange, liquidations.

Tables hold integers only, so that a digest is the same everywhere; `LeveragedTape.frames` converts
to units once.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from tidegate_core.codes import EventKind
from tidegate_core.draws import exp

from tidegate.agents.collateral_market import CollateralMarket
from tidegate.agents.lender import Lender
from tidegate.agents.leveraged_exchange import FUND, VAULT, LeveragedExchange
from tidegate.agents.predator import Predator
from tidegate.agents.spot_buyer import SpotBuyer
from tidegate.collateral_tape import COLLATERAL, collateral_frame, seizures_frame
from tidegate.int_table import IntTable
from tidegate.scenario.leveraged import LeveragedScenario

if TYPE_CHECKING:
    from tidegate.leveraged_model import LeveragedMarket

__all__ = ["LeveragedTape", "accounts_frame"]

MICRO = 1_000_000
BARS = ("second", "place", "mid", "volume", "bid_depth", "ask_depth", "factor")
EXCHANGES = ("second", "exchange", "fund", "vault", "interest", "waiting")
EVENT_FIELDS = (
    "time",
    "kind",
    "contract",
    "account",
    "counterparty",
    "multiplicity",
    "quantity",
    "price",
    "value",
    "equity",
    "amount",
)
EVENTS = ("exchange", *EVENT_FIELDS)
LOCKOUTS = ("second", "exchange", "account", "accounts", "loss", "paid")
FLOWS = ("stock", "drawn", "repaid", "liquidated", "sold", "bad_debt", "passed_on")
CREDIT = ("second", "lender", *FLOWS, "failed", "defaults")
HUNTS = ("second", "hunts", "short", "profit")
BUYERS = ("second", "buyer", "began", "bought", "spent")
LOADS = ("sent", "served", "refused", "withdrawn", "delayed", "longest", "waited")
LOAD = ("second", "exchange", "waiting", *LOADS, "late")
MOST_ACCOUNTS = 200_000  # rows of the table of accounts; of more, every so many-th
MARKETS = ("spot", "perp")


class LeveragedTape:
    """Append-only tables of a run; a copy shares what is sealed."""

    def __init__(self) -> None:
        self.bars = IntTable(BARS)
        self.exchanges = IntTable(EXCHANGES)
        self.events = IntTable(EVENTS)
        self.lockouts = IntTable(LOCKOUTS)
        self.credit = IntTable(CREDIT)
        self.hunts = IntTable(HUNTS)
        self.buyers = IntTable(BUYERS)
        self.load = IntTable(LOAD)
        self.collateral = IntTable(COLLATERAL)
        self._traded: NDArray[np.int64] | None = None
        self._fills: tuple[bytes, ...] = ()

    def record(self, market: LeveragedMarket) -> None:
        """Write the tick that has just ended."""
        self._fills = tuple(exchange.fills_digest for exchange in market.exchanges)
        self.bars.extend(self._bars(market))
        self.exchanges.extend(
            np.array(
                [
                    (
                        market.now,
                        number,
                        exchange.margin.balance(FUND),
                        exchange.margin.balance(VAULT),
                        exchange.interest(),
                        exchange.waiting,
                    )
                    for number, exchange in enumerate(market.exchanges)
                ],
                dtype=np.int64,
            )
        )
        for number, exchange in enumerate(market.exchanges):
            events = exchange.take_events()
            if len(events):
                columns = [np.full(len(events), number), *(events[f] for f in EVENT_FIELDS)]
                self.events.extend(np.stack(columns, axis=1).astype(np.int64))
            self._record_lockouts(market.now, number, exchange)
            if exchange.rules.outage.capacity_per_second is not None:
                self._record_load(market.now, number, exchange)
        for agent in market.others:
            if isinstance(agent, Lender):
                self._record_credit(market.now, agent)
            elif isinstance(agent, CollateralMarket):
                self.collateral.extend(agent.rows(market.now))
            elif isinstance(agent, Predator):
                self._record_hunts(market.now, agent)
        self._record_buyers(market)

    def _record_buyers(self, market: LeveragedMarket) -> None:
        buyers = [agent for agent in market.others if isinstance(agent, SpotBuyer)]
        rows = [(market.now, at, b.began, b.bought, b.spent) for at, b in enumerate(buyers)]
        if rows:
            self.buyers.extend(np.array(rows, dtype=np.int64))

    def _record_credit(self, now: int, lender: Lender) -> None:
        kinds = range(len(lender.kinds))
        columns = [getattr(lender, name) for name in CREDIT[2:]]
        self.credit.extend(np.array([[now] * len(kinds), kinds, *columns], dtype=np.int64).T)

    def _record_hunts(self, now: int, predator: Predator) -> None:
        row = (now, *(getattr(predator, name) for name in HUNTS[1:]))
        self.hunts.extend(np.array([row], dtype=np.int64))

    def _record_lockouts(self, now: int, number: int, exchange: LeveragedExchange) -> None:
        many = exchange.margin.multiplicity
        rows = [
            (now, number, row.account, many(row.account), row.loss, row.paid)
            for row in exchange.take_paid()
        ]
        if rows:
            self.lockouts.extend(np.array(rows, dtype=np.int64))

    def _record_load(self, now: int, number: int, exchange: LeveragedExchange) -> None:
        intake, late = exchange.crowd.intake, exchange.crowd.totals["late"]
        totals = [round(intake.totals[name]) for name in LOADS]
        row = (now, number, intake.waiting, *totals, late)
        self.load.extend(np.array([row], dtype=np.int64))

    def _bars(self, market: LeveragedMarket) -> NDArray[np.int64]:
        places = market.places
        rows = np.zeros((len(places), len(BARS)), dtype=np.int64)
        rows[:, 0] = market.now
        rows[:, 1] = np.arange(len(places))
        mids = places.mids()
        # A book that is empty and never traded has no price: it is written as what value is.
        mids = np.where(np.isnan(mids), market.reservation[places.coin], mids)
        rows[:, 2] = np.rint(exp(mids) * MICRO)
        traded = self._volumes(market)
        rows[:, 3] = traded - (traded if self._traded is None else self._traded)
        self._traded = traded
        rows[:, 4], rows[:, 5] = market.resting
        rows[:, 6] = np.rint(market.quotes.depth_factor * MICRO)
        return rows

    def _volumes(self, market: LeveragedMarket) -> NDArray[np.int64]:
        """Return lots traded so far by place."""
        coins = range(len(market.spec.coins))
        return np.array(
            [
                engine.traded(coin)["volume"]
                for exchange in market.exchanges
                for engine in (exchange.spot, exchange.margin)
                for coin in coins
            ],
            dtype=np.int64,
        )

    @property
    def digest(self) -> str:
        """Hash of every row and every fill so far."""
        state = hashlib.blake2b(b"".join(self._fills), digest_size=16)
        for table in (self.bars, self.exchanges, self.events, self.lockouts):
            state.update(table.digest.encode())
        for table in (self.credit, self.hunts, self.collateral, self.load, self.buyers):
            if len(table):  # worlds without such agents have no such tables
                state.update(table.digest.encode())
        return state.hexdigest()

    def frames(self, spec: LeveragedScenario) -> dict[str, pl.DataFrame]:
        """Return the tables in units: USD, coins, seconds."""
        return {
            "bars": self._bars_frame(spec),
            "exchanges": self._exchanges_frame(spec),
            "liquidations": self._events_frame(spec),
            "lockouts": self._lockouts_frame(spec),
            "credit": self._credit_frame(spec),
            "hunts": _frame(self.hunts).select(
                pl.col("second").alias("seconds"),
                "hunts",
                *[(pl.col(name) / MICRO).alias(name) for name in ("short", "profit")],
            ),
            "buyers": self._buyers_frame(spec),
            "load": self._load_frame(spec),
            "collateral": collateral_frame(self.collateral.rows, spec),
            "seizures": seizures_frame(self.events.rows, EVENTS, spec),
        }

    def _bars_frame(self, spec: LeveragedScenario) -> pl.DataFrame:
        coins, rows = len(spec.coins), _frame(self.bars)
        lots = np.array([coin.lot for coin in spec.coins])[rows["place"].to_numpy() % coins]
        mid = pl.col("mid") / MICRO
        return rows.with_columns(
            pl.Series("lot", lots),
            _names(pl.col("place") // (2 * coins), [e.name for e in spec.exchanges], "exchange"),
            _names(pl.col("place") // coins % 2, MARKETS, "market"),
            _names(pl.col("place") % coins, [coin.name for coin in spec.coins], "coin"),
        ).select(
            pl.col("second").alias("seconds"),
            "exchange",
            "market",
            "coin",
            mid.alias("mid"),
            (pl.col("volume") * pl.col("lot") * mid).alias("volume"),
            (pl.col("bid_depth") * pl.col("lot") * mid).alias("bid_depth"),
            (pl.col("ask_depth") * pl.col("lot") * mid).alias("ask_depth"),
            (pl.col("factor") / MICRO).alias("factor"),
        )

    def _exchanges_frame(self, spec: LeveragedScenario) -> pl.DataFrame:
        return _frame(self.exchanges).select(
            pl.col("second").alias("seconds"),
            _names(pl.col("exchange"), [e.name for e in spec.exchanges], "exchange"),
            *[(pl.col(name) / MICRO).alias(name) for name in ("fund", "vault", "interest")],
            "waiting",
        )

    def _events_frame(self, spec: LeveragedScenario) -> pl.DataFrame:
        kinds = {int(kind): kind.name.lower() for kind in EventKind}
        coins = [coin.name for coin in spec.coins]
        return _frame(self.events).select(
            pl.col("time").alias("second"),
            _names(pl.col("exchange"), [e.name for e in spec.exchanges], "exchange"),
            pl.when(pl.col("kind") != int(EventKind.SEIZE))  # that one's is an asset
            .then(
                pl.col("contract").replace_strict(
                    dict(enumerate(coins)), default=None, return_dtype=pl.Utf8
                )
            )
            .alias("coin"),
            pl.col("kind").replace_strict(kinds, return_dtype=pl.Utf8),
            # what is taken from a long is a fall of its size
            pl.when(pl.col("quantity") < 0)
            .then(pl.lit("long"))
            .when(pl.col("quantity") > 0)
            .then(pl.lit("short"))
            .alias("side"),
            (pl.col("value") / MICRO).alias("notional"),
            (pl.col("equity") / MICRO).alias("equity"),
            (pl.col("amount") / MICRO).alias("amount"),
            pl.col("account").alias("target"),
            "counterparty",
            pl.col("multiplicity").alias("accounts"),
        )

    def _lockouts_frame(self, spec: LeveragedScenario) -> pl.DataFrame:
        return _frame(self.lockouts).select(
            pl.col("second").alias("seconds"),
            _names(pl.col("exchange"), [e.name for e in spec.exchanges], "exchange"),
            "account",
            "accounts",
            *[(pl.col(name) / MICRO).alias(name) for name in ("loss", "paid")],
        )

    def _buyers_frame(self, spec: LeveragedScenario) -> pl.DataFrame:
        lots = {coin.name: coin.lot for coin in spec.coins}
        rows = _frame(self.buyers)
        lot = np.array([lots[buyer.coin] for buyer in spec.buyers])[rows["buyer"].to_numpy()]
        return rows.with_columns(pl.Series("lot", lot, dtype=pl.Float64)).select(
            pl.col("second").alias("seconds"),
            _names(pl.col("buyer"), [buyer.name for buyer in spec.buyers], "buyer"),
            _names(pl.col("buyer"), [buyer.coin for buyer in spec.buyers], "coin"),
            pl.when(pl.col("began") >= 0).then(pl.col("began")).alias("began"),
            (pl.col("bought") * pl.col("lot")).alias("bought"),
            (pl.col("spent") / MICRO).alias("spent"),
        )

    def _load_frame(self, spec: LeveragedScenario) -> pl.DataFrame:
        return _frame(self.load).select(
            pl.col("second").alias("seconds"),
            _names(pl.col("exchange"), [e.name for e in spec.exchanges], "exchange"),
            "waiting",
            *LOADS,
            (pl.col("late") / MICRO).alias("late"),
        )

    def _credit_frame(self, spec: LeveragedScenario) -> pl.DataFrame:
        kinds = () if spec.lending is None else spec.lending.lenders()
        return _frame(self.credit).select(
            pl.col("second").alias("seconds"),
            _names(pl.col("lender"), [kind.lender for kind in kinds], "house"),
            _names(pl.col("lender"), [kind.name for kind in kinds], "lender"),
            *[(pl.col(name) / MICRO).alias(name) for name in FLOWS],
            pl.col("failed").cast(pl.Boolean),
            "defaults",
        )


def accounts_frame(exchanges: Sequence[LeveragedExchange]) -> pl.DataFrame:
    """Return the leveraged public at this moment, a row per simulated account.

    Columns: ``exchange``, ``account``, ``group`` by leverage ("3-7x"), ``accounts`` (real ones it
    stands for), and of all of them together ``stake`` and ``profit`` (USD) since the start. Of a
    large crowd it is a sample, weighted so that sums are those of all.
    """
    every = -(-sum(exchange.crowd.n for exchange in exchanges) // MOST_ACCOUNTS)
    return pl.concat([_accounts(exchange, max(every, 1)) for exchange in exchanges])


def _accounts(exchange: LeveragedExchange, every: int) -> pl.DataFrame:
    crowd, margin = exchange.crowd, exchange.margin
    rows = slice(None, None, every)
    account = np.arange(crowd.first, crowd.first + crowd.n)[rows]
    stake, profit = exchange.tally.results(margin)
    names = [
        f"{g.low:g}x+" if math.isinf(g.high) else f"{g.low:g}-{g.high:g}x"
        for g in crowd.terms.groups
    ]
    group = crowd.columns()["group"][rows]
    return pl.DataFrame(
        {
            "exchange": [exchange.name] * len(account),
            "account": account,
            "group": [names[g] for g in group.tolist()],
            "accounts": [every * margin.multiplicity(a) for a in account.tolist()],
            "stake": every * stake[rows] / MICRO,
            "profit": every * profit[rows] / MICRO,
        }
    )


def _frame(table: IntTable) -> pl.DataFrame:
    return pl.DataFrame(table.rows, schema=list(table.columns), orient="row")


def _names(at: pl.Expr, names: Any, alias: str) -> pl.Expr:
    known = dict(enumerate(names))
    return (at.replace_strict(known, return_dtype=pl.Utf8) if known else at.cast(pl.Utf8)).alias(
        alias
    )
