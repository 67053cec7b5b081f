"""Kazakhstan 2021-23 beside the model under three regimes: printed, not asserted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tidegate.agents.mining_network import MiningNetwork
from tidegate.scenario.mining_hosts import MAY_2021
from tidegate.scenario.mining_levers import MiningLevers

START = dt.date(2021, 5, 1)
BAN_IN_CHINA, RULES_AT_HOME, DAYS = 31, 245, 750  # June 2021, January 2022, May 2023
# Monthly closes of BTC from May 2021, thousand USD, rounded.
PRICES = (
    *(37.3, 35.0, 41.6, 47.1, 43.8, 61.3, 57.0, 46.2),
    *(38.5, 43.2, 45.5, 37.7, 31.8, 19.9, 23.3, 20.0, 19.4, 20.5, 17.2, 16.5),
    *(23.1, 23.1, 28.5, 29.2, 27.2),
)
KAZAKHSTAN = [host.name for host in MAY_2021.hosts].index("kazakhstan")
TENGE = 1.0 / 435.0

ARMS = {
    "laissez-faire": MiningLevers(banned="china"),
    "1 tenge, last in line": MiningLevers(
        banned="china", host="kazakhstan", tax=TENGE, priority="last"
    ),
    "10 tenge, last in line": MiningLevers(
        banned="china", host="kazakhstan", tax=10 * TENGE, priority="last"
    ),
    "1 tenge, last, 400 MW": MiningLevers(
        banned="china", host="kazakhstan", tax=TENGE, priority="last", cap_mw=400.0
    ),
    "ban": MiningLevers(banned="china,kazakhstan"),
}


class Day(NamedTuple):
    share: float
    network: float
    megawatts: float
    tax: float
    deficit_hours: int


def path(rules: MiningLevers) -> list[Day]:
    network = MiningNetwork(MAY_2021, 10_000)
    days = []
    for day in range(DAYS):
        levers = MiningLevers(banned="china") if day >= BAN_IN_CHINA else MiningLevers()
        levers = rules if day >= RULES_AT_HOME else levers
        date = START + dt.timedelta(days=day)
        month = (date.year - START.year) * 12 + date.month - START.month
        network.open_day(day, date.month, 1000.0 * PRICES[month], levers)
        mined = network.close_day()
        assert network.grid is not None
        work = sum(mined.private_work)
        days.append(
            Day(
                share=mined.private_work[KAZAKHSTAN] / work,
                network=work / 1e6,
                megawatts=float(network.grid.served[KAZAKHSTAN]) / 24_000,
                tax=mined.bills[KAZAKHSTAN].tax * 1e-6,
                deficit_hours=int(network.grid.deficit_hours[KAZAKHSTAN]),
            )
        )
    return days


def day_of(year: int, month: int) -> int:
    return (dt.date(year, month, 28) - START).days


@pytest.mark.evidence
def test_kazakhstan(commit_figures: Callable[..., Any]) -> None:
    looks = {"May 21": 27, "Aug 21": day_of(2021, 8), "Dec 21": day_of(2021, 12)}
    looks |= {"Jan 22": day_of(2022, 1), "May 23": DAYS - 1}
    runs = {name: path(rules) for name, rules in ARMS.items()}
    head = f"{'':24}" + "".join(f"{name:>9}" for name in looks)
    lines = ["MAY_2021, exogenous price; China bans on day 31, Kazakhstan rules from January 2022"]
    for title, column, scale, form in (
        ("share of hashrate, %", 0, 100.0, ".1f"),
        ("mining load, MW", 2, 1.0, ".0f"),
        ("whole network, EH/s", 1, 1.0, ".0f"),
    ):
        lines += ["", f"{title}", head]
        for name, days in runs.items():
            cells = "".join(f"{days[at][column] * scale:>9{form}}" for at in looks.values())
            lines.append(f"{name:24}{cells}")
        if column == 0:
            lines.append(f"{'observed':24}{'7.4':>9}{'18.1':>9}{'':>9}{'13.2':>9}{'4':>9}")
        if column == 2:
            lines.append(f"{'observed':24}{'500':>9}{'':>9}{'1,500':>9}{'':>9}{'400':>9}")
        if column == 1:
            lines.append(f"{'observed':24}{'155':>9}{'':>9}{'194':>9}{'':>18}   57 on 27 Jun 21")
    lines += ["", f"{'from January 2022':24}{'deficit hours':>15}{'tax, M USD':>12}{'Q1 22':>9}"]
    for name, days in runs.items():
        later = days[RULES_AT_HOME:]
        hours, tax = sum(day.deficit_hours for day in later), sum(day.tax for day in later) / 1e6
        quarter = sum(day.tax for day in later[:90]) / 1e6
        lines.append(f"{name:24}{hours:>15}{tax:>12.1f}{quarter:>9.2f}")
    lines.append(f"{'observed':24}{'':>15}{'':>12}{'1.5':>9}")
    energy = 652e6  # kWh that 652 M tenge pay for, at 1 tenge
    lines += [
        "",
        "The fee of the first quarter of 2022, 652 M tenge at 1 tenge per kWh, is 652 GWh in 2,160",
        f"hours: {energy / 2160 / 1000:.0f} MW on average, a fifth of the 1,500 MW said to be",
        "there; the rest must have been cut off, or paid nothing. In dollars "
        f"{energy * TENGE / 1e6:.2f} M, at 435 tenge.",
    ]
    commit_figures("mining_anchors", "\n".join(lines))
