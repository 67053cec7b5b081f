"""Those who wait and watch as data: a class of institutions or households, and what links classes.

Nobody has measured how far one class of holders looks at another. The link is off by default, and
what follows from it is an assumption of whoever sets it.
"""

from __future__ import annotations

from pydantic import Field

from tidegate.scenario.diffusion import ImitationSpec, ThresholdSpec
from tidegate.scenario.frozen import Frozen, quantity

__all__ = ["FollowersSpec", "LinksSpec"]


class FollowersSpec(Frozen):
    """One class of like members: each takes coins up once, and builds up a weight of them."""

    name: str = Field(default="institutions", description="Name, unique.", pattern=r"^[a-z_]+$")
    members: int = quantity(
        100, unit="1", source="resolution: all of the same size", about="Members.", ge=1, le=10_000
    )
    assets_usd: int = quantity(
        9_000_000_000_000,
        unit="USD",
        source="assumption: order of magnitude of endowments, insurers and public funds together",
        about="Assets of all of them.",
        gt=0,
        le=9 * 10**12,
    )
    allocation: float = quantity(
        0.005,
        unit="1",
        source="assumption; Houston's 0.5 % (PEN-N13)",
        about="Share of its assets that a member who takes coins up puts into them.",
        ge=0,
        le=1,
    )
    ramp_months: int = quantity(
        12, unit="months", source="assumption: committees buy in parts", about="Over which.", ge=1
    )
    rule: ImitationSpec | ThresholdSpec = Field(
        default=ImitationSpec(), description="What moves them."
    )
    success_weight: float = quantity(
        1.0,
        unit="1",
        source="assumption: log return of the past year on top of a neutral 1, as for sponsors",
        about="Weight of the coins' gain or loss in the example that those who hold them give.",
        ge=0,
    )
    friction: float = quantity(
        0.0,
        unit="1/yr",
        source="none",
        about="What stands in the way of all of them, such as a ban.",
        ge=0,
    )


class LinksSpec(Frozen):
    """How far classes (states, plans, followers) look at each other."""

    strength: float = quantity(
        0.0,
        unit="1/yr",
        source="off: never measured; that of one's own peers is 0.38 (Bass's average)",
        about="Rate of adoption added where all members of all other classes have adopted.",
        ge=0,
        le=10,
    )
