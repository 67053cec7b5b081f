"""Algebra of a reserve with a crypto share: freezes, variance, rate shocks, custody.

Closed forms of mean-variance arithmetic; no simulation. Shares and losses are of the whole
reserve, rates and variances a year.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt

from tidegate.scenario.sovereign import OUNCES_PER_TONNE

__all__ = [
    "ReserveRisk",
    "best_shares",
    "custody_loss",
    "expected_tail_losses",
    "freeze_loss",
    "optimal_share",
    "rate_beta",
    "rate_exposure",
    "reserve_volatility",
    "revaluation_gain",
]


def revaluation_gain(tonnes: float, market: float, book: float) -> float:
    """Return what carrying gold at market instead of book price brings, USD.

    Parameters
    ----------
    tonnes
        Gold, t.
    market, book
        USD per troy ounce.
    """
    return tonnes * OUNCES_PER_TONNE * (market - book)


def freeze_loss(coins: float, frozen: float, *, etf: float = 0.0) -> float:
    """Return the share of a reserve lost given a freeze of foreign assets.

    Parameters
    ----------
    coins
        Share in coins in the state's own custody: out of reach.
    frozen
        Share of what can be reached that is frozen.
    etf
        Share in ETFs: reached like foreign exchange.
    """
    _check_share("coins", coins)
    _check_share("frozen", frozen)
    _check_share("etf", etf)
    _check_share("coins + etf", coins + etf)
    return frozen * (1.0 - coins)


def reserve_volatility(
    weights: Sequence[float],
    volatilities: Sequence[float],
    correlations: Sequence[Sequence[float]],
) -> float:
    """Return the volatility of a mix of assets.

    Parameters
    ----------
    weights
        Shares of the assets.
    volatilities
        Their volatilities.
    correlations
        Their correlations, one row an asset.
    """
    n = len(weights)
    if len(volatilities) != n or len(correlations) != n or any(len(r) != n for r in correlations):
        raise ValueError(f"weights, volatilities and correlations must be of one size, got {n}")
    variance = sum(
        weights[i] * weights[j] * volatilities[i] * volatilities[j] * correlations[i][j]
        for i in range(n)
        for j in range(n)
    )
    return sqrt(max(variance, 0.0))


@dataclass(frozen=True, slots=True)
class ReserveRisk:
    """What a choice of crypto share turns on.

    Parameters
    ----------
    crypto, rest
        Volatility of crypto, and of the rest of the reserve.
    correlation
        Between the two.
    freeze_rate
        Chance of a freeze in a year.
    frozen
        Share of what can be reached that it reaches.
    aversion
        Weight of variance in utility: expected change less half of it times variance.
    excess
        Expected return of crypto above that of the rest.
    """

    crypto: float
    rest: float
    correlation: float = 0.0
    freeze_rate: float = 0.0
    frozen: float = 0.5
    aversion: float = 3.0
    excess: float = 0.0

    def variance(self, share: float) -> float:
        """Return the reserve's everyday variance at a crypto share."""
        both = self.correlation * self.crypto * self.rest
        left = 1.0 - share
        return (
            share * share * self.crypto * self.crypto
            + 2.0 * share * left * both
            + left * left * self.rest * self.rest
        )

    def utility(self, share: float) -> float:
        """Return expected change, freezes included, less the price of variance."""
        loss = self.freeze_rate * freeze_loss(share, self.frozen)
        return share * self.excess - loss - 0.5 * self.aversion * self.variance(share)


def optimal_share(risk: ReserveRisk) -> float:
    """Return the crypto share with the highest utility, within 0 and 1.

    The slope of `ReserveRisk.utility` is linear in the share; its root is
    ``(s_r^2 - rho s_c s_r + (p f + m) / a) / (s_c^2 + s_r^2 - 2 rho s_c s_r)``.
    """
    both = risk.correlation * risk.crypto * risk.rest
    spread = risk.crypto * risk.crypto + risk.rest * risk.rest - 2.0 * both
    if spread <= 0.0 or risk.aversion <= 0.0:
        raise ValueError("the assets must differ and aversion be > 0; there is no optimum")
    gain = (risk.freeze_rate * risk.frozen + risk.excess) / risk.aversion
    return min(max((risk.rest * risk.rest - both + gain) / spread, 0.0), 1.0)


def best_shares(risk: ReserveRisk) -> dict[str, float]:
    """Return the best crypto share at a freeze as likely as it is, half as likely, and twice.

    Returns
    -------
    dict
        ``best_share``, ``best_half`` and ``best_double``.
    """

    def best(times: float) -> float:
        return optimal_share(replace(risk, freeze_rate=min(times * risk.freeze_rate, 1.0)))

    return {"best_share": best(1.0), "best_half": best(0.5), "best_double": best(2.0)}


def rate_beta(share: float, *, crypto: float = -0.0025, rest: float = -0.0002) -> float:
    """Return the reserve's response to a surprise of +1 bp in the dollar rate.

    Parameters
    ----------
    share
        Crypto share.
    crypto
        Response of crypto; by default -0.25 % (Ma et al. 2022, two-year rate).
    rest
        Response of the rest; by default that of bonds of two years' duration.
    """
    _check_share("share", share)
    return share * crypto + (1.0 - share) * rest


def rate_exposure(share: float, *, coins: float, rest: float, bp: float) -> float:
    """Return what a share in coins, not other reserves, adds to their loss by a point of rates.

    Parameters
    ----------
    share
        Crypto share.
    coins, rest
        What a surprise did to coins and to the rest, log.
    bp
        The surprise.
    """
    return share * (rest - coins) * 100.0 / bp


def custody_loss(rate: float, loss: float, years: float = 1.0) -> float:
    """Return the expected share lost to events of a small rate within some years.

    Each event takes the share ``loss`` of what is left, and events are independent:
    ``1 - (1 - rate loss)^years`` for whole years.
    """
    if not 0.0 <= rate <= 1.0:
        raise ValueError(f"rate must be a chance within 0 and 1 a year, got {rate!r}")
    _check_share("loss", loss)
    return float(1.0 - (1.0 - rate * loss) ** years)


def expected_tail_losses(
    coins: float, etf: float, *, keys: float, issuer: float, freeze: float
) -> tuple[float, float]:
    """Return the yearly expected loss of the crypto holding, by coins and by ETF.

    Coins bear the loss of keys, ETF shares that of the issuer and of a freeze: the wrapper trades
    one risk for two.

    Parameters
    ----------
    coins, etf
        Shares held in either form.
    keys, issuer, freeze
        Expected yearly loss of a unit to each.
    """
    _check_share("coins + etf", coins + etf)
    return coins * keys, etf * (issuer + freeze)


def _check_share(name: str, value: float) -> None:
    if not 0.0 <= value <= 1.0 + 1e-12:
        raise ValueError(f"{name} must be within 0 and 1, got {value!r}")
