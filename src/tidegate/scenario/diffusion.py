"""How adoption spreads from one to the next: by imitation of success, or by thresholds.

Both rules read the same thing: the pull of one's peers, sum_j w_ij A_j success_j, where A_j is 1
for an adopter and the weights of everybody's peers sum to 1.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["ImitationSpec", "SimilaritySpec", "ThresholdSpec"]

SULTAN = "mean over many products (Sultan, Farley and Lehmann 1990)"


class SuccessTerms(Frozen):
    """What peers' visible success and failure count for."""

    loss_aversion: float = quantity(
        2.25,
        unit="1",
        source="Tversky and Kahneman (1992), median of their subjects",
        about="How much more a peer's failure counts than a success of the same size.",
        ge=1,
    )
    success_return: float = quantity(
        0.5,
        unit="log return",
        source="assumption: about one year's volatility of BTC",
        about="A peer's log return that counts as a success of 1; its negative as one of -1.",
        gt=0,
    )

    def success(self, log_return: float) -> float:
        """Return what a peer's visible log return is worth as an example.

        A record no better than cash persuades nobody. The curve of the average product is the
        case in which every adopter's success is 1.
        """
        return log_return / self.success_return


class ImitationSpec(SuccessTerms):
    """Bass's hazard of each candidate, extended by success, losses and friction.

    hazard_i = p + q sum_j w_ij A_j success_j - d drawdown_i - friction_i, in 1/yr. Candidates
    adopt at its positive part; adopters leave at `retreat` times its negative part.
    """

    innovation: float = quantity(
        0.03, unit="1/yr", source=SULTAN, about="p: adoption by those who wait for nobody.", ge=0
    )
    imitation: float = quantity(
        0.38,
        unit="1/yr",
        source=SULTAN,
        about="q: adoption where all peers have, and do well.",
        ge=0,
    )
    drawdown_aversion: float = quantity(
        0.38,
        unit="1/yr",
        source="assumption: a total loss undoes the pull of a pool that has all adopted",
        about="d: hazard that a drawdown of 1 takes away.",
        ge=0,
    )
    retreat: float = quantity(
        0.5,
        unit="1",
        source="assumption: who has joined leaves more slowly than others stop joining",
        about="Rate of leaving over what the hazard is below 0; 0: adoption is for good (Bass).",
        ge=0,
    )


class ThresholdSpec(SuccessTerms):
    """Granovetter's thresholds: each acts when enough peers have, and back out below fewer.

    pressure_i = sum_j w_ij A_j success_j - d drawdown_i - friction_i, a share of peers. Who is
    out joins at ``pressure >= threshold_i``; who is in leaves at ``pressure < threshold_i - gap``.
    """

    mean: float = quantity(
        0.25,
        unit="share of peers",
        source="Granovetter (1978), normal example; Centola et al. (2018) find a tipping point of"
        " 25 %",
        about="Mean of the thresholds.",
    )
    sd: float = quantity(
        0.10,
        unit="share of peers",
        source="assumption: below Granovetter's critical 0.122, so that nothing tips by itself",
        about="Standard deviation of the thresholds.",
        ge=0,
    )
    gap: float = quantity(
        0.15,
        unit="share of peers",
        source="assumption: what is sunk need not be decided again",
        about="How far the pressure must fall below a threshold before its owner leaves.",
        ge=0,
    )
    drawdown_aversion: float = quantity(
        0.25,
        unit="share of peers",
        source="assumption: a total loss undoes a pressure at the mean threshold",
        about="d: pressure that a drawdown of 1 takes away.",
        ge=0,
    )
    reaction: float | None = quantity(
        4.0,
        unit="1/yr",
        source="assumption: boards meet every quarter",
        about="Rate at which those act who would; None: all at once, a generation a step.",
        gt=0,
    )


class SimilaritySpec(Frozen):
    """Whom one looks at: peers alike in what matters.

    The weight of two candidates is exp(-1/2 sum_k (distance_k / bandwidth_k)^2). Numbers differ
    by their difference; names (a region) by 0 or 1.
    """

    bandwidths: dict[str, float] = Field(
        description="Bandwidth per attribute, in the attribute's own unit.", min_length=1
    )

    @model_validator(mode="after")
    def _have_width(self) -> Self:
        for name, width in self.bandwidths.items():
            if not width > 0.0:
                raise ValueError(f"bandwidths[{name!r}] must be > 0, got {width:g}")
        return self

    def __hash__(self) -> int:
        """Return a hash of what it says."""
        return hash(tuple(sorted(self.bandwidths.items())))
