"""The whole scenario: one frozen value that, with a seed, fixes every bit of a run."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from pathlib import Path
from typing import Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from tidegate.scenario.allocators import AllocatorSpec, HavenSpec
from tidegate.scenario.anticipation import AnticipationSpec
from tidegate.scenario.appraised import AppraisedSpec
from tidegate.scenario.belief import BeliefSpec
from tidegate.scenario.carry_trade import CarryTradeSpec
from tidegate.scenario.chiarella import ChiarellaSpec
from tidegate.scenario.commodities import CommoditiesSpec
from tidegate.scenario.companies import CompaniesSpec
from tidegate.scenario.defined_benefit import DefinedBenefitSpec
from tidegate.scenario.deposits import DepositsSpec
from tidegate.scenario.easing import EasingSpec
from tidegate.scenario.ecology import Ecology, EcologySpec
from tidegate.scenario.etf import EtfSpec
from tidegate.scenario.execution import ExecutionSpec
from tidegate.scenario.followers import FollowersSpec, LinksSpec
from tidegate.scenario.foreign_systems import ForeignSpec
from tidegate.scenario.frozen import Frozen, quantity
from tidegate.scenario.hype import HypeSpec
from tidegate.scenario.infrastructure import InfrastructureSpec
from tidegate.scenario.lending import LendingSpec
from tidegate.scenario.macro import MacroSpec
from tidegate.scenario.market import (
    DEFAULT_VENUES,
    ArbitrageSpec,
    AssetSpec,
    HolderSpec,
    MakerSpec,
    TraderSpec,
    VenueSpec,
)
from tidegate.scenario.mining import MiningSpec
from tidegate.scenario.pension import PensionSpec
from tidegate.scenario.plan_population import PlanPopulationSpec
from tidegate.scenario.reserve_defence import ReserveDefenceSpec
from tidegate.scenario.sovereign import StatesSpec
from tidegate.scenario.state_peers import StatePeers
from tidegate.scenario.strategies import StrategiesSpec
from tidegate.scenario.switching import SwitchingSpec
from tidegate.scenario.tokens import TokensSpec

__all__ = ["Scenario"]

DAY = 86_400
PARTS: dict[Ecology, str] = {
    "fcn": "belief",
    "switching": "switching",
    "chiarella": "chiarella",
}
INSTITUTIONS = (
    "easing",
    "macro",
    "allocators",
    "haven",
    "reserve_defence",
    "states",
    "state_peers",
    "mining",
    "etf",
    "plans",
    "defined_benefit",
    "foreign",
    "anticipation",
    "followers",
    "links",
    "infrastructure",
    "strategies",
    "credit",
    "tokens",
    "appraised",
    "hype",
    "commodities",
    "companies",
    "deposits",
    "carry_trade",
)
NEEDS = {
    "allocators": "macro",
    "haven": "macro",
    "reserve_defence": "macro",
    "state_peers": "states",
    "foreign": "plans",
    "anticipation": "plans",
    "carry_trade": "etf",
}


class Scenario(Frozen):
    """A BTC spot market on several venues that together are the whole market."""

    start: dt.date = Field(default=dt.date(2026, 1, 5), description="First day, UTC midnight.")
    step_seconds: int = quantity(
        14_400, unit="s", source="resolution", about="Length of a tick.", ge=1, le=DAY
    )
    asset: AssetSpec = AssetSpec()
    venues: tuple[VenueSpec, ...] = DEFAULT_VENUES
    ecology: Ecology = Field(
        default="fcn",
        description="Who forms the crowd's valuation: `belief` (fcn), `switching` or `chiarella`.",
    )
    belief: BeliefSpec = BeliefSpec()
    switching: SwitchingSpec = SwitchingSpec()
    chiarella: ChiarellaSpec = ChiarellaSpec()
    holders: HolderSpec = HolderSpec()
    traders: TraderSpec = TraderSpec()
    makers: MakerSpec = MakerSpec()
    arbitrage: ArbitrageSpec = ArbitrageSpec()
    pension: PensionSpec = PensionSpec()
    easing: EasingSpec | None = Field(
        default=None, description="The central bank's rates and what they do to value; None: none."
    )
    macro: MacroSpec | None = Field(
        default=None, description="Factors of the economy and what they do to value; None: none."
    )
    allocators: AllocatorSpec | None = Field(
        default=None, description="Who moves money between crypto and other themes; None: nobody."
    )
    haven: HavenSpec | None = Field(
        default=None, description="Who comes to coins in a recession; None: nobody."
    )
    reserve_defence: ReserveDefenceSpec | None = Field(
        default=None, description="Central banks abroad that sell bills; None: none."
    )
    states: StatesSpec | None = Field(
        default=None, description="States that hold reserves in coins; None: there are none."
    )
    state_peers: StatePeers | None = Field(
        default=None, description="How states watch each other; None: they do not."
    )
    mining: MiningSpec | None = Field(
        default=None, description="Miners, their hosts and power; None: nobody mines."
    )
    etf: EtfSpec | None = Field(
        default=None, description="A listed fund of BTC and all who belong to it; None: none."
    )
    plans: PlanPopulationSpec | None = Field(
        default=None,
        description="Pension plans, sponsor by sponsor, in place of the one sector; None: none.",
    )
    defined_benefit: tuple[DefinedBenefitSpec, ...] = Field(
        default=(), description="Funds that promise benefits and may hold coins."
    )
    foreign: ForeignSpec | None = Field(
        default=None, description="Pension systems abroad, which watch the plans; None: none."
    )
    anticipation: AnticipationSpec | None = Field(
        default=None, description="Who buys ahead of an announced flow; None: nobody."
    )
    followers: tuple[FollowersSpec, ...] = Field(
        default=(), description="Classes of institutions or households that wait and watch."
    )
    links: LinksSpec | None = Field(
        default=None,
        description="How far states, plans and followers look at each other; None: not at all.",
    )
    infrastructure: InfrastructureSpec | None = Field(
        default=None,
        description="Custody and quotes that improve as pensions hold more; None: no such thing.",
    )
    strategies: StrategiesSpec | None = Field(
        default=None, description="Portfolios that follow strategies; None: there are none."
    )
    credit: LendingSpec | None = Field(
        default=None, description="Lenders against coins; None: there are none."
    )
    tokens: TokensSpec | None = Field(
        default=None, description="A stock that trades as a token too; None: there is none."
    )
    appraised: AppraisedSpec | None = Field(
        default=None, description="A token on property without a market; None: there is none."
    )
    hype: HypeSpec | None = Field(
        default=None, description="A memecoin and who hears of it; None: there is none."
    )
    commodities: CommoditiesSpec | None = Field(
        default=None,
        description="Gold and minerals, news of trade, and all who deal in either; None: none.",
    )
    companies: CompaniesSpec | None = Field(
        default=None, description="Listed firms that hold coins as a treasury; None: none."
    )
    deposits: DepositsSpec | None = Field(
        default=None,
        description="Exchanges that keep clients' coins and can be robbed; None: none.",
    )
    carry_trade: CarryTradeSpec | None = Field(
        default=None, description="Basis trades in the listed fund; None: there are none."
    )
    execution: ExecutionSpec = ExecutionSpec()
    matching: bool = Field(
        default=True, description="False freezes prices: no order is accepted (control)."
    )

    @model_validator(mode="after")
    def _whole_market(self) -> Self:
        if DAY % self.step_seconds:
            raise ValueError(f"step_seconds {self.step_seconds} must divide a day ({DAY} s)")
        if not self.venues:
            raise ValueError("venues must name at least one venue")
        names = [venue.name for venue in self.venues]
        if len(set(names)) != len(names):
            raise ValueError(f"venues must have different names, got {names}")
        classes = [follower.name for follower in self.followers]
        if len(set(classes)) != len(classes):
            raise ValueError(f"followers must have different names, got {classes}")
        for part, other in NEEDS.items():
            if getattr(self, part) is not None and getattr(self, other) is None:
                raise ValueError(f"{part} needs {other}, which is not given")
        if self.credit is not None and len(self.credit.coin_shares) != 1:
            raise ValueError(
                f"credit.coin_shares is {self.credit.coin_shares}; there is one coin, so it must "
                "be (1.0,)"
            )
        total = sum(venue.share for venue in self.venues)
        if abs(total - 1.0) > 1e-9:
            raise ValueError(f"venues' shares must sum to 1 (the whole market), got {total:.6g}")
        return self

    @model_serializer(mode="wrap")
    def _without_absent(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Leave out who is not there: other crowds, institutions."""
        written: dict[str, Any] = handler(self)
        for part in INSTITUTIONS:
            if not written.get(part):
                written.pop(part, None)
        for ecology, part in PARTS.items():
            if ecology != self.ecology:
                written.pop(part, None)
        return written

    @property
    def valuation(self) -> EcologySpec:
        """Who forms the crowd's valuation."""
        spec: EcologySpec = getattr(self, PARTS[self.ecology])
        return spec

    @property
    def ticks_per_day(self) -> int:
        """Ticks in a day."""
        return DAY // self.step_seconds

    @property
    def digest(self) -> str:
        """Hash of every field: the identity of the scenario."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=16).hexdigest()

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a scenario from a TOML or JSON file."""
        path = Path(path)
        if path.suffix == ".toml":
            return cls.model_validate(tomllib.loads(path.read_text()))
        if path.suffix == ".json":
            return cls.model_validate_json(path.read_text())
        raise ValueError(f"path {path} must end in .toml or .json")
