import pytest

from llm_engineering.application.experiments.power import (
    NothingToDetectError,
    paired_power,
    questions_against_rarity,
    questions_for_interval,
    questions_to_decide,
    questions_to_detect,
)


@pytest.mark.parametrize(
    ("effect_size", "questions"),
    [(0.2, 199), (0.5, 34), (0.8, 15)],
)
def test_it_agrees_with_the_tables_for_the_paired_t_test(effect_size: float, questions: int) -> None:
    # Numbers of pairs that G*Power 3.1 gives for two-sided alpha 0.05 and power 0.8.
    assert questions_to_detect(1.0, effect_size, 0.05, 0.8) == questions


def test_half_the_effect_needs_four_times_as_many() -> None:
    many, few = (questions_to_detect(1.0, effect, 0.05, 0.8) for effect in (0.05, 0.1))

    assert many / few == pytest.approx(4, rel=0.01)


def test_no_fewer_than_can_decide_at_all() -> None:
    # 2 / 2 ** 5 = 0.0625 is no p below 0.05, 2 / 2 ** 6 = 0.03125 is.
    assert questions_to_decide(0.05) == 6
    assert questions_to_detect(0.0, 0.5, 0.05, 0.8) == 6


def test_power_grows_from_the_level_to_certainty() -> None:
    assert paired_power(1, 1.0, 0.5, 0.05) == 0
    assert paired_power(30, 1.0, 1e-9, 0.05) == pytest.approx(0.05)
    assert paired_power(30, 1.0, 2.0, 0.05) == pytest.approx(1)
    assert paired_power(30, 0.0, 0.5, 0.05) == 1


def test_an_effect_of_nothing_is_refused() -> None:
    with pytest.raises(NothingToDetectError, match="Set smallest_effect above 0"):
        questions_to_detect(1.0, 0.0, 0.05, 0.8)


def test_questions_that_make_an_interval_as_wide_as_the_effect() -> None:
    # 2 * 1.96 * 1 / sqrt(n) = 0.5 at n = 61.5.
    assert questions_for_interval(1.0, 0.5, 0.05) == 62


def test_the_rule_of_three() -> None:
    # A share of 0.03 is missed by 99 questions with 0.97 ** 99 = 0.049, by 98 with 0.0505.
    assert questions_against_rarity(0.03, 1.0, 0.05) == 99
    assert questions_against_rarity(2.0, 1.0, 0.05) == 1
