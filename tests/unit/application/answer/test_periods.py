"""Periods of time in questions."""

from datetime import date

import pytest

from llm_engineering.application.answer.periods import Period, period_in

TODAY = date(2026, 3, 18)  # a Wednesday


@pytest.mark.parametrize(
    ("question", "since", "until"),
    [
        ("What did he write in 2024?", date(2024, 1, 1), date(2024, 12, 31)),
        ("during February 2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("in 2023-11", date(2023, 11, 1), date(2023, 11, 30)),
        ("posts since March 2023", date(2023, 3, 1), None),
        ("since Mar. 5, 2023", date(2023, 3, 5), None),
        ("from 2022 onwards", date(2022, 1, 1), None),
        ("after 2023", date(2024, 1, 1), None),
        ("before May 2023", None, date(2023, 4, 30)),
        ("until 2023", None, date(2023, 12, 31)),
        ("between 2021 and June 2022", date(2021, 1, 1), date(2022, 6, 30)),
        ("from 2021-01-05 to 2021-02-06", date(2021, 1, 5), date(2021, 2, 6)),
        ("What changed last year?", date(2025, 1, 1), date(2025, 12, 31)),
        ("this month", date(2026, 3, 1), TODAY),
        ("last month", date(2026, 2, 1), date(2026, 2, 28)),
        ("in the past week", date(2026, 3, 9), date(2026, 3, 15)),
    ],
)
def test_a_period_is_read(question: str, since: date | None, until: date | None) -> None:
    found = period_in(question, TODAY)

    assert found is not None
    assert (found.since, found.until) == (since, until)


@pytest.mark.parametrize(
    "question",
    ["What is RAG?", "cut in 2000 tokens", "in 1999 chunks", "in February 30, 2024", "2024 in review", "since then"],
)
def test_other_numbers_are_no_period(question: str) -> None:
    assert period_in(question, TODAY) is None


def test_the_place_of_the_words_is_told() -> None:
    assert period_in("What, in 2024, was new?", TODAY) == Period(date(2024, 1, 1), date(2024, 12, 31), (6, 13))
