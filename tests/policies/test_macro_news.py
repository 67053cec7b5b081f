"""News of the economy as policies: what each posts, and that two at once both count."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tidegate.policies.ai_cost_shock import AiCostShock
from tidegate.policies.base import Agenda, Policy
from tidegate.policies.bill_share import BillShare
from tidegate.policies.debt_worry import DebtWorry
from tidegate.policies.dollar_turn import DollarTurn
from tidegate.policies.fiscal_cut import FiscalCut
from tidegate.policies.leader_message import LeaderMessage
from tidegate.policies.recession_call import RecessionCall
from tidegate.policies.stagflation import Stagflation
from tidegate.policies.theme_opening import ThemeOpening
from tidegate.scenario.macro_levers import MacroLevers
from tidegate.streams import Streams

DAY = 86_400
POLICIES: tuple[type[Policy], ...] = (
    AiCostShock,
    BillShare,
    DebtWorry,
    DollarTurn,
    FiscalCut,
    LeaderMessage,
    RecessionCall,
    Stagflation,
    ThemeOpening,
)
MONTH = 365.25 / 12.0


def posted(second: int, *policies: Policy) -> tuple[MacroLevers, ...]:
    return Agenda.decide(policies, Streams(1)).levers_at(second).macro_news


@pytest.mark.parametrize("kind", POLICIES)
def test_a_policy_posts_one_piece_of_news_at_its_effective_moment(kind: type[Policy]) -> None:
    policy = kind.model_validate({"announcement_day": 1, "effective_day": 1.5})
    assert posted(DAY, policy) == ()
    (item,) = posted(DAY + DAY // 2, policy)
    assert item.started == DAY + DAY // 2
    again = kind.model_validate_json(policy.model_dump_json())
    assert again.settings() == policy.settings()


def test_each_says_what_it_moves() -> None:
    (cut,) = posted(0, FiscalCut(size=2.0, months=24.0))
    assert (cut.growth, cut.term_premium, cut.ramp_days) == (-2.0, -10.0, 24 * MONTH)
    (ai,) = posted(0, AiCostShock())
    assert (ai.us_tech, ai.china_tech, ai.ramp_days) == (-0.035, 0.04, 0.5)
    (worry,) = posted(0, DebtWorry())
    assert worry.term_premium == 100.0
    (bills,) = posted(0, BillShare(change_pp=-2.0))
    assert bills.bill_share == -2.0
    (turn,) = posted(0, DollarTurn(days=10.0))
    assert (turn.dollar, turn.ramp_days) == (-0.10, 10.0)
    (mix,) = posted(0, Stagflation(growth=0.0))
    assert (mix.growth, mix.inflation) == (0.0, 2.0)
    (call,) = posted(0, RecessionCall())
    assert call.recession
    assert call.growth == -3.0
    (theme,) = posted(0, ThemeOpening())
    assert (theme.theme, theme.odds) == ("china_tech", 3.0)


def test_words_count_as_far_as_they_are_believed() -> None:
    (words,) = posted(0, LeaderMessage(dollar=-0.02, btc=0.05, credibility=0.25))
    assert (words.dollar, words.btc, words.fade_days) == (-0.005, 0.0125, 30.0)
    (lost,) = posted(0, LeaderMessage(dollar=-0.02, credibility=0.0))
    assert lost.dollar == 0.0


def test_news_of_the_same_second_all_counts() -> None:
    """Alike or not: a lever that took the other's place would lose news."""
    twins = [LeaderMessage(name=f"leader {n}", dollar=-0.02) for n in range(3)]
    items = posted(DAY, AiCostShock(), *twins, RecessionCall())
    assert len(items) == 5
    assert sum(item.dollar for item in items) == pytest.approx(-0.03)
    assert sum(item.us_tech for item in items) == -0.035
    assert [item.recession for item in items].count(True) == 1


def test_news_stays_posted_when_more_comes() -> None:
    first = FiscalCut()
    later = DollarTurn(announcement_day=3, effective_day=9)
    assert posted(5 * DAY, first, later) == posted(0, first)
    assert posted(9 * DAY, first, later)[0] == posted(0, first)[0]
    assert len(posted(9 * DAY, first, later)) == 2


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        (LeaderMessage, "credibility", 1.5),
        (FiscalCut, "months", 0.0),
        (RecessionCall, "growth", 1.0),
        (ThemeOpening, "odds", 0.0),
        (ThemeOpening, "theme", "tulips"),
    ],
)
def test_what_makes_no_sense_is_refused(kind: type[Policy], field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        kind.model_validate({field: value})
