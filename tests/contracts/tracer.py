"""What every Tracer promises, as tests: a suite subclasses this and defines `tracer` and `taken`."""

from collections.abc import Callable
from threading import Thread

import pytest

from llm_engineering.application.tracing.port import Tracer
from tests.support.traces import FIRST, SECOND, THIRD, feedback, trace

Taken = tuple[set[str], set[str]]
"""Ids of the traces, and of the traces that feedback was given on."""


class TracerContract:
    """Holds for every adapter and every fake."""

    @pytest.fixture
    def tracer(self) -> Tracer:
        raise NotImplementedError

    @pytest.fixture
    def taken(self, tracer: Tracer) -> Callable[[], Taken]:
        """Return what tells where things went, once the tracer is closed."""
        raise NotImplementedError

    def test_what_was_handed_over_is_there_when_it_is_closed(self, tracer: Tracer, taken: Callable[[], Taken]) -> None:
        tracer.record(trace(FIRST))
        tracer.record(trace(SECOND))
        tracer.record_feedback(feedback(FIRST))
        tracer.close()

        assert taken() == ({FIRST, SECOND}, {FIRST})

    def test_threads_may_hand_over_at_the_same_time(self, tracer: Tracer, taken: Callable[[], Taken]) -> None:
        threads = [Thread(target=tracer.record, args=(trace(each),)) for each in (FIRST, SECOND, THIRD)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        tracer.close()

        assert taken() == ({FIRST, SECOND, THIRD}, set())

    def test_what_comes_after_closing_is_left_out_without_an_error(
        self, tracer: Tracer, taken: Callable[[], Taken]
    ) -> None:
        tracer.record(trace(FIRST))
        tracer.close()
        tracer.record(trace(SECOND))
        tracer.record_feedback(feedback(FIRST))
        tracer.close()

        assert taken() == ({FIRST}, set())

    def test_the_same_trace_twice_is_one(self, tracer: Tracer, taken: Callable[[], Taken]) -> None:
        tracer.record(trace(FIRST))
        tracer.record(trace(FIRST))
        tracer.close()

        assert taken() == ({FIRST}, set())

    def test_it_knows_what_it_took_or_says_that_it_cannot_tell(self, tracer: Tracer) -> None:
        tracer.record(trace(FIRST))

        assert tracer.knows(FIRST) in {True, None}
        assert tracer.knows(SECOND) in {False, None}
        tracer.close()

    def test_closing_without_a_trace_is_no_matter(self, tracer: Tracer, taken: Callable[[], Taken]) -> None:
        tracer.close()
        tracer.close()

        assert taken() == (set(), set())
