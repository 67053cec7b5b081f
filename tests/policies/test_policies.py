"""Policies are data: announced, decided by one uniform of their own, read as a board."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.policies import Agenda, LeverPolicy, PensionAccess, PensionPause
from tidegate.scenario.levers import Levers, PensionLevers
from tidegate.streams import Streams

DAY = 86_400


class Fixed:
    """Uniforms by policy name; refuses any other key."""

    def __init__(self, **values: float) -> None:
        self.values = values

    def uniform(self, path: str, stream: str, tick: int) -> float:
        assert stream == "takes_effect"
        assert tick == 0
        return self.values[path.removeprefix("policy/")]


ACCESS = PensionAccess(
    allocation=0.02,
    route="menu",
    ramp_months=36.0,
    announcement_day=10,
    effective_day=200.5,
    success_probability=0.4,
)


def test_access_opens_on_its_effective_day_and_is_public_from_its_announcement() -> None:
    agenda = Agenda.decide([ACCESS], Fixed(pension_access=0.39))
    quo = Levers()
    assert agenda.changes() == (10 * DAY, 200 * DAY + DAY // 2)
    assert agenda.levers_at(10 * DAY - 1) == quo
    pending = agenda.levers_at(10 * DAY)
    assert pending.pension == quo.pension
    (announcement,) = pending.pending
    assert announcement.probability == 0.4
    assert announcement.effective == 200 * DAY + DAY // 2
    assert dict(announcement.levers)["pension.allocation"] == 0.02
    effective = 200 * DAY + DAY // 2
    assert agenda.levers_at(effective - 1) == pending
    assert agenda.levers_at(effective) == Levers(
        pension=PensionLevers(opened=effective, allocation=0.02, route="menu", ramp_months=36.0)
    )


def test_a_policy_that_lapses_leaves_the_status_quo() -> None:
    agenda = Agenda.decide([ACCESS], Fixed(pension_access=0.41))
    assert agenda.levers_at(100 * DAY).pending
    assert agenda.levers_at(201 * DAY) == Levers()


@given(uniform=st.floats(0.0, 1.0, exclude_min=True, exclude_max=True))
def test_decisions_are_nested_in_probability_and_know_only_their_own_key(uniform: float) -> None:
    other = LeverPolicy(name="other", levers={"pension.rebalancing": "none"})
    took = []
    for probability in (0.0, 0.25, 0.5, 0.75, 1.0):
        policy = ACCESS.model_copy(update={"success_probability": probability})
        alone = Agenda.decide([policy], Fixed(pension_access=uniform))
        beside = Agenda.decide([other, policy], Fixed(pension_access=uniform, other=0.5))
        took.append("pension_access" in alone.taking_effect)
        assert ("pension_access" in beside.taking_effect) == took[-1]
    assert took == sorted(took)
    assert (took[0], took[-1]) == (False, True)


def test_a_run_decides_at_the_stated_odds() -> None:
    seeds = range(2_000)
    took = sum(bool(Agenda.decide([ACCESS], Streams(seed)).taking_effect) for seed in seeds)
    # Four standard errors of a share of 0.4 in 2,000.
    assert abs(took / len(seeds) - 0.4) < 4 * (0.4 * 0.6 / len(seeds)) ** 0.5


def test_a_pause_stops_adoption_and_keeps_the_rest() -> None:
    pause = PensionPause(announcement_day=300, effective_day=300)
    agenda = Agenda.decide([pause, ACCESS], Fixed(pension_access=0.1, pension_pause=0.9))
    before, after = (agenda.levers_at(day * DAY).pension for day in (299, 300))
    assert before.opened == ACCESS.effective
    assert after == before.model_copy(update={"opened": None})


def test_later_policies_overrule_and_order_breaks_ties() -> None:
    def ruling(name: str, day: float, allocation: float) -> LeverPolicy:
        levers = {"pension.allocation": allocation}
        return LeverPolicy(name=name, effective_day=day, levers=levers)

    late, early, tied = ruling("late", 9, 0.09), ruling("early", 3, 0.03), ruling("tied", 3, 0.04)
    names = frozenset({"late", "early", "tied"})
    agenda = Agenda((late, early, tied), names)
    allocations = [agenda.levers_at(day * DAY).pension.allocation for day in (2, 3, 8, 9)]
    assert allocations == [0.0, 0.04, 0.04, 0.09]


def test_the_board_is_one_object_until_it_changes() -> None:
    agenda = Agenda((ACCESS,), frozenset({"pension_access"}))
    assert agenda.levers_at(20 * DAY) is agenda.levers_at(190 * DAY)
    assert agenda.levers_at(0) is agenda.start
    assert pickle.loads(pickle.dumps(agenda)) == agenda


def test_an_agenda_starts_from_the_scenarios_board() -> None:
    start = Levers().updated({"pension.rebalancing": "calendar"})
    rule = LeverPolicy(name="rule", effective_day=1, levers={"pension.route": "window"})
    agenda = Agenda.decide([rule], Fixed(rule=0.99), start)
    assert agenda.levers_at(DAY).pension.rebalancing == "calendar"
    assert agenda.levers_at(DAY).pension.route == "window"


def test_policies_survive_a_file() -> None:
    rule = LeverPolicy(name="rule", levers={"pension.opened": None, "pension.allocation": 0.5})
    for policy in (ACCESS, rule, PensionPause()):
        again = type(policy).model_validate_json(policy.model_dump_json())
        assert again == policy
        assert hash(again) == hash(policy)
    assert dict(rule.settings()) == {"pension.opened": None, "pension.allocation": 0.5}


def test_levers_have_names_and_refuse_what_they_do_not_allow() -> None:
    assert "pension.allocation" in Levers.names()
    assert "pending" not in " ".join(Levers.names())
    with pytest.raises(ValueError, match=r"lever pension.allocation: .*equal to 1, got 2"):
        Levers().updated({"pension.allocation": 2})
    with pytest.raises(ValueError, match=r"lever 'pension.alocation' does not exist; there are"):
        Levers().updated({"pension.alocation": 0.1})
    with pytest.raises(ValueError, match=r"lever 'allocation' does not exist"):
        Levers().updated({"allocation": 0.1})


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: PensionAccess(announcement_day=3),
            r"effective_day must be >= announcement_day \(3\), got 0",
        ),
        (lambda: PensionAccess(allocation=1.5), r"allocation\n.*less than or equal to 1.*1\.5"),
        (lambda: PensionAccess(ramp_months=0), r"ramp_months\n.*greater than 0.*input_value=0"),
        (lambda: PensionAccess(success_probability=2), r"success_probability\n.*equal to 1"),
        (
            lambda: PensionAccess(speed=2),  # type: ignore[call-arg]
            r"speed\n.*Extra inputs are not permitted",
        ),
        (
            lambda: LeverPolicy(name="x", levers={"pension.route": "lottery"}),
            r"lever pension.route: .*'headline', got 'lottery'",
        ),
        (lambda: Agenda((ACCESS, ACCESS)), "policies must have different names"),
        (
            lambda: Agenda((ACCESS,), frozenset({"tax"})),
            r"taking_effect must name policies among \['pension_access'\], got \['tax'\]",
        ),
    ],
)
def test_errors_name_argument_value_and_rule(call, told) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=told):
        call()
