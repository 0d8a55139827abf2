"""Waits end, say what they wait for, and cost no time in tests."""

import pytest

from llm_engineering.infrastructure.aws.errors import AwsBusyError
from llm_engineering.infrastructure.aws.waiting import WaitedTooLongError
from tests.support.aws import patience
from tests.support.clock import SteppedClock


def test_what_is_settled_is_not_waited_for() -> None:
    clock, said = SteppedClock(), list[str]()

    assert patience(clock, said).until_settled("it", lambda: ("InService", 7)) == 7
    assert (clock.sleeps, said) == ([], [])


def test_each_change_and_each_minute_are_told() -> None:
    clock, said = SteppedClock(), list[str]()
    statuses = iter(["Creating"] * 6 + ["Updating"])

    def look() -> tuple[str, int | None]:
        status = next(statuses, None)
        return (status, None) if status else ("InService", 7)

    patience(clock, said).until_settled("it", look)

    assert said == [
        "it: Creating (0 of at most 10 minutes)",
        "it: Creating (1 of at most 10 minutes)",
        "it: Updating (2 of at most 10 minutes)",
    ]


def test_it_ends_when_the_time_is_over_and_not_later() -> None:
    clock = SteppedClock()

    with pytest.raises(WaitedTooLongError, match=r"it is still Creating after 0\.5 minutes"):
        patience(clock, [], seconds=40 - 10).until_settled("it", lambda: ("Creating", None))

    assert clock.sleeps == [15.0, 15.0]


def test_one_answer_in_between_lets_it_go_on() -> None:
    clock = SteppedClock()
    answers = iter([*"bbbb", "a", *"bbbb", "end"])

    def look() -> tuple[str, int | None]:
        answer = next(answers)
        if answer == "b":
            raise AwsBusyError("sagemaker.describe_endpoint", "Throttling", "Rate exceeded")
        return answer, 7 if answer == "end" else None

    assert patience(clock, []).until_settled("it", look) == 7
