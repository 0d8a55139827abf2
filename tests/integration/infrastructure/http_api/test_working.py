"""How requests are worked on: deadlines, clients that go, places, the end of the service."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from llm_engineering.infrastructure.http_api.limits import ServiceLimits
from tests.contracts.answerer import CHUNKS
from tests.support.fake_answerer import HeldAnswerer
from tests.support.service import RunningService, sent_events

pytestmark = pytest.mark.integration
LOOM = {"query": "Which loom reads cards?"}


def wait_for(what: Callable[[], bool]) -> None:
    """Return as soon as something holds; fail if it does not for long."""
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_what_takes_too_long_is_given_up(make_app: Any, run: Any) -> None:
    answerer = HeldAnswerer(CHUNKS)
    client = run(make_app(answerer, limits=ServiceLimits(deadline_seconds=0.1))).client()

    response = client.post("/rag", json=LOOM)
    stream = client.post("/rag/stream", json=LOOM)

    assert response.status_code == 504
    assert response.json()["error"]["type"] == "deadline_exceeded"
    assert [name for name, _ in sent_events(stream.text)] == ["passages", "error"]
    assert sent_events(stream.text)[-1][1]["error"]["type"] == "deadline_exceeded"
    wait_for(lambda: answerer.cancelled == 2)


@pytest.mark.parametrize("path", ["/rag", "/rag/stream", "/v1/chat/completions"])
def test_work_ends_when_its_client_goes(make_app: Any, run: Any, path: str) -> None:
    answerer = HeldAnswerer(CHUNKS)
    client = run(make_app(answerer)).client()
    chat = {"model": "llm-twin", "stream": True, "messages": [{"role": "user", "content": "loom"}]}

    with pytest.raises(httpx.ReadTimeout):
        client.post(path, json=chat if "chat" in path else LOOM, timeout=httpx.Timeout(10, read=0.2))
    client.close()

    wait_for(lambda: answerer.cancelled == 1)
    assert answerer.asked == 1


def test_a_stream_with_nothing_to_say_pings(make_app: Any, run: Any) -> None:
    answerer = HeldAnswerer(CHUNKS)
    service: RunningService = run(make_app(answerer, limits=ServiceLimits(ping_seconds=0.05)))

    with service.client() as client, client.stream("POST", "/rag/stream", json=LOOM) as response:
        lines = response.iter_lines()
        assert next(line for line in lines if line.startswith(":")) == ": ping"
        service.call(answerer.go.set)
        rest = "\n".join(lines)

    assert sent_events(rest)[-1][0] == "answer"


def test_pieces_arrive_before_the_answer_is_there(make_app: Any, run: Any) -> None:
    answerer = HeldAnswerer(CHUNKS)
    service: RunningService = run(make_app(answerer))

    with service.client() as client, client.stream("POST", "/rag/stream", json=LOOM) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: passages"
        assert answerer.cancelled == 0
        service.call(answerer.go.set)
        assert "event: answer" in list(lines)


def test_who_finds_no_place_comes_again(make_app: Any, run: Any) -> None:
    answerer = HeldAnswerer(CHUNKS)
    service: RunningService = run(make_app(answerer, limits=ServiceLimits(max_concurrency=1, max_waiting=1)))
    client = service.client()

    with ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(client.post, "/rag", json=LOOM)]
        wait_for(lambda: answerer.asked == 1)
        waiting.append(pool.submit(client.post, "/rag", json=LOOM))
        in_flight = "twin_requests_in_flight 3.0"  # two that ask, and this one
        wait_for(lambda: in_flight in client.get("/metrics").text)
        turned_away = client.post("/rag", json=LOOM)
        service.call(answerer.go.set)
        answered = [each.result() for each in waiting]

    assert turned_away.status_code == 503
    assert turned_away.headers["retry-after"] == "2"
    assert turned_away.json()["error"]["type"] == "busy"
    assert [each.status_code for each in answered] == [200, 200]


def test_a_service_that_is_stopped_finishes_its_answers(make_app: Any, run: Any) -> None:
    answerer = HeldAnswerer(CHUNKS)
    service: RunningService = run(make_app(answerer))

    with service.client() as client, client.stream("POST", "/rag/stream", json=LOOM) as response:
        lines = response.iter_lines()
        assert next(lines) == "event: passages"
        service.server.should_exit = True
        with httpx.Client() as other:
            wait_for(lambda: refused(other, service.url))
        service.call(answerer.go.set)
        rest = list(lines)

    assert "event: answer" in rest


def refused(client: httpx.Client, url: str) -> bool:
    try:
        client.get(f"{url}/healthz")
    except httpx.ConnectError:
        return True
    return False


def test_the_loop_is_free_while_a_store_is_slow(make_app: Any, run: Any) -> None:
    held = asyncio.Event()
    released: list[bool] = []

    def slow() -> Any:
        while not released:
            time.sleep(0.002)
        raise TimeoutError

    client = run(make_app(facets=slow)).client()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(client.get, "/facets")
        wait_for(lambda: "twin_requests_in_flight 2.0" in client.get("/metrics").text)
        assert client.get("/healthz").status_code == 200
        released.append(True)
        assert waiting.result().status_code == 504
    assert not held.is_set()
