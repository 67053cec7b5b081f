"""The mining scenario: what is refused, and what its two maps add up to."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tidegate.agents.hashrate import Fleet
from tidegate.agents.proof_of_work import Chain
from tidegate.scenario.mining import HostSpec, MiningSpec, RigSpec
from tidegate.scenario.mining_hosts import MAY_2021, YEAR_2026

RIG = RigSpec(name="only", joules=20.0, share=1.0)


def host(name: str, share: float) -> HostSpec:
    return HostSpec(name=name, share=share, power_price=0.05, grid_mw=1e3, other_mw=0.0)


def test_shares_are_of_the_whole_network() -> None:
    with pytest.raises(ValidationError, match=r"shares of hosts must sum to 1, got 0\.9"):
        MiningSpec(hosts=(host("a", 0.5), host("b", 0.4)), rigs=(RIG,))
    with pytest.raises(ValidationError, match="hosts must have different names"):
        MiningSpec(hosts=(host("a", 0.5), host("a", 0.5)), rigs=(RIG,))
    with pytest.raises(ValidationError, match="shares of rigs must sum to 1"):
        MiningSpec(hosts=(host("a", 1.0),), rigs=(RIG.model_copy(update={"share": 0.5}),))


@pytest.mark.parametrize("field", [{"overhead": -0.1}, {"power_share": 0.0}, {"exit_speed": 2.0}])
def test_fields_have_bounds(field: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match=next(iter(field))):
        MiningSpec(hosts=(host("a", 1.0),), rigs=(RIG,), **field)  # type: ignore[arg-type]


@pytest.mark.parametrize("spec", [YEAR_2026, MAY_2021])
def test_maps_survive_a_file(spec: MiningSpec) -> None:
    assert MiningSpec.model_validate_json(spec.model_dump_json()) == spec


@pytest.mark.parametrize(
    ("spec", "gigawatts", "kazakh_megawatts", "subsidy"),
    [
        (YEAR_2026, (20.0, 28.0), (300, 450), 312_500_000),
        (MAY_2021, (7.0, 14.0), (500, 900), 625_000_000),
    ],
)
def test_maps_draw_what_the_network_is_said_to(
    spec: MiningSpec,
    gigawatts: tuple[float, float],
    kazakh_megawatts: tuple[int, int],
    subsidy: int,
) -> None:
    """138 TWh in 2024 were 16 GW, with less hashrate; Kazakhstan drew 500 MW early in 2021."""
    fleet = Fleet(spec)
    assert gigawatts[0] < fleet.load.sum() / 1e6 < gigawatts[1]
    names = [each.name for each in spec.hosts]
    low, high = kazakh_megawatts
    assert low < fleet.load[names.index("kazakhstan")] / 1e3 < high
    chain = Chain(spec.protocol, int(fleet.running.sum()))
    assert chain.subsidy(chain.height) == subsidy
