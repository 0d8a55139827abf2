from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest

from llm_engineering.infrastructure.shared_parts import SharedParts


class Part:
    """Counts how often it was opened and closed."""

    def __init__(self) -> None:
        self.opened = 0
        self.closed = 0

    @contextmanager
    def open(self) -> Iterator["Part"]:
        self.opened += 1
        yield self
        self.closed += 1


def test_threads_that_use_a_part_at_the_same_time_have_one() -> None:
    parts, part, all_inside = SharedParts(), Part(), Barrier(4, timeout=10)

    def use(_: int) -> tuple[int, int]:
        with parts.using("one", part.open) as found:
            all_inside.wait()
            seen = found.opened, found.closed
            all_inside.wait()
            return seen

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(use, range(4))) == [(1, 0)] * 4
    assert (part.opened, part.closed) == (1, 1)


def test_who_comes_after_the_last_one_opens_it_anew() -> None:
    parts, part = SharedParts(), Part()
    for _ in range(2):
        with parts.using("one", part.open):
            pass
    assert (part.opened, part.closed) == (2, 2)


def test_other_keys_have_other_parts() -> None:
    parts, part, other = SharedParts(), Part(), Part()
    with parts.using("one", part.open) as first, parts.using("two", other.open) as second:
        assert (first, second) == (part, other)


def test_a_part_that_cannot_be_opened_is_tried_anew_by_the_next_one() -> None:
    @contextmanager
    def broken() -> Iterator[Part]:
        raise OSError("no room")
        yield Part()  # type: ignore[unreachable]

    parts, part = SharedParts(), Part()
    with pytest.raises(OSError, match="no room"), parts.using("one", broken):
        pass

    with parts.using("one", part.open) as found:
        assert found is part


def test_it_is_closed_when_one_of_its_users_fails() -> None:
    parts, part = SharedParts(), Part()
    with pytest.raises(ValueError, match="bad"), parts.using("one", part.open):
        raise ValueError("bad")
    assert (part.opened, part.closed) == (1, 1)
