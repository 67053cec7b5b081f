"""The fund's terms: units and sources everywhere, sensible bounds, the width of its band."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from tidegate.scenario.etf import ApSpec, EtfLevers, EtfSpec, FlowSpec, ListingSpec, ShareHolderSpec

SPECS: tuple[type[BaseModel], ...] = (
    EtfSpec, EtfLevers, ListingSpec, ApSpec, ShareHolderSpec, FlowSpec,
)  # fmt: skip


@pytest.mark.parametrize("spec", SPECS)
def test_every_number_has_a_unit_and_a_source(spec: type[BaseModel]) -> None:
    for name, field in spec.model_fields.items():
        if field.annotation in (int, float, int | None):
            extra = field.json_schema_extra
            assert isinstance(extra, dict), name
            assert extra["unit"], name
            assert extra["source"], name
        assert isinstance(field.default, BaseModel) or field.description, name


def test_the_band_by_hand() -> None:
    # In kind: 300 ppm of trading, 500 USD on 40,000 shares of 62.50 USD, one basis point of gain.
    assert EtfSpec().band(300, 62.5) == pytest.approx(3e-4 + 2e-4 + 1e-4)
    assert EtfSpec(creation="cash").band(300, 62.5) == pytest.approx(5e-4 + 2e-4 + 1e-4)
    # A hundredth of a day's volume moves the coin by a tenth of 2.6 %.
    assert EtfSpec().band(300, 62.5, 0.01) == pytest.approx(6e-4 + 26e-4)
    assert EtfSpec(basket=5_000).band(300, 62.5) == pytest.approx(3e-4 + 16e-4 + 1e-4)


def test_flows_in_dollars_are_those_published() -> None:
    # At the average capitalisation of the sample, 1.57 T USD: 66 M, 3,130 M per log return, 262 M.
    flow, cap = FlowSpec(), 1.57e12
    assert flow.drift * cap == pytest.approx(66e6, rel=0.05)
    assert flow.chase * cap == pytest.approx(3.13e9, rel=0.05)
    assert flow.noise * cap == pytest.approx(262e6, rel=0.08)


@pytest.mark.parametrize(
    "wrong", [{"basket": 0}, {"creation": "barter"}, {"custody_loss": 1.5}, {"fee": 0.1}]
)
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        EtfSpec(**wrong)  # type: ignore[arg-type]
