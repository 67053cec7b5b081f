"""What a crash looked like: liquidations, who bore them, depth, and how far each coin fell.

Frames are those of a leveraged market:

``liquidations``
    a row per event: ``second``, ``exchange``, ``coin``, ``kind`` (book, takeover, adl, vault,
    ...), ``side`` of the position ("long", "short", or null if the event closed nothing),
    ``notional`` (USD), ``target`` (a number per account) and ``accounts`` (real ones it stands
    for).
``bars``
    a row per tick, exchange, coin and market ("spot" or "perp"): ``seconds`` (end of the tick),
    ``mid`` (USD), ``bid_depth`` and ``ask_depth`` (USD within 1 % of the mid).
``exchanges``
    a row per tick and exchange: ``seconds``, ``fund``, ``vault`` and ``interest`` (USD).
``accounts``
    a row per leveraged account: ``exchange``, ``account``, ``group`` ("3-7x"), ``accounts`` (real
    ones it stands for), ``stake`` and ``profit`` (USD) since the start of the run.
``lockouts``
    a row per user whom an outage cost money: ``exchange``, ``account``, ``accounts``, ``loss`` and
    ``paid`` (USD).
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = [
    "account_returns",
    "accounts_hit",
    "adl_delay",
    "adl_share",
    "concentration",
    "depth_trough",
    "fall",
    "fund_used",
    "highest_group",
    "index",
    "leavers",
    "liquidated",
    "lockout_loss",
    "long_share",
    "loss_gini",
    "loss_rate",
    "losses_by_coin",
    "losses_by_exchange",
    "minute_returns",
    "open_interest",
    "per_minute",
    "traded",
    "users_loss",
    "wiped",
    "wiped_loss",
    "wiped_share",
    "worst_window",
]

CLOSING = ("book", "takeover", "adl", "vault")
WAVE_RATE = 0.05  # a wave starts when the trailing rate passes this share of its peak
WAVE_SECONDS = 60
# Whole micro-USD add up to the same in any order: sums of groups go by hashes and threads.
_USD = ((pl.col("notional") * 1e6).round().cast(pl.Int64).sum() / 1e6).alias("notional")


def liquidated(events: pl.DataFrame, start: float, end: float, *, side: str | None = None) -> float:
    """Return what liquidation closed in ``start <= second < end``, USD."""
    return float(_closing(events, start, end, side)["notional"].sum())


def _closing(
    events: pl.DataFrame, start: float, end: float, side: str | None = None
) -> pl.DataFrame:
    rows = events.filter(
        pl.col("kind").is_in(CLOSING)
        & (pl.col("notional") > 0)  # a step that found no taker closed nothing
        & (pl.col("second") >= start)
        & (pl.col("second") < end)
    )
    return rows if side is None else rows.filter(pl.col("side") == side)


def long_share(events: pl.DataFrame, start: float, end: float) -> float:
    """Return the share of longs in what was closed, by notional; NaN if nothing was."""
    total = liquidated(events, start, end)
    return liquidated(events, start, end, side="long") / total if total else math.nan


def adl_share(events: pl.DataFrame, start: float, end: float) -> float:
    """Return the share of deleveraging in what was closed, by notional; NaN if nothing was."""
    rows = _closing(events, start, end)
    total = float(rows["notional"].sum())
    taken = float(rows.filter(pl.col("kind") == "adl")["notional"].sum())
    return taken / total if total else math.nan


def _per_second(events: pl.DataFrame, start: int, end: int) -> NDArray[np.float64]:
    """Return notional closed by second from `start`, USD."""
    sums = np.zeros(max(end - start, 0))
    rows = _closing(events, start, end).group_by("second", maintain_order=True).agg(_USD)
    sums[rows["second"].to_numpy() - start] = rows["notional"].to_numpy()
    return sums


def per_minute(events: pl.DataFrame, ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what was closed per minute in each stretch of time, USD.

    A stretch ends with a second of `ends`, which ascend, and begins where the one before ended;
    the first begins with second 0.
    """
    rows = _closing(events, -math.inf, math.inf)
    at = np.searchsorted(ends, rows["second"].to_numpy())
    told = at < len(ends)
    sums = np.bincount(at[told], rows["notional"].to_numpy()[told], minlength=len(ends))
    rates: NDArray[np.float64] = sums * 60.0 / np.diff(ends, prepend=0)
    return rates


def _trailing(values: NDArray[np.float64], window: int) -> NDArray[np.float64]:
    """Sum of the last `window` values, the present one included."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    first = np.maximum(np.arange(1, len(total)) - window, 0)
    sums: NDArray[np.float64] = total[1:] - total[first]
    return sums


def worst_window(events: pl.DataFrame, start: int, end: int, *, seconds: int = 2_400) -> float:
    """Return the largest share of all that was closed within one window of some seconds."""
    sums = _per_second(events, start, end)
    total = float(sums.sum())
    return float(_trailing(sums, seconds).max()) / total if total else math.nan


def adl_delay(events: pl.DataFrame, exchange: str, start: int, end: int) -> float:
    """Return how long after an exchange's great wave began it first deleveraged others, seconds.

    The wave is the one that holds the exchange's peak minute; it begins the last time before the
    peak that the trailing 60-second rate was below 5 % of it. NaN if nobody was deleveraged.
    """
    rows = events.filter(pl.col("exchange") == exchange)
    sums = _trailing(_per_second(rows, start, end), WAVE_SECONDS)
    if not sums.size or not sums.max():
        return math.nan
    peak = int(sums.argmax())
    quiet = np.flatnonzero(sums[: peak + 1] < WAVE_RATE * sums[peak])
    began = start + (int(quiet[-1]) + 1 if quiet.size else 0)
    later = _closing(rows, began, end).filter(pl.col("kind") == "adl")["second"]
    return float(later.to_numpy().min()) - began if later.len() else math.nan


def accounts_hit(events: pl.DataFrame, start: float, end: float) -> tuple[float, float]:
    """Return how many accounts were liquidated, and the mean notional closed of each, USD.

    An account counts once however many steps it took.
    """
    rows = _closing(events, start, end)
    targets = rows.group_by("exchange", "target", maintain_order=True).agg(pl.col("accounts").max())
    count = float(targets["accounts"].sum())
    return count, liquidated(events, start, end) / count if count else math.nan


def concentration(events: pl.DataFrame, start: float, end: float) -> float:
    """Return the Herfindahl index of what was closed, by exchange: 1 is all at one."""
    sums = _closing(events, start, end).group_by("exchange", maintain_order=True).agg(_USD)
    total = float(sums["notional"].sum())
    return float(((sums["notional"] / total) ** 2).sum()) if total else math.nan


def losses_by_exchange(events: pl.DataFrame, start: float, end: float) -> dict[str, float]:
    """Return what was closed by exchange, USD."""
    sums = _closing(events, start, end).group_by("exchange", maintain_order=True).agg(_USD)
    return {str(name): float(value) for name, value in sums.sort("exchange").iter_rows()}


def losses_by_coin(events: pl.DataFrame, start: float, end: float) -> dict[str, float]:
    """Return what was closed by coin, USD."""
    sums = _closing(events, start, end).group_by("coin", maintain_order=True).agg(_USD)
    return {str(coin): float(value) for coin, value in sums.sort("coin").iter_rows()}


def index(bars: pl.DataFrame, coin: str, *, market: str = "spot") -> pl.DataFrame:
    """Return a coin's price by time: mean of the exchanges' mids, weighted by their depth.

    Weights are the mean depths of the whole run, so that the index does not move when an exchange
    is emptied.
    """
    rows = bars.filter((pl.col("coin") == coin) & (pl.col("market") == market))
    depth = rows.group_by("exchange", maintain_order=True).agg(
        (pl.col("bid_depth") + pl.col("ask_depth")).mean().alias("weight")
    )
    return (
        rows.join(depth, on="exchange")
        .group_by("seconds", maintain_order=True)
        .agg(((pl.col("mid") * pl.col("weight")).sum() / pl.col("weight").sum()).alias("price"))
        .sort("seconds")
    )


def fall(bars: pl.DataFrame, coin: str, start: float, end: float, *, lowest: bool = False) -> float:
    """Return how far a coin fell from `start` to `end`, or to its lowest price between, log price.

    A fall is positive.
    """
    path = index(bars, coin).filter((pl.col("seconds") >= start) & (pl.col("seconds") <= end))
    if path.height == 0:
        return math.nan
    last = path["price"].to_numpy()[-1] if not lowest else path["price"].to_numpy().min()
    return math.log(float(path["price"][0]) / float(last))


def minute_returns(bars: pl.DataFrame, coin: str, start: float, end: float) -> NDArray[np.float64]:
    """Return a coin's log returns by minute from `start` to `end`; by tick where one is longer."""
    path = index(bars, coin).filter((pl.col("seconds") >= start) & (pl.col("seconds") <= end))
    closes = path.filter((pl.col("seconds") - start) % 60 == 0)["price"].to_numpy()
    returns: NDArray[np.float64] = np.diff(np.log(closes))
    return returns


def depth_trough(bars: pl.DataFrame, coin: str, start: float, end: float) -> float:
    """Return the least depth within 1 % from `start` to `end` over what it was at `start`.

    Bids and asks of all exchanges' perpetuals and spot together, a mean over a minute.
    """
    rows = bars.filter(
        (pl.col("coin") == coin) & (pl.col("seconds") >= start) & (pl.col("seconds") <= end)
    )
    by_time = (
        rows.group_by("seconds", maintain_order=True)
        .agg((pl.col("bid_depth") + pl.col("ask_depth")).sum().alias("depth"))
        .with_columns((pl.col("seconds") // 60).alias("minute"))
        .group_by("minute", maintain_order=True)
        .agg(pl.col("depth").mean())
        .sort("minute")
    )
    depths = by_time["depth"].to_numpy()
    return float(depths.min() / depths[0]) if depths.size and depths[0] > 0 else math.nan


def fund_used(exchanges: pl.DataFrame, exchange: str, start: float, end: float) -> float:
    """Return the largest fall of an exchange's insurance fund as a share of what it held."""
    rows = exchanges.filter(
        (pl.col("exchange") == exchange) & (pl.col("seconds") >= start) & (pl.col("seconds") <= end)
    ).sort("seconds")
    held = rows["fund"].to_numpy()
    return float(1.0 - held.min() / held[0]) if held.size and held[0] > 0 else math.nan


def users_loss(accounts: pl.DataFrame, *, exchange: str | None = None) -> float:
    """Return what leveraged accounts lost net of their gains, costs included, USD."""
    return -float(_of(accounts, exchange)["profit"].sum())


def loss_rate(accounts: pl.DataFrame, *, exchange: str | None = None) -> float:
    """Return that loss over what they staked; NaN if they staked nothing."""
    stake = float(_of(accounts, exchange)["stake"].sum())
    return users_loss(accounts, exchange=exchange) / stake if stake else math.nan


def _of(accounts: pl.DataFrame, exchange: str | None, group: str | None = None) -> pl.DataFrame:
    for column, value in (("exchange", exchange), ("group", group)):
        if value is not None:
            accounts = accounts.filter(pl.col(column) == value)
    return accounts


def wiped(accounts: pl.DataFrame, events: pl.DataFrame, start: float, end: float) -> pl.DataFrame:
    """Return the accounts of which something was liquidated in ``start <= second < end``."""
    hit = _closing(events, start, end).select("exchange", account="target").unique()
    hit = hit.cast({"account": accounts.schema["account"]})
    return accounts.join(hit, on=["exchange", "account"], how="semi")


def wiped_share(
    accounts: pl.DataFrame,
    events: pl.DataFrame,
    start: float,
    end: float,
    *,
    exchange: str | None = None,
    group: str | None = None,
) -> float:
    """Return the share of real accounts of which something was liquidated; NaN without any."""
    chosen = _of(accounts, exchange, group)
    total = float(chosen["accounts"].sum())
    hit = float(wiped(chosen, events, start, end)["accounts"].sum())
    return hit / total if total else math.nan


def wiped_loss(
    accounts: pl.DataFrame,
    events: pl.DataFrame,
    start: float,
    end: float,
    *,
    exchange: str | None = None,
) -> float:
    """Return what the liquidated accounts lost, USD."""
    hit = wiped(_of(accounts, exchange), events, start, end)
    return -float(hit["profit"].sum())


def loss_gini(accounts: pl.DataFrame, *, exchange: str | None = None) -> float:
    """Return the Gini coefficient of losses among the real accounts that lost; 0 is all alike."""
    losers = _of(accounts, exchange).filter(pl.col("profit") < 0)
    if losers.height == 0:
        return math.nan
    loss, count = -losers["profit"].to_numpy(), losers["accounts"].to_numpy().astype(float)
    order = np.argsort(loss / count, kind="stable")
    loss, count = loss[order], count[order]
    poorer = np.cumsum(loss) - loss / 2  # losses of those who lost less, and half of one's own
    return float(1.0 - 2.0 * (poorer * count).sum() / (loss.sum() * count.sum()))


def account_returns(
    accounts: pl.DataFrame, *, exchange: str | None = None, group: str | None = None
) -> tuple[float, float]:
    """Return mean and median of profit over stake among real accounts; NaN if there are none."""
    chosen = _of(accounts, exchange, group).filter(pl.col("stake") > 0)
    if chosen.height == 0:
        return math.nan, math.nan
    returns = (chosen["profit"] / chosen["stake"]).to_numpy()
    count = chosen["accounts"].to_numpy().astype(float)
    order = np.argsort(returns, kind="stable")
    middle = int(np.searchsorted(np.cumsum(count[order]), count.sum() / 2))
    return float((returns * count).sum() / count.sum()), float(returns[order[middle]])


def highest_group(accounts: pl.DataFrame) -> str:
    """Return the group of accounts with the highest leverage, by where its range begins."""
    groups: list[str] = accounts["group"].unique().to_list()
    return max(groups, key=lambda name: float(name.split("x")[0].split("-")[0]))


def open_interest(exchanges: pl.DataFrame, second: float, *, exchange: str | None = None) -> float:
    """Return the open interest of one side at the last record up to a second, USD."""
    rows = exchanges.filter(pl.col("seconds") <= second)
    rows = _of(rows, exchange)
    return float(
        rows.group_by("exchange", maintain_order=True)
        .agg(pl.col("interest").last())["interest"]
        .sum()
    )


def traded(bars: pl.DataFrame, start: float, end: float, *, market: str = "perp") -> float:
    """Return the volume of a market in ``start < seconds <= end``, USD."""
    rows = bars.filter(
        (pl.col("market") == market) & (pl.col("seconds") > start) & (pl.col("seconds") <= end)
    )
    return float(rows["volume"].sum())


def lockout_loss(lockouts: pl.DataFrame, *, net: bool = False) -> float:
    """Return what users lost who were liquidated while locked out, less compensation if net."""
    rows = lockouts["loss"] - lockouts["paid"] if net else lockouts["loss"]
    return float(rows.sum())


def leavers(lockouts: pl.DataFrame, tolerance: float) -> float:
    """Return how many real accounts lost more in a lockout than they bear, USD a real account.

    What they bear is an assumption: the market decides how many lose how much.
    """
    left = (pl.col("loss") - pl.col("paid")) / pl.col("accounts")
    return float(lockouts.filter(left > tolerance)["accounts"].sum())
