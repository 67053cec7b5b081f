"""S10 to S13: traders who change their minds, in the reference models of the literature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tidegate.analysis.facts import autocorrelation, excess_kurtosis, hill_exponent
from tidegate.analysis.scales import Scale
from tidegate.validation.cases import Ablation, Case, Cost, Equals, Kind, Rises, Within
from tidegate.validation.reference import brock_hommes, chiarella, lux_marchesi
from tidegate.validation.reference import franke_westerhoff as fw
from tidegate.validation.reference.dip import dip_p

Floats = NDArray[np.float64]

# ---- S10: Lux and Marchesi ----------------------------------------------------------------------

UNITS: Final = 1_000
WINDOW: Final = 5  # units over which volatility is measured


def mood_and_volatility(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Correlate the share of chartists with the volatility that follows."""
    runs = lux_marchesi.simulate(lux_marchesi.Terms(), seeds, UNITS)
    return {
        "chartists and next volatility": [
            _leading(share, returns)
            for share, returns in zip(runs.chartists, runs.returns, strict=True)
        ],
        "Hill index at 5 %": [hill_exponent(returns, 0.05) for returns in runs.returns],
    }


def mood_without_switching(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Let everybody stay what they are."""
    runs = lux_marchesi.simulate(lux_marchesi.Terms(switching=False), seeds, UNITS)
    return {
        "chartists and next volatility": np.zeros(len(seeds)),  # a share that never moves
        "Hill index at 5 %": [hill_exponent(returns, 0.05) for returns in runs.returns],
    }


def tails_without_switching(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Measure the tails that noise alone makes."""
    runs = lux_marchesi.simulate(lux_marchesi.Terms(switching=False), seeds, UNITS)
    return {"excess kurtosis": [excess_kurtosis(returns) for returns in runs.returns]}


def tails_with_switching(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Measure the tails of the model as it is."""
    runs = lux_marchesi.simulate(lux_marchesi.Terms(), seeds, UNITS)
    return {"excess kurtosis": [excess_kurtosis(returns) for returns in runs.returns]}


def _leading(share: Floats, returns: Floats) -> float:
    """Correlate a share at the start of each window with the mean size of its returns."""
    windows = len(returns) // WINDOW
    size = np.abs(returns[: windows * WINDOW]).reshape(windows, WINDOW).mean(axis=1)
    return float(np.corrcoef(share[: windows * WINDOW : WINDOW], size)[0, 1])


# ---- S11: Franke and Westerhoff -----------------------------------------------------------------

DAYS: Final = 6_866
PATHS: Final = 200
LAGS: Final = (1, 5, 10, 25, 50, 100)
# Figures of 200 paths computed apart, and the sd of a path's figure.
PRINTED: Final[Mapping[str, tuple[float, float]]] = {
    "sd, %": (0.98, 0.069),
    "mean |r|, %": (0.740, 0.047),
    "Hill index at 5 %": (3.9, 0.25),
    "ACF r(1)": (0.007, 0.016),
    "ACF |r|(1)": (0.155, 0.024),
    "ACF |r|(5)": (0.148, 0.024),
    "ACF |r|(10)": (0.142, 0.024),
    "ACF |r|(25)": (0.117, 0.024),
    "ACF |r|(50)": (0.087, 0.024),
    "ACF |r|(100)": (0.052, 0.024),
}


def switching_moments(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Measure the moments that the model was fitted to."""
    return _moments(fw.Terms(), seeds)


def moments_without_trend(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Measure them with chartists who see no trend and add no noise of their own."""
    return _moments(fw.Terms(trend=0.0, noise_chartist=0.0), seeds)


def _moments(terms: fw.Terms, seeds: Sequence[int]) -> dict[str, ArrayLike]:
    returns, _ = fw.simulate(terms, seeds, DAYS)
    sizes = np.abs(returns)
    return {
        "sd, %": 100 * returns.std(axis=1),
        "mean |r|, %": 100 * sizes.mean(axis=1),
        "Hill index at 5 %": [hill_exponent(path, 0.05) for path in returns],
        "ACF r(1)": [autocorrelation(path, 1) for path in returns],
        **{f"ACF |r|({lag})": [autocorrelation(path, lag) for path in sizes] for lag in LAGS},
    }


def next_share(_: Sequence[int]) -> dict[str, float]:
    """Take one step with the price 0.1 above value and as many of either kind."""
    return {"share of fundamentalists": float(fw.next_share(fw.Terms(), 0.5, 0.1))}


# ---- S12: Brock and Hommes ----------------------------------------------------------------------


def stability(_: Sequence[int]) -> dict[str, float]:
    """Start beside the fundamental price below and above the critical intensity."""
    critical = brock_hommes.critical_intensity(brock_hommes.Terms(1.0))
    return {
        "critical intensity": critical,
        "deviation at 2.3": _settled(2.3),
        "deviation at 2.5": _settled(2.5),
    }


def _settled(intensity: float) -> float:
    path = brock_hommes.simulate(brock_hommes.Terms(intensity), 5_000, start=0.01)
    return float(np.abs(path[0, -100:]).max())


def irregularity(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare paths well above the critical intensity with paths below it."""
    return _irregularity(seeds, 4.0)


def irregularity_without_choice(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Compare paths of one intensity below the critical one."""
    return _irregularity(seeds, 1.0)


def _irregularity(seeds: Sequence[int], intensity: float) -> dict[str, ArrayLike]:
    noise = np.stack([0.05 * np.random.default_rng([s, 12]).standard_normal(3_000) for s in seeds])
    wild, calm = (
        brock_hommes.simulate(brock_hommes.Terms(beta), 3_000, 0.0, noise)
        for beta in (intensity, 1.0)
    )
    kurtosis = [[excess_kurtosis(np.diff(path)) for path in paths] for paths in (wild, calm)]
    memory = [[autocorrelation(np.abs(path), 1) for path in paths] for paths in (wild, calm)]
    return {"excess kurtosis": kurtosis, "ACF |x|(1)": memory}


def equal_shares(_: Sequence[int]) -> dict[str, float]:
    """Choose among three beliefs without minding what they earn."""
    shares = brock_hommes.belief_shares(0.0, [-3.0, 0.0, 7.0])
    return {f"share of belief {n}": float(share) for n, share in enumerate(shares, start=1)}


# ---- S13: trend against value -------------------------------------------------------------------

SAMPLE: Final = 200  # mispricings of independent paths
MONTHS_STEPS: Final = 2_000


def bimodality(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Test the mispricing for two modes, where trend outweighs value and where it does not."""
    return _bimodality(seeds, chiarella.Terms(trend=0.3))


def bimodality_without_trend(seeds: Sequence[int]) -> dict[str, ArrayLike]:
    """Test it without trend followers in either arm."""
    return _bimodality(seeds, chiarella.Terms(trend=0.0))


def _bimodality(seeds: Sequence[int], strong: chiarella.Terms) -> dict[str, ArrayLike]:
    weak = chiarella.Terms(trend=0.0)
    found = [[_is_bimodal(terms, seed) for seed in seeds] for terms in (strong, weak)]
    return {"two modes, with strong trend": found, "two modes, with weak trend": found[1]}


def _is_bimodal(terms: chiarella.Terms, seed: int) -> float:
    return float(dip_p(chiarella.mispricing(terms, SAMPLE, MONTHS_STEPS, seed)) < 0.05)


def _printed(name: str) -> Within:
    value, spread = PRINTED[name]
    reach = 3.0 * spread / PATHS**0.5
    return Within(value - reach, value + reach, of_mean=True)


CASES: Final = (
    Case(
        id="S10.1",
        kind=Kind.STATISTICAL,
        about="Lux-Marchesi: chartists come before volatility, and tails are fat",
        expected={
            "chartists and next volatility": Within(0.3, 1.0),
            "Hill index at 5 %": Within(2.0, 4.5),
        },
        measure=mood_and_volatility,
        seeds=64,
        chunk=32,
        cost=Cost.FULL,
        ablations=(Ablation("switching off", mood_without_switching),),
    ),
    Case(
        id="S10.2",
        kind=Kind.STATISTICAL,
        about="Lux-Marchesi without switching: returns are Gaussian",
        expected={"excess kurtosis": Within(-0.5, 0.5)},
        measure=tails_without_switching,
        seeds=50,
        chunk=25,
        cost=Cost.FULL,
        ablations=(Ablation("switching on", tails_with_switching),),
    ),
    Case(
        id="S11.1",
        kind=Kind.STATISTICAL,
        about="Franke-Westerhoff DCA-HPM: moments of 200 paths of 6,866 days",
        expected={name: _printed(name) for name in PRINTED},
        measure=switching_moments,
        seeds=PATHS,
        ablations=(Ablation("trend traders off", moments_without_trend),),
    ),
    Case(
        id="S11.2",
        kind=Kind.GOLDEN,
        about="Franke-Westerhoff: share of fundamentalists after one step",
        expected={"share of fundamentalists": Equals(0.464385, 6)},
        measure=next_share,
    ),
    Case(
        id="S12.1",
        kind=Kind.GOLDEN,
        about="Brock-Hommes: the fundamental price is stable up to a critical intensity",
        expected={
            "critical intensity": Equals(2.398, 3),
            "deviation at 2.3": Within(0.0, 1e-6),
            "deviation at 2.5": Within(0.01, float("inf")),
        },
        measure=stability,
    ),
    Case(
        id="S12.2",
        kind=Kind.DIRECTIONAL,
        about="Brock-Hommes: irregular paths well above the critical intensity",
        expected={"excess kurtosis": Rises(), "ACF |x|(1)": Rises()},
        measure=irregularity,
        seeds=64,
        ablations=(Ablation("intensity of choice low", irregularity_without_choice),),
    ),
    Case(
        id="S12.3",
        kind=Kind.GOLDEN,
        about="Brock-Hommes: without choice every belief has the same share",
        expected={f"share of belief {n}": Equals(1 / 3) for n in (1, 2, 3)},
        measure=equal_shares,
    ),
    Case(
        id="S13.1",
        kind=Kind.DIRECTIONAL,
        about="extended Chiarella: mispricing has two modes when trend outweighs value",
        expected={
            "two modes, with strong trend": Rises(Scale.INDICATOR),
            "two modes, with weak trend": Within(0.0, 0.1, of_mean=True),
        },
        measure=bimodality,
        seeds=64,
        chunk=32,
        cost=Cost.FULL,
        ablations=(Ablation("trend traders off", bimodality_without_trend),),
    ),
)
