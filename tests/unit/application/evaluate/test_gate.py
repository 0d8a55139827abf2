import pytest

from llm_engineering.application.evaluate.comparison import Comparison
from llm_engineering.application.evaluate.gate import GateDecision, GateRule, RetrievalWorseError, gate_decision
from llm_engineering.application.retrieve.metrics import Interval


def comparison(p_worse: float, questions: int = 100) -> Comparison:
    return Comparison(
        questions=questions,
        before=0.8,
        after=0.7,
        difference=Interval(mean=-0.1, low=-0.2, high=-0.01),
        p_worse=p_worse,
        better=5,
        worse=20,
    )


@pytest.mark.parametrize(
    ("p_worse", "questions", "decision"),
    [
        (0.04, 100, GateDecision.WORSE),
        (0.05, 100, GateDecision.NOT_WORSE),
        (1.0, 100, GateDecision.NOT_WORSE),
        (0.04, 20, GateDecision.WORSE),
        (0.04, 19, GateDecision.INCOMPARABLE),
    ],
)
def test_a_run_fails_if_it_is_significantly_worse(p_worse: float, questions: int, decision: GateDecision) -> None:
    assert gate_decision(comparison(p_worse, questions), GateRule(), is_first=False, accept=False) is decision


def test_a_person_may_accept_what_is_worse() -> None:
    assert gate_decision(comparison(0.001), GateRule(), is_first=False, accept=True) is GateDecision.ACCEPTED


def test_without_a_common_question_nothing_can_be_said() -> None:
    assert gate_decision(None, GateRule(), is_first=False, accept=False) is GateDecision.INCOMPARABLE


def test_the_error_says_how_sure_it_is() -> None:
    error = RetrievalWorseError(comparison(0.0123), GateRule(), "2026-01-02T03:04:05+00:00")

    assert "fell from 0.800, accepted at 2026-01-02T03:04:05, to 0.700" in error.problem
    assert "95 % interval of the difference [-0.200, -0.010], p = 0.0123 < 0.05" in error.problem
    assert "over 100 questions, 20 of them worse, 5 better" in error.problem
    assert "--accept" in error.remedy
