"""The economy around the market: factors, how they hang together, and what they do to BTC's value.

A factor is a number that nobody in this market can move: shares of American and of Chinese
technology, the dollar, gold, premiums on bonds and bills, growth, inflation. Each has noise of its
own, and news that policies post. A link says what a move of one does to another, or to the value
of BTC; every link has a source and can be set to 0. What the market makes of it is no link.
"""

from __future__ import annotations

import math
from typing import Final, Literal, Self, get_args

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["BTC_VALUE", "FACTORS", "LINKS", "Correlation", "FactorSpec", "Link", "MacroSpec"]

BTC_VALUE: Final = "btc"
"""What a link names as its effect where it speaks of the value of BTC."""

FactorName = Literal[
    "bill_share",
    "bill_spread",
    "inflation",
    "term_premium",
    "growth",
    "us_tech",
    "china_tech",
    "dollar",
    "gold",
]
ROUNDED: Final = "assumption: rounded from daily changes of the years since 2015"
TAKEN: Final = "assumption: sign and size as commonly found in daily changes since 2015"


class FactorSpec(Frozen):
    """One factor: its unit, how much it moves by itself, and whether it comes back."""

    name: FactorName = Field(description="Which.")
    unit: Literal["log", "bp", "pp"] = Field(
        description="log price, basis points, or percentage points."
    )
    volatility: float = quantity(
        0.0,
        unit="unit of the factor/sqrt(year)",
        source="per factor",
        about="Noise, a random walk; 0: none.",
        ge=0,
        le=1_000,
    )
    fade_days: float | None = quantity(
        None,
        unit="days",
        source="per factor",
        about="Time constant in which the effect of news heals; None: it is for good.",
        gt=0,
    )
    source: str = Field(description="Where these numbers come from.", min_length=1)


class Correlation(Frozen):
    """How far the noise of two factors moves together."""

    first: FactorName
    second: FactorName
    value: float = quantity(
        ..., unit="1", source="per pair", about="Correlation of daily changes.", gt=-1, lt=1
    )
    source: str = Field(default=TAKEN, description="Where it comes from.", min_length=1)


class Link(Frozen):
    """What a move of one factor does to another, or to the value of BTC."""

    name: str = Field(description="Name, unique; the path of its size.", min_length=1)
    cause: FactorName
    effect: FactorName | Literal["btc"]
    size: float = quantity(
        ...,
        unit="unit of the effect per unit of the cause; log value for BTC",
        source="per link",
        about="Direct effect; 0 switches the link off.",
        ge=-1_000,
        le=1_000,
    )
    lag_days: float | None = quantity(
        None, unit="days", source="per link", about="Time constant; None: at once.", gt=0
    )
    fade_days: float | None = quantity(
        None,
        unit="days",
        source="per link",
        about="Time constant in which the effect wears off; None: it stays.",
        gt=0,
    )
    source: str = Field(description="Where the size comes from.", min_length=1)

    @model_validator(mode="after")
    def _one_shape(self) -> Self:
        if self.lag_days is not None and self.fade_days is not None:
            raise ValueError(f"link {self.name} has lag_days and fade_days; one of them is allowed")
        return self


# In causal order: a link leads from a factor to a later one, or to BTC.
FACTORS: Final = (
    FactorSpec(
        name="bill_share",
        unit="pp",
        source="a policy's; percentage points of GDP that are financed by bills in place of notes",
    ),
    FactorSpec(
        name="bill_spread",
        unit="bp",
        source="bill yield over what the policy rate alone would make it; moved by links only",
    ),
    FactorSpec(
        name="inflation",
        unit="pp",
        fade_days=730.0,
        source="over its target; assumption: it takes two years to come back",
    ),
    FactorSpec(name="term_premium", unit="bp", volatility=65.0, source=ROUNDED + ", 10 years"),
    FactorSpec(
        name="growth",
        unit="pp",
        fade_days=540.0,
        source="output over its trend; assumption: gaps close in a year and a half",
    ),
    FactorSpec(name="us_tech", unit="log", volatility=0.21, source=ROUNDED + ", Nasdaq-100"),
    FactorSpec(name="china_tech", unit="log", volatility=0.33, source=ROUNDED + ", Hang Seng Tech"),
    FactorSpec(name="dollar", unit="log", volatility=0.07, source=ROUNDED + ", DXY"),
    FactorSpec(name="gold", unit="log", volatility=0.15, source=ROUNDED),
)
CORRELATIONS: Final = (
    Correlation(first="us_tech", second="china_tech", value=0.4),
    Correlation(first="us_tech", second="dollar", value=-0.15),
    Correlation(first="china_tech", second="dollar", value=-0.25),
    Correlation(first="dollar", second="gold", value=-0.4),
    Correlation(first="term_premium", second="gold", value=-0.2),
)
LINKS: Final = (
    Link(
        name="bills-to-yields",
        cause="bill_share",
        effect="bill_spread",
        size=6.0,
        source="assumption, between the near and the far end of Greenwood, Hanson and Stein (2015,"
        " Journal of Finance 70): more bills, higher bill yields",
    ),
    Link(
        name="yields-to-dollar",
        cause="bill_spread",
        effect="dollar",
        size=0.0004,
        source="Curcuru (2017, IFDP Notes): 2.5-5 % for 100 bp of surprise",
    ),
    Link(
        name="inflation-to-premium",
        cause="inflation",
        effect="term_premium",
        size=20.0,
        source="assumption: a fifth of it is asked for as a premium",
    ),
    Link(
        name="premium-to-growth",
        cause="term_premium",
        effect="growth",
        size=-0.004,
        lag_days=365.0,
        source="sign: Rudebusch, Sack and Swanson (2007, St. Louis Fed Review 89); size and lag"
        " assumed",
    ),
    Link(
        name="premium-to-us-shares",
        cause="term_premium",
        effect="us_tech",
        size=-0.0005,
        source="assumption: half of what Rigobon and Sack (2004, JME 51) find for short rates",
    ),
    Link(
        name="growth-to-us-shares",
        cause="growth",
        effect="us_tech",
        size=0.06,
        source="assumption: shares lose a quarter in a recession that takes 4 pp off output",
    ),
    Link(
        name="growth-to-chinese-shares",
        cause="growth",
        effect="china_tech",
        size=0.03,
        source="assumption: half as much as at home",
    ),
    Link(
        name="dollar-to-gold",
        cause="dollar",
        effect="gold",
        size=-0.8,
        source="computed: correlation and volatilities of their noise",
    ),
    Link(
        name="us-shares-to-btc",
        cause="us_tech",
        effect="btc",
        size=1.3,
        source="computed: correlation of 0.54 with the Nasdaq-100 over five years, by volatilities"
        " of 0.53 and 0.21",
    ),
    Link(
        name="dollar-to-btc",
        cause="dollar",
        effect="btc",
        size=-0.9,
        source="assumption: as a commodity; what shares have in common with the dollar left out",
    ),
    Link(
        name="gold-to-btc",
        cause="gold",
        effect="btc",
        size=0.1,
        source="computed: correlation of 0.05-0.15 with gold, which is mostly the dollar's",
    ),
    Link(
        name="yields-to-btc",
        cause="bill_spread",
        effect="btc",
        size=-0.0021,
        source="Ma et al. (2022, RIBAF 62): -0.0025 a bp, less what comes by the dollar",
    ),
)


class MacroSpec(Frozen):
    """Factors, their noise, and what they do to each other and to the value of BTC.

    Noise of factors goes together by its correlations, so links between factors carry news alone.
    BTC follows both.
    """

    factors: tuple[FactorSpec, ...] = Field(
        default=FACTORS, description="In causal order: links lead from earlier to later ones."
    )
    correlations: tuple[Correlation, ...] = Field(
        default=CORRELATIONS, description="Of noise; pairs that are not named have none."
    )
    links: tuple[Link, ...] = Field(default=LINKS, description="Who moves what, and how far.")
    recession_pp: float = quantity(
        2.0,
        unit="pp",
        source="assumption: as far below its trend output does not grow for a year",
        about="Gap of output from which on a recession is plain to see.",
        gt=0,
        le=20,
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        names = self.names
        if sorted(names) != sorted(get_args(FactorName)):
            raise ValueError(
                f"factors must be {', '.join(get_args(FactorName))}, each once, got {list(names)}"
            )
        links = [link.name for link in self.links]
        if len(set(links)) != len(links):
            raise ValueError(f"links must have different names, got {links}")
        for link in self.links:
            if link.effect == BTC_VALUE:
                continue
            if link.effect not in names[names.index(link.cause) + 1 :]:
                raise ValueError(
                    f"link {link.name} leads from {link.cause} to {link.effect}; its effect must "
                    f"be {BTC_VALUE} or a factor after its cause in {list(names)}"
                )
        self._check_correlations()
        return self

    def _check_correlations(self) -> None:
        seen: set[frozenset[str]] = set()
        for pair in self.correlations:
            both = frozenset((pair.first, pair.second))
            if len(both) < 2 or both in seen:
                raise ValueError(
                    f"correlations must name each pair of different factors once, got "
                    f"{pair.first} and {pair.second}"
                )
            seen.add(both)
        self.loadings()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the factors, in causal order."""
        return tuple(factor.name for factor in self.factors)

    def correlation(self, one: str, other: str) -> float:
        """Return the correlation of two factors' noise."""
        if one == other:
            return 1.0
        both = {one, other}
        return next((c.value for c in self.correlations if {c.first, c.second} == both), 0.0)

    def loadings(self) -> tuple[tuple[float, ...], ...]:
        """Return what each factor's noise takes of independent draws: Cholesky's lower triangle.

        Written out, since a library's bits depend on the processor.

        Raises
        ------
        ValueError
            If no noise has such correlations.
        """
        rows: list[tuple[float, ...]] = []
        for i, one in enumerate(self.names):
            row: list[float] = []
            for j, other in enumerate(self.names[: i + 1]):
                rest = self.correlation(one, other)
                known = rows[j] if j < i else row
                for a, b in zip(row[:j], known[:j], strict=True):
                    rest -= a * b
                if j < i:
                    row.append(rest / rows[j][j])
                elif rest > 1e-9:
                    row.append(math.sqrt(rest))
                else:
                    raise ValueError(
                        f"correlations of {one} contradict each other: no noise can have them"
                    )
            rows.append(tuple(row))
        return tuple(rows)

    def covariance_with_btc(self, name: str) -> float:
        """Return what the noise of a factor and the value of BTC share by links, a year's."""
        vols: dict[str, float] = {factor.name: factor.volatility for factor in self.factors}
        return math.fsum(
            link.size * vols[link.cause] * vols[name] * self.correlation(link.cause, name)
            for link in self.links
            if link.effect == BTC_VALUE
        )

    @property
    def btc_variance(self) -> float:
        """Variance that the factors' noise gives to the log value of BTC in a year."""
        return math.fsum(
            link.size * self.covariance_with_btc(link.cause)
            for link in self.links
            if link.effect == BTC_VALUE
        )
