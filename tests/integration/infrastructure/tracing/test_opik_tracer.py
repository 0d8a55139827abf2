"""What reaches Opik, and what happens when it misbehaves: nothing is raised, drops are counted and told once."""

import os
import subprocess
import sys
from collections.abc import Iterator
from time import monotonic

import pytest
from loguru import logger
from pydantic import SecretStr

from llm_engineering.infrastructure.tracing.opik_address import InvalidOpikAddressError, OpikAccess
from llm_engineering.infrastructure.tracing.opik_tracer import OpikTracer
from tests.support.opik_server import OpikServer, opik_server
from tests.support.traces import FIRST, SECOND, THIRD, feedback, trace

pytestmark = pytest.mark.integration

OLD_ID = "6f9619ff-8b86-4d01-b42d-00cf4fc964ff"
"""A UUID of version 4."""


@pytest.fixture
def server() -> Iterator[OpikServer]:
    with opik_server() as server:
        yield server


@pytest.fixture
def told() -> Iterator[list[str]]:
    """Collect what is logged."""
    lines: list[str] = []
    sink = logger.add(lambda line: lines.append(str(line).strip()), format="{message}", level="WARNING")
    yield lines
    logger.remove(sink)


def tracer_of(url: str, key: str | None = None, *, capacity: int = 100, request_seconds: float = 5) -> OpikTracer:
    access = OpikAccess.checked(url, SecretStr(key) if key else None, workspace="ada", project="twin")
    return OpikTracer(access, capacity=capacity, request_seconds=request_seconds, first_wait_seconds=0.01)


def test_a_trace_arrives_with_its_times_result_and_origin(server: OpikServer) -> None:
    tracer = tracer_of(server.url, "key-of-opik")
    tracer.record(trace())
    tracer.close()

    sent = server.traces[FIRST]
    assert sent["name"] == "answer"
    assert sent["project_name"] == "twin"
    assert (sent["start_time"], sent["end_time"]) == ("2026-03-02T12:00:00Z", "2026-03-02T12:00:02Z")
    assert sent["input"]["question"]["query"] == "What is a plum?"
    assert sent["output"] == {"answer": {"text": "A fruit, says plum [1]."}}
    assert sent["tags"] == ["prompt:answer@v1"]
    assert sent["metadata"]["code"]["commit"] == "c" * 40
    (headers,) = [headers for path, headers in server.requests if path.endswith("traces/batch")]
    assert headers["authorization"] == "key-of-opik"
    assert headers["comet-workspace"] == "ada"


def test_the_spans_say_what_was_found_and_how_the_model_was_asked(server: OpikServer) -> None:
    tracer = tracer_of(server.url)
    tracer.record(trace())
    tracer.close()

    spans = {span["name"]: span for span in server.spans.values()}
    assert {span["trace_id"] for span in spans.values()} == {FIRST}
    assert {name: span["type"] for name, span in spans.items()} == {
        "passages": "tool",
        "prompt": "general",
        "completion": "llm",
    }
    assert spans["passages"]["metadata"]["retrieved"] == [
        {
            "chunk_id": "chunk of plum",
            "document_id": "plum",
            "link": "https://plum.dev/one",
            "number": 1,
            "score": 0.5,
        }
    ]
    assert spans["passages"]["output"] == {"output": ["All about the plum."]}
    call = spans["completion"]
    assert (call["model"], call["provider"], call["total_estimated_cost"]) == ("small", "openai", 0.25)
    assert call["usage"] == {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25}
    assert call["metadata"]["prompt"] == {
        "name": "answer",
        "version": "v1",
        "content_hash": "a" * 64,
        "origin": "code",
    }
    assert call["metadata"]["parameters"] == {"temperature": 0.0}


def test_an_error_is_shown_as_one(server: OpikServer) -> None:
    failed = trace().model_copy(update={"output": {"error": "BudgetSpentError: Nothing is left."}})
    tracer = tracer_of(server.url)
    tracer.record(failed)
    tracer.close()

    assert server.traces[FIRST]["error_info"] == {
        "exception_type": "BudgetSpentError",
        "message": "Nothing is left.",
        "traceback": "",
    }


@pytest.mark.parametrize(("helpful", "value"), [(True, 1.0), (False, 0.0)])
def test_feedback_becomes_a_score_without_its_user(server: OpikServer, helpful: bool, value: float) -> None:
    tracer = tracer_of(server.url)
    tracer.record_feedback(feedback(FIRST, helpful=helpful, comment="Too short."))
    tracer.close()

    assert server.scores[FIRST] == {
        "id": FIRST,
        "project_name": "twin",
        "name": "helpful",
        "value": value,
        "reason": "Too short.",
        "source": "sdk",
    }


def test_an_identifier_that_opik_refuses_is_replaced_the_same_for_trace_span_and_feedback(server: OpikServer) -> None:
    tracer = tracer_of(server.url)
    tracer.record(trace().model_copy(update={"id": OLD_ID}))
    tracer.record_feedback(feedback(OLD_ID))
    tracer.close()

    (replaced,) = server.traces
    assert replaced[14] == "7"
    assert {span["trace_id"] for span in server.spans.values()} == {replaced}
    assert set(server.scores) == {replaced}
    assert server.traces[replaced]["metadata"]["trace_id"] == OLD_ID


def test_feedback_on_a_trace_of_an_unknown_name_there_is_counted(server: OpikServer, told: list[str]) -> None:
    tracer = tracer_of(server.url)
    tracer.record_feedback(feedback(OLD_ID))
    tracer.close()

    assert tracer.dropped == 1
    assert "not known what the trace" in told[0]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_tried_again(server: OpikServer, status: int) -> None:
    server.statuses += [status, status]
    tracer = tracer_of(server.url)
    tracer.record(trace())
    tracer.close()

    assert set(server.traces) == {FIRST}
    assert tracer.dropped == 0


@pytest.mark.parametrize("status", [429, 500])
def test_after_three_tries_it_is_dropped_counted_and_told_once(
    server: OpikServer, status: int, told: list[str]
) -> None:
    server.statuses += [status] * 6
    tracer = tracer_of(server.url)
    for each in (FIRST, SECOND):
        tracer.record(trace(each))
        assert tracer.flushed()
    tracer.record(trace(THIRD))
    tracer.close()

    assert set(server.traces) == {THIRD}
    assert tracer.dropped == 2
    first, last = told
    assert first == (
        f"Some traces or feedback for Opik are not delivered: Opik at {server.url} answered with the status {status}. "
        "Further ones are only counted."
    )
    assert last == "2 traces or feedback for Opik were not delivered."


def test_a_server_that_asks_for_time_gets_it(server: OpikServer) -> None:
    server.statuses += [429]
    server.headers["Retry-After"] = "1"
    tracer = tracer_of(server.url)
    started = monotonic()
    tracer.record(trace())
    tracer.close()

    assert monotonic() - started >= 1
    assert set(server.traces) == {FIRST}


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_ends_the_sending_and_is_not_told(server: OpikServer, status: int, told: list[str]) -> None:
    server.statuses += [status]
    tracer = tracer_of(server.url, "key-of-opik")
    tracer.record(trace(FIRST))
    assert tracer.flushed()
    tracer.record(trace(SECOND))
    tracer.close()

    assert len(server.requests) == 1
    assert tracer.dropped == 2
    assert "Check OPIK_API_KEY and OPIK_WORKSPACE" in told[0]
    assert len(told) == 2
    assert "key-of-opik" not in "".join(told)


def test_a_request_that_is_refused_for_good_is_not_tried_again(server: OpikServer) -> None:
    server.statuses += [400]
    tracer = tracer_of(server.url)
    tracer.record(trace())
    tracer.close()

    assert len(server.requests) == 1
    assert tracer.dropped == 1


def test_a_server_that_is_down_costs_the_traces_only(told: list[str]) -> None:
    with opik_server() as gone:
        url = gone.url
    tracer = tracer_of(url)
    tracer.record(trace())
    tracer.close()

    assert tracer.dropped == 1
    assert told[0].startswith(f"Some traces or feedback for Opik are not delivered: Opik at {url} could not be reached")


def test_a_slow_server_holds_up_nobody_and_closing_takes_no_longer_than_allowed(
    server: OpikServer, told: list[str]
) -> None:
    server.let_go.clear()
    tracer = tracer_of(server.url, capacity=2, request_seconds=30)
    tracer.record(trace(FIRST))
    assert server.was_asked.wait(30)  # opik is imported first
    started = monotonic()
    for each in (SECOND, THIRD, SECOND, THIRD):
        tracer.record(trace(each))
    assert monotonic() - started < 1
    assert tracer.dropped == 2
    tracer.close(timeout_seconds=0.2)

    assert monotonic() - started < 5
    assert tracer.dropped == 5
    assert told[-1] == "5 traces or feedback for Opik were not delivered."


def test_a_server_that_never_answers_is_given_up(server: OpikServer) -> None:
    server.let_go.clear()
    tracer = tracer_of(server.url, request_seconds=0.2)
    tracer.record(trace())
    assert tracer.flushed(20)
    tracer.close()

    assert tracer.dropped == 1


def test_what_does_not_find_opik_is_told_not_followed(server: OpikServer) -> None:
    tracer = tracer_of(server.url.replace("/api", "/elsewhere"))
    tracer.record(trace())
    tracer.close()

    assert tracer.dropped == 1


def test_opik_is_imported_when_it_is_used_and_reports_nothing_about_itself() -> None:
    program = """
import os, sys
from llm_engineering.infrastructure.tracing.opik_address import OpikAccess
from llm_engineering.infrastructure.tracing.opik_tracer import OpikTracer
from tests.support.traces import trace
access = OpikAccess.checked("http://127.0.0.1:9/api", None, workspace=None, project="twin")
tracer = OpikTracer(access, first_wait_seconds=0)
assert "opik" not in sys.modules
tracer.record(trace())
tracer.flushed(60)
import opik.config, sentry_sdk
assert not opik.config.OpikConfig().sentry_enable
assert not opik.config.OpikConfig().analytics_enable
assert not sentry_sdk.get_client().is_active()
tracer.close()
print(tracer.dropped)
"""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OPIK_")}
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, encoding="utf-8", env=kept)

    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


@pytest.mark.parametrize(
    ("url", "key", "match"),
    [
        ("ftp://opik", None, "not the http:// or https:// address"),
        ("http://ada:secret@opik/api", None, "or holds a password"),
        ("http://opik.example/api", "key", "would be sent unencrypted to opik.example"),
        ("https://opik.example/api", "two words", "white space"),
        ("http://[::1", None, "not the http:// or https:// address"),
    ],
)
def test_an_address_or_key_that_cannot_be_used_is_refused_before_anything_is_sent(
    url: str, key: str | None, match: str
) -> None:
    with pytest.raises(InvalidOpikAddressError, match=match) as caught:
        OpikAccess.checked(url, SecretStr(key) if key else None, workspace=None, project="twin")

    assert "secret" not in str(caught.value)


def test_without_an_address_it_is_the_cloud() -> None:
    access = OpikAccess.checked(None, SecretStr("key"), workspace=None, project="twin")

    assert access.url == "https://www.comet.com/opik/api"
