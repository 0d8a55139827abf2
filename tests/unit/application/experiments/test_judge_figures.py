import pytest

from llm_engineering.application.experiments.given_answers import Failure
from llm_engineering.application.experiments.judge_figures import JudgedQuestion, agreement, judge_figures
from llm_engineering.application.experiments.judging import Choice, Criterion, Judgement

BROKEN = Failure(reason="broken_reply", detail="No JSON.")


def said(*choices: str) -> list[Judgement | Failure]:
    """Return judgements by both criteria; "-" is one that failed."""
    return [BROKEN if each == "-" else Judgement(accuracy=Choice(each), style=Choice(each)) for each in choices]


def judged(a_first: list[str], b_first: list[str]) -> JudgedQuestion:
    return JudgedQuestion({"A": said(*a_first), "B": said(*b_first)})


@pytest.mark.parametrize(
    ("a_first", "b_first", "share_of_b"),
    [
        (["second"], ["first"], 1.0),  # B both times
        (["first"], ["second"], 0.0),  # A both times
        (["first"], ["first"], 0.5),  # whatever is shown first
        (["tie"], ["first"], 0.75),
        (["second", "first"], ["tie", "tie"], 0.5),
        (["second", "-"], ["first", "second"], 0.75),  # (1 + 1/2) / 2: each order counts the same
    ],
)
def test_each_order_counts_the_same(a_first: list[str], b_first: list[str], share_of_b: float) -> None:
    assert judged(a_first, b_first).wins_of_b(Criterion.STYLE) == share_of_b


def test_without_a_judgement_in_one_order_there_is_none() -> None:
    assert judged(["second"], ["-"]).wins_of_b(Criterion.ACCURACY) == BROKEN


def test_what_failed_is_missing_of_both_and_who_alone_answered_makes_no_pair() -> None:
    figures = judge_figures(
        Criterion.ACCURACY,
        {"q0": judged(["second"], ["tie"]), "q1": judged(["-"], ["first"])},
        {"q2": {"A": "model_failed"}, "q3": {"A": "model_failed", "B": "no_answer"}},
    )

    assert (figures.a, figures.b) == ({"q0": 0.25}, {"q0": 0.75, "q2": 1.0})
    assert figures.missing_a == {"q1": "broken_reply", "q2": "model_failed", "q3": "model_failed"}
    assert figures.missing_b == {"q1": "broken_reply", "q3": "no_answer"}
    assert (figures.paired, figures.one_sided, figures.questions) == (("q0",), 1, 4)


def test_agreement_is_the_share_of_equal_winners() -> None:
    found = agreement(
        Criterion.STYLE,
        [
            judged(["second", "second"], ["first", "second"]),  # B and B, B and A; samples: same, not the same
            judged(["tie", "-"], ["tie", "tie"]),  # tie and tie; samples: -, same
        ],
    )

    assert found.orders == pytest.approx(2 / 3)
    assert found.samples == pytest.approx(2 / 3)
    assert found.first_wins == 1 / 4


def test_without_a_judgement_nothing_is_known_of_agreement() -> None:
    found = agreement(Criterion.STYLE, [JudgedQuestion({"A": (), "B": ()}, is_same=True)])

    assert (found.orders, found.samples, found.first_wins) == (None, None, None)
