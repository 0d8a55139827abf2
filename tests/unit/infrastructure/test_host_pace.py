from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier, Lock

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.infrastructure.host_pace import HostPace, HostRestingError
from tests.support.clock import SteppedClock


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


def pace(clock: SteppedClock, *, requests_per_host: int = 2, delay_seconds: float = 0.0) -> HostPace:
    return HostPace(
        requests_per_host=requests_per_host, delay_seconds=delay_seconds, clock=clock.now, sleep=clock.sleep
    )


def take_turn(pace: HostPace, host: str = "ada.dev") -> None:
    with pace.turn(host):
        pass


class TestDelay:
    def test_without_a_delay_nobody_waits(self, clock: SteppedClock) -> None:
        turns = pace(clock)

        take_turn(turns)
        take_turn(turns)

        assert clock.sleeps == []

    def test_the_starts_of_requests_lie_apart(self, clock: SteppedClock) -> None:
        turns = pace(clock, delay_seconds=2)

        take_turn(turns)
        take_turn(turns)
        clock.pass_by(0.5)
        take_turn(turns)
        clock.pass_by(10)
        take_turn(turns)

        assert clock.sleeps == [2, 1.5]

    def test_the_time_that_an_answer_takes_counts(self, clock: SteppedClock) -> None:
        turns = pace(clock, delay_seconds=2)

        with turns.turn("ada.dev"):
            clock.pass_by(1.25)
        take_turn(turns)

        assert clock.sleeps == [0.75]

    def test_each_host_has_a_pace_of_its_own(self, clock: SteppedClock) -> None:
        turns = pace(clock, delay_seconds=2)

        take_turn(turns, "ada.dev")
        take_turn(turns, "bob.dev")

        assert clock.sleeps == []

    def test_a_host_may_ask_for_a_longer_delay_but_not_for_a_shorter_one(self, clock: SteppedClock) -> None:
        turns = pace(clock, delay_seconds=2)

        take_turn(turns)
        turns.slow_down("ada.dev", 5)
        turns.slow_down("ada.dev", 1)
        take_turn(turns)

        assert clock.sleeps == [5]


class TestRest:
    def test_a_resting_host_is_left_alone_by_all(self, clock: SteppedClock) -> None:
        turns = pace(clock)

        turns.rest("ada.dev", 7)
        take_turn(turns, "bob.dev")
        take_turn(turns, "ada.dev")
        take_turn(turns, "ada.dev")

        assert clock.sleeps == [7]

    def test_a_rest_that_comes_while_somebody_waits_is_kept(self, clock: SteppedClock) -> None:
        def sleep(seconds: float) -> None:
            if not clock.sleeps:
                turns.rest("ada.dev", 30)
            clock.sleep(seconds)

        turns = HostPace(delay_seconds=2, clock=clock.now, sleep=sleep)
        take_turn(turns)
        take_turn(turns)

        assert clock.sleeps == [2, 28]

    def test_the_longest_rest_counts(self, clock: SteppedClock) -> None:
        turns = pace(clock)

        turns.rest("ada.dev", 30)
        turns.rest("ada.dev", 5)
        take_turn(turns)

        assert clock.sleeps == [30]

    def test_a_rest_of_a_minute_is_waited_for_but_none_of_an_hour(self, clock: SteppedClock) -> None:
        turns = pace(clock)
        turns.rest("ada.dev", 60)
        take_turn(turns)
        turns.rest("ada.dev", 3600)

        with pytest.raises(
            HostRestingError, match=r"'ada\.dev' asks to be left alone for another 3600 seconds"
        ) as caught:
            take_turn(turns)

        assert (caught.value.reason, caught.value.retry_after_seconds) == (FailureReason.RATE_LIMITED, 3600)
        assert clock.sleeps == [60]

    def test_who_is_turned_away_leaves_the_turn_to_others(self, clock: SteppedClock) -> None:
        turns = pace(clock, requests_per_host=1)
        turns.rest("ada.dev", 3600)
        with pytest.raises(HostRestingError, match=r"ada\.dev"):
            take_turn(turns)
        clock.pass_by(3600)

        take_turn(turns)

        assert clock.sleeps == []


class Crowd:
    """Counts those who are there at the same time."""

    def __init__(self) -> None:
        self.most = 0
        self._here = 0
        self._lock = Lock()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        with self._lock:
            self._here += 1
            self.most = max(self.most, self._here)
        yield
        with self._lock:
            self._here -= 1


class TestManyThreads:
    def test_no_more_requests_are_under_way_than_allowed(self, clock: SteppedClock) -> None:
        turns, crowd, both = pace(clock, requests_per_host=2), Crowd(), Barrier(2, timeout=10)

        def request(_number: int) -> None:
            with turns.turn("ada.dev"), crowd.one_more():
                both.wait()  # two are let in, or this test would end with a broken barrier

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(request, range(40)))

        assert crowd.most == 2

    def test_starts_lie_apart_whoever_asks(self, clock: SteppedClock) -> None:
        turns = pace(clock, requests_per_host=8, delay_seconds=3)
        starts: list[float] = []

        def request(_number: int) -> None:
            with turns.turn("ada.dev"):
                starts.append(clock.now())

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(request, range(24)))

        starts.sort()
        assert len(starts) == 24
        assert starts[-1] - starts[0] >= 23 * 3

    def test_a_request_that_fails_gives_its_place_back(self, clock: SteppedClock) -> None:
        turns = pace(clock, requests_per_host=1)

        with pytest.raises(ValueError, match="broken"), turns.turn("ada.dev"):
            raise ValueError("broken")

        take_turn(turns)
