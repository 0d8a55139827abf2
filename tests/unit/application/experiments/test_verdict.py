import pytest

from llm_engineering.application.experiments.rule import DecisionRule
from llm_engineering.application.experiments.verdict import Decision, UnknownMetricError, Verdict, verdict
from tests.support.experiments import LENGTH, QUALITY, RULE, figures


def of(a: list[float], b: list[float], rule: DecisionRule = RULE, look: int = 1) -> Verdict:
    return verdict([figures(a, b)], rule, look, resamples=999)


def test_each_look_spends_two_thirds_of_what_is_left() -> None:
    assert RULE.alpha_at(1) == pytest.approx(0.05 * 2 / 3)
    assert RULE.alpha_at(2) == pytest.approx(0.05 * 2 / 9)
    assert sum(RULE.alpha_at(look) for look in range(1, 60)) == pytest.approx(0.05)


def test_a_clear_winner_is_named_either_way_round() -> None:
    worse, better = [0.2, 0.4] * 15, [0.6, 0.7] * 15

    assert of(worse, better).decision is Decision.B
    assert of(better, worse).decision is Decision.A
    assert of(worse, better).sentence == "B is better in quality."
    assert of(worse, better).more_questions is None


def test_lower_wins_where_lower_is_better() -> None:
    rule = RULE.model_copy(update={"primary_metric": "length", "smallest_effect": 5.0})

    found = verdict([figures([100.0, 90.0] * 15, [50.0, 60.0] * 15, LENGTH)], rule, resamples=999)

    assert found.decision is Decision.B


def test_a_difference_that_is_sure_and_small_is_called_so() -> None:
    found = of([0.5, 0.6] * 20, [0.51, 0.62] * 20)

    assert found.decision is Decision.B
    assert found.sentence.endswith("the difference seen is smaller than the 0.1 that is worth having.")


def test_too_few_questions_decide_nothing_and_the_number_to_add_is_told() -> None:
    # Differences of 0.3 and -0.3 have a deviation of 0.3078 for 20 of them. For an effect of 0.1 at the level of the
    # second look, 0.0111, (2.539 + 0.842) ** 2 * 9.47 = 108.3, and 3 more for Student's t.
    found = of([0.3, 0.0] * 10, [0.0, 0.3] * 10)

    assert found.decision is Decision.NOT_ENOUGH
    assert found.more_questions == pytest.approx(112 - 20, abs=1)
    assert found.sentence == f"Not enough data, about {found.more_questions} more questions needed."


def test_one_question_decides_nothing() -> None:
    found = of([0.0], [1.0])

    assert (found.decision, found.more_questions) == (Decision.NOT_ENOUGH, 19)


def test_without_a_question_nobody_knows_how_many_are_needed() -> None:
    assert of([], []).sentence == "Not enough data."


def test_identical_variants_are_alike_once_rare_differences_can_be_ruled_out() -> None:
    # ln(0.0333) / ln(0.9) = 32.3 questions at the first look, ln(0.0111) / ln(0.9) = 42.7 at the second.
    same = [0.5, 0.7, 1.0]

    assert of(same * 10, same * 10).decision is Decision.NOT_ENOUGH
    assert of(same * 10, same * 10).more_questions == 43 - 30
    assert of(same * 11, same * 11).decision is Decision.ALIKE
    assert of(same * 11, same * 11).sentence == "A and B are alike: in quality they differ by less than 0.1."


def test_one_question_that_differs_hugely_makes_no_winner() -> None:
    rule = RULE.model_copy(update={"primary_metric": "length"})
    rows = figures([0.0] * 40, [-1e6] + [0.0] * 39, LENGTH)

    assert verdict([rows], rule, resamples=999).decision is Decision.NOT_ENOUGH


def test_when_the_recommended_number_was_asked_the_next_one_narrows_the_interval() -> None:
    # Differences between -0.2 and 0.3 with mean 0.05: neither 0 nor 0.1 can be ruled out with 80 of them.
    found = of([0.2, 0.0] * 40, [0.0, 0.3] * 40, RULE.model_copy(update={"alpha": 0.001}))

    assert found.decision is Decision.NOT_ENOUGH
    assert found.more_questions is not None
    assert found.more_questions > 0


def test_too_many_failures_allow_no_verdict() -> None:
    lost = {f"q{number:03}": "model_failed" for number in range(30, 34)}

    found = verdict([figures([0.0] * 34, [1.0] * 30, missing_b=lost)], RULE, resamples=99)

    assert found.decision is Decision.TOO_MANY_FAILURES
    assert found.sentence == "No verdict: 4 of 34 questions have quality of one variant only."


def test_questions_that_neither_has_a_figure_for_are_fewer_pairs_and_no_failure() -> None:
    lost = {f"x{number}": "not_judged" for number in range(40)}

    found = verdict([figures([0.0] * 30, [1.0] * 30, missing_a=lost, missing_b=lost)], RULE, resamples=999)

    assert found.decision is Decision.B
    assert (found.primary.questions, found.primary.pairs) == (70, 30)


def test_only_the_primary_metric_decides_and_the_others_are_corrected() -> None:
    # The sign-flip p of five equal differences is 2 / 32; of two other metrics both are multiplied by two.
    other = QUALITY.model_copy(update={"name": "support"})
    rows = [
        figures([0.0] * 5, [1.0] * 5, LENGTH),
        figures([0.0] * 5, [1.0] * 5, other),
        figures([0.5, 0.6] * 20, [0.6, 0.5] * 20),
    ]

    found = verdict(rows, RULE, resamples=999)

    assert found.decision is not Decision.B
    assert [(each.definition.name, each.p, each.adjusted_p) for each in found.others] == [
        ("length", 0.0625, 0.125),
        ("support", 0.0625, 0.125),
    ]


def test_a_primary_metric_that_is_not_measured_is_refused() -> None:
    with pytest.raises(UnknownMetricError, match="Did you mean 'quality'"):
        verdict([figures([1.0], [1.0])], RULE.model_copy(update={"primary_metric": "qualty"}))
