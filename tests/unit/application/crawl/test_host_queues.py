from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl.host_queues import HostQueues


def test_hosts_take_turns_and_links_of_one_host_keep_their_order() -> None:
    queues: HostQueues[str] = HostQueues(per_host=9)
    for task in ("a1", "a2", "a3", "b1"):
        queues.add(task[0], task)

    assert [queues.started() for _ in range(5)] == ["a1", "b1", "a2", "a3", None]


def test_a_host_that_is_asked_already_is_not_asked_by_one_more() -> None:
    queues: HostQueues[str] = HostQueues(per_host=1)
    queues.add("a", "a1")
    queues.add("a", "a2")

    assert (queues.started(), queues.started()) == ("a1", None)
    assert (len(queues), queues.active) == (1, 1)
    queues.ended("a")
    assert (queues.started(), queues.active) == ("a2", 1)


def test_what_waits_can_be_taken_back() -> None:
    queues: HostQueues[str] = HostQueues(per_host=1)
    queues.add("a", "a1")
    queues.add("b", "b1")

    assert queues.drained() == ["a1", "b1"]
    assert (len(queues), queues.started()) == (0, None)


def test_what_waits_for_one_host_can_be_given_up() -> None:
    queues: HostQueues[str] = HostQueues(per_host=1)
    for task in ("a1", "a2", "b1"):
        queues.add(task[0], task)

    assert queues.given_up("a") == ["a1", "a2"]
    assert queues.given_up("a") == []
    assert queues.started() == "b1"


@given(hosts=st.lists(st.sampled_from("abc")), per_host=st.integers(1, 3))
def test_every_task_is_started_once_and_no_host_has_too_many(hosts: list[str], per_host: int) -> None:
    queues: HostQueues[tuple[str, int]] = HostQueues(per_host)
    for number, host in enumerate(hosts):
        queues.add(host, (host, number))

    started: list[tuple[str, int]] = []
    while len(queues):
        batch = [task for task in (queues.started() for _ in hosts) if task]
        assert all([host for host, _ in batch].count(name) <= per_host for name in "abc")
        for host, _ in batch:
            queues.ended(host)
        started += batch

    assert sorted(number for _, number in started) == list(range(len(hosts)))
