"""What the service answers, over real HTTP on loopback."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from llm_engineering.application.feedback.writing import feedback_of
from llm_engineering.application.language_models.port import ModelUnreachableError
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.answers import AnswerKind
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.domain.language_models import TokenUsage
from tests.contracts.answerer import CHUNKS
from tests.support.fake_answerer import FailingAnswerer, FakeAnswerer
from tests.support.service import FACETS, PICTURE, HeardTracer, sent_events

pytestmark = pytest.mark.integration
LOOM = {"query": "Which loom reads cards?"}


def test_a_question_is_answered_with_citations(client: httpx.Client) -> None:
    answer = client.post("/rag", json={**LOOM, "limit": 1}).json()

    assert answer["text"] == "A loom of Jacquard reads punched cards. [1]"
    assert [each["url"] for each in answer["citations"]] == ["https://medium/looms"]
    assert answer["kind"] == "quoted"


def test_an_answer_streams_as_named_events(client: httpx.Client) -> None:
    response = client.post("/rag/stream", json={**LOOM, "limit": 1})

    events = sent_events(response.text)
    assert response.headers["content-type"].startswith("text/event-stream")
    assert [name for name, _ in events] == ["passages", *["text"] * 8, "answer"]
    assert "".join(data["text"] for name, data in events if name == "text") == events[-1][1]["answer"]["text"]
    assert events[0][1]["trace_id"] == events[-1][1]["answer"]["trace_id"]


def test_passages_come_without_an_answer(client: httpx.Client) -> None:
    found = client.post("/retrieve", json={**LOOM, "category": "posts"}).json()["passages"]

    assert [each["chunk"]["provenance"]["title"] for each in found] == ["Looms"]


@pytest.mark.parametrize(
    ("where", "titles"),
    [
        ({"author": "Grace Hopper"}, ["Compilers"]),
        ({"platform": "ada.dev"}, ["Engines"]),
        ({"since": "2024-05-03"}, ["Compilers"]),
        ({"until": "2024-05-01"}, ["Engines"]),
        ({"language": "de"}, []),
    ],
)
def test_filters_reach_the_answerer(client: httpx.Client, where: dict[str, str], titles: list[str]) -> None:
    asked = {"query": "engine of the loom and the compiler", **where}

    found = client.post("/retrieve", json=asked).json()["passages"]

    assert [each["chunk"]["provenance"]["title"] for each in found] == titles


def test_values_on_the_way_are_told_and_can_be_given(client: httpx.Client) -> None:
    asked = {"question": LOOM, "names": ["query"]}

    assert client.post("/explain", json=asked).json() == {"query": "Which loom reads cards?"}
    given = client.post("/explain", json={**asked, "overrides": {"query": "another"}})
    assert given.json() == {"query": "another"}


def test_half_a_character_comes_back_as_it_was_sent(client: httpx.Client) -> None:
    body = rb'{"question": {"query": "loom"}, "names": ["query"], "overrides": {"query": "half \ud83d"}}'

    response = client.post("/explain", content=body, headers={"Content-Type": "application/json"})

    assert response.text == r'{"query": "half \ud83d"}'


def test_a_value_that_there_is_not_is_named(client: httpx.Client) -> None:
    response = client.post("/explain", json={"question": LOOM, "names": ["secrets"]})

    assert response.status_code == 422
    assert response.json()["error"]["type"] == "unknown_value"
    assert "'secrets'" in response.json()["error"]["message"]


def test_what_can_be_filtered_by_is_told(client: httpx.Client) -> None:
    assert client.get("/facets").json() == FACETS.model_dump(mode="json")


def test_the_picture_of_the_dataflow_can_run_nothing(client: httpx.Client) -> None:
    response = client.get("/graph.svg")

    assert response.text == PICTURE
    assert response.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in response.headers["content-security-policy"]


@pytest.fixture
def trace() -> str:
    return str(uuid4())


class TestFeedback:
    def test_it_is_stored_before_it_is_acknowledged_and_handed_on(
        self, make_app: Any, run: Any, documents: DocumentStore, trace: str
    ) -> None:
        tracer = HeardTracer()
        client = run(make_app(tracer=tracer)).client()

        response = client.post("/feedback", json={"trace_id": trace, "is_helpful": False, "comment": "Too short"})

        (stored,) = feedback_of(documents, trace)
        assert response.json() == stored.model_dump(mode="json")
        assert (stored.is_helpful, stored.comment) == (False, "Too short")
        assert tracer.feedback == [stored]

    def test_a_second_word_of_a_user_replaces_the_first(
        self, client: httpx.Client, documents: DocumentStore, trace: str
    ) -> None:
        for user, verdict in (("ada", False), ("bob", True), ("ada", True)):
            client.post("/feedback", json={"trace_id": trace, "is_helpful": verdict, "user": user})

        assert {each.user: each.is_helpful for each in feedback_of(documents, trace)} == {"ada": True, "bob": True}

    @pytest.mark.parametrize("text", ["\x00", "👩‍👩‍👧‍👦 \u202e", "x" * 4000, "'; DROP TABLE feedback; --", "$where"])
    def test_any_text_is_kept_as_it_is(
        self, client: httpx.Client, documents: DocumentStore, text: str, trace: str
    ) -> None:
        response = client.post("/feedback", json={"trace_id": trace, "is_helpful": True, "comment": text})

        assert response.status_code == 200
        assert [each.comment for each in feedback_of(documents, trace)] == [text]

    def test_of_an_answer_that_nobody_gave_it_is_refused(
        self, make_app: Any, run: Any, documents: DocumentStore, trace: str
    ) -> None:
        client = run(make_app(tracer=HeardTracer(known=set()))).client()

        response = client.post("/feedback", json={"trace_id": trace, "is_helpful": True})

        assert response.status_code == 404
        assert response.json()["error"]["type"] == "unknown_answer"
        assert trace in response.json()["error"]["message"]
        assert list(feedback_of(documents, trace)) == []

    def test_where_it_cannot_be_stored_it_is_not_acknowledged(self, make_app: Any, run: Any, trace: str) -> None:
        class FullStore:
            def upsert(self, *_: object) -> None:
                raise StoreUnavailableError("/secret/disk is full.", remedy="Make room.")

        tracer = HeardTracer()
        client = run(make_app(tracer=tracer, feedback_store=FullStore())).client()

        response = client.post("/feedback", json={"trace_id": trace, "is_helpful": True})

        assert response.status_code == 503
        assert "/secret/disk" not in response.text
        assert tracer.feedback == []


class TestOperations:
    def test_it_is_alive_and_ready(self, client: httpx.Client) -> None:
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/readyz").json() == {"status": "ready", "checks": {}}

    def test_it_is_not_ready_where_something_is_missing_and_does_not_say_where(self, make_app: Any, run: Any) -> None:
        def failing() -> None:
            raise StoreUnavailableError("/secret/place is gone.", remedy="Bring it back.")

        client = run(make_app(checks={"documents": lambda: None, "index": failing})).client()

        response = client.get("/readyz")
        assert response.status_code == 503
        assert response.json() == {"status": "not ready", "checks": {"documents": "ok", "index": "failed"}}

    def test_everything_is_counted(self, make_app: Any, run: Any, trace: str) -> None:
        spent = {"usage": TokenUsage(prompt_tokens=7, completion_tokens=3), "cost": 0.25}
        answerer = FakeAnswerer(CHUNKS, extra=spent)
        client = run(make_app(answerer, has_model=True)).client()

        client.post("/rag", json=LOOM)
        client.post("/rag/stream", json=LOOM)
        client.post("/rag", json={})
        client.post("/feedback", json={"trace_id": trace, "is_helpful": True})
        client.get("/some/secret/path")
        counted = metrics(client)

        assert counted["twin_requests_total", "/rag", "POST", "200"] == 1
        assert counted["twin_requests_total", "/rag", "POST", "422"] == 1
        assert counted["twin_requests_total", "unmatched", "GET", "404"] == 1
        assert counted["twin_request_seconds_count", "/rag/stream"] == 1
        assert counted["twin_tokens_total", "read"] == 14
        assert counted["twin_tokens_total", "written"] == 6
        assert counted["twin_cost_total",] == 0.5
        assert counted["twin_answers_total", "quoted"] == 2
        assert counted["twin_fallbacks_total",] == 2
        assert counted["twin_feedback_total", "true"] == 1
        assert counted["twin_requests_in_flight",] == 1

    def test_a_written_answer_is_no_fallback(self, make_app: Any, run: Any) -> None:
        answerer = FakeAnswerer(CHUNKS, extra={"kind": AnswerKind.WRITTEN})
        client = run(make_app(answerer, has_model=True)).client()

        client.post("/rag", json=LOOM)

        assert metrics(client)["twin_fallbacks_total",] == 0


def metrics(client: httpx.Client) -> dict[tuple[str, ...], float]:
    """Return each counted value by its name and the values of its labels, "route" first and "status" last."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    order = ("route", "method", "status", "direction", "kind", "is_helpful")
    return {
        (sample.name, *(sample.labels[name] for name in order if name in sample.labels)): sample.value
        for family in families
        for sample in family.samples
    }


class TestFailingModel:
    def test_before_anything_is_said_it_is_a_status(self, make_app: Any, run: Any) -> None:
        error = ModelUnreachableError("http://user:hunter2@model failed.", remedy="Start it.")
        client = run(make_app(FailingAnswerer(CHUNKS, error=error))).client()

        for path in ("/rag", "/rag/stream", "/retrieve"):
            response = client.post(path, json=LOOM)
            assert response.status_code == 503
            assert response.headers["retry-after"] == "5"
            assert response.json()["error"]["type"] == "model_unavailable"
            assert "hunter2" not in response.text

    def test_after_that_it_is_the_last_event(self, make_app: Any, run: Any) -> None:
        error = ModelUnreachableError("http://user:hunter2@model failed.", remedy="Start it.")
        client = run(make_app(FailingAnswerer(CHUNKS, error=error, pieces=2))).client()

        response = client.post("/rag/stream", json=LOOM)

        events = sent_events(response.text)
        assert [name for name, _ in events] == ["passages", "text", "text", "error"]
        assert events[-1][1]["error"]["type"] == "model_unavailable"
        assert events[-1][1]["error"]["request_id"] == response.headers["x-request-id"]
        assert "hunter2" not in response.text

    def test_a_bug_says_nothing_of_itself(self, make_app: Any, run: Any) -> None:
        client = run(make_app(FailingAnswerer(CHUNKS, error=RuntimeError("secret detail")))).client()

        for path in ("/rag", "/rag/stream"):
            response = client.post(path, json=LOOM)
            assert response.status_code == 500
            assert response.json()["error"]["type"] == "internal_error"
            assert "secret detail" not in response.text
            assert "Traceback" not in response.text
