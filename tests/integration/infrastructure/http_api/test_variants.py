"""An online experiment in the service, from the first answer to what `tools.experiments` says of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from llm_engineering.application.answer.answerer import HamiltonAnswerer, Parts
from llm_engineering.application.answer.configuration import Answering, Sufficiency
from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.experiments.exposures import (
    EXPOSURES,
    OUTCOMES,
    UnknownExperimentError,
    exposures_of,
    outcomes_of,
    started,
    stopped,
)
from llm_engineering.application.experiments.online import OnlineExperiment
from llm_engineering.application.experiments.serving import REFRESH, ServedExperiment
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.http_api.app import service_app
from llm_engineering.infrastructure.language_models.extractive import ExtractiveModel
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.contracts.answerer import CHUNKS
from tests.support.answering import GivenAuthors, ScriptedModel
from tests.support.embedded import embedded_chunks
from tests.support.fakes import LetterEmbedder, word_encoder
from tests.support.service import HeardTracer, running_service, sent_events, service_parts
from tools.experiments import main as experiments
from tools.ml_service import online_variants

pytestmark = pytest.mark.integration

EXPERIMENT = OnlineExperiment.model_validate({
    "name": "terse",
    "b": {"prompts": {"answer": "v2"}, "retrieval": {"feedback": {"documents": 0}}},
    "smallest_effect": 0.1,
})
USERS = tuple(f"user-{number}" for number in range(12))
IN_B = {user for user in USERS if EXPERIMENT.variant_of(user) == "B"}
QUESTION = {"query": "What is a plum?"}
NOW = datetime(2026, 3, 18, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteDocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as store:
        started(store, EXPERIMENT, NOW)
        yield store


@pytest.fixture
def answerer(tmp_path: Path) -> Iterator[HamiltonAnswerer]:
    embedder, encoder = LetterEmbedder(), word_encoder()
    answering = Answering(sufficiency=Sufficiency(min_similarity=-1, min_coverage=0))
    with (
        closing(QdrantEdgeVectorStore.open(tmp_path / "index", "letters", embedder.identity)) as vectors,
        ThreadPoolExecutor(2) as executor,
    ):
        vectors.upsert(embedded_chunks(CHUNKS, embedder, encoder))
        yield HamiltonAnswerer(
            Parts(
                retriever=Retriever(embedder, encoder, vectors, answering.retrieval),
                authors=GivenAuthors(["Ada Lovelace", "Grace Hopper"]),
                prompts=code_prompts({"answer": "v1"}),
                model=ScriptedModel(lambda request: f"{request.evidence[0].text} [1]"),
                quoting=ExtractiveModel(encoder.stems),
                language_of=lambda _: "en",
                threads=Threads(executor),
                answering=answering,
            )
        )


@pytest.fixture
def client(store: SqliteDocumentStore, answerer: HamiltonAnswerer) -> Iterator[httpx.Client]:
    parts = service_parts(store, answerer, variants=online_variants("terse", answerer, store))
    with running_service(service_app(parts)) as service:
        yield service.client()


def asked(client: httpx.Client, user: str) -> Any:
    return client.post("/rag", json=QUESTION, headers={"X-User": user}).json()


def test_each_user_sees_one_variant_and_what_they_say_is_counted(
    client: httpx.Client, store: SqliteDocumentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 0 < len(IN_B) < len(USERS)
    for user in USERS:
        answer = asked(client, user)
        variant = "B" if user in IN_B else "A"
        assert answer["experiment"] == {"experiment": "terse", "variant": variant}
        assert answer["prompt"]["version"] == {"A": "v1", "B": "v2"}[variant]
        assert asked(client, user)["experiment"]["variant"] == variant
        said = {"trace_id": answer["trace_id"], "is_helpful": user in IN_B, "user": user}
        assert client.post("/feedback", json=said).status_code == 200

    assert {each.user: each.variant for each in exposures_of(store, "terse")} == {
        user: "B" if user in IN_B else "A" for user in USERS
    }
    assert {each.user: each.value for each in outcomes_of(store, "terse")} == {
        user: int(user in IN_B) for user in USERS
    }
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))
    shown = CliRunner().invoke(experiments, ["status", "terse"]).output.split()
    for name, helpful in (("A", 0), ("B", len(IN_B))):
        users = len(IN_B) if name == "B" else len(USERS) - len(IN_B)
        place = max(place for place, word in enumerate(shown) if word == name and shown[place + 1] == str(users))
        assert shown[place + 2 : place + 4] == [str(users), str(helpful)]


def test_whoever_has_no_name_takes_part_in_nothing(client: httpx.Client, store: SqliteDocumentStore) -> None:
    answer = client.post("/rag", json=QUESTION).json()
    client.post("/feedback", json={"trace_id": answer["trace_id"], "is_helpful": True})

    assert (answer["experiment"], answer["prompt"]["version"]) == (None, "v1")
    assert (store.count(EXPOSURES, {}), store.count(OUTCOMES, {})) == (0, 0)


def test_streams_and_chats_are_part_of_it(client: httpx.Client, store: SqliteDocumentStore) -> None:
    user, other, third = sorted(IN_B)[:3]
    streamed = client.post("/rag/stream", json=QUESTION, headers={"X-User": user})
    chat = {"model": "llm-twin", "messages": [{"role": "user", "content": "What is a plum?"}], "user": other}
    whole = client.post("/v1/chat/completions", json=chat).json()
    pieces = client.post("/v1/chat/completions", json={**chat, "user": third, "stream": True}).text

    shown = {"experiment": "terse", "variant": "B"}
    assert sent_events(streamed.text)[-1][1]["answer"]["experiment"] == shown
    assert whole["twin"]["experiment"] == shown
    assert '"experiment": {"experiment": "terse", "variant": "B"}' in pieces
    assert {each.user for each in exposures_of(store, "terse")} == {user, other, third}


def test_a_name_may_have_any_letters(client: httpx.Client, store: SqliteDocumentStore) -> None:
    name = "Ärla 亞達"
    answer = client.post("/rag", json=QUESTION, headers=[(b"X-User", name.encode())]).json()
    client.post("/feedback", json={"trace_id": answer["trace_id"], "is_helpful": True, "user": name})

    assert [each.user for each in outcomes_of(store, "terse")] == [name]
    assert client.post("/rag", json=QUESTION, headers={"X-User": "x" * 201}).status_code == 422


def test_a_store_that_fails_fails_no_answer(store: SqliteDocumentStore, answerer: HamiltonAnswerer) -> None:
    class Unwritable:
        """Reads what the store has; what is written fails."""

        def find(self, *wanted: Any) -> Any:
            return store.find(*wanted)

        def upsert(self, *_: object) -> None:
            raise StoreUnavailableError("The disk is full.", remedy="Make room.")

    variants = online_variants("terse", answerer, Unwritable())  # type: ignore[arg-type]  # as far as it is used
    parts = service_parts(store, answerer, variants=variants, tracer=HeardTracer())
    with running_service(service_app(parts)) as service:
        client = service.client()
        answer = asked(client, "user-1")
        said = {"trace_id": answer["trace_id"], "is_helpful": True, "user": "user-1"}
        assert client.post("/feedback", json=said).status_code == 200
        counted = {
            (sample.name, *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(client.get("/metrics").text)
            for sample in family.samples
        }

    variant = answer["experiment"]["variant"]
    assert variant in {"A", "B"}
    assert counted["twin_experiment_answers_total", variant] == 1
    assert counted["twin_experiment_failures_total",] >= 1


def test_an_experiment_that_was_stopped_takes_nobody_soon(store: SqliteDocumentStore) -> None:
    now = [NOW]
    served = ServedExperiment(store, "terse", lambda: now[0])
    stopped(store, "terse", NOW)
    assert served.variant_of("user-1") is not None

    now[0] += REFRESH
    served.note_exposure("user-1", now[0])
    assert served.variant_of("user-1") is None
    assert not served.is_running


def test_a_page_can_ask_whether_an_experiment_runs(client: httpx.Client) -> None:
    assert client.get("/experiment").json() == {"experiment": "terse"}


def test_an_experiment_that_nobody_started_is_refused(store: SqliteDocumentStore, answerer: HamiltonAnswerer) -> None:
    with pytest.raises(UnknownExperimentError, match=r"no experiment 'ters'\. Did you mean 'terse'"):
        online_variants("ters", answerer, store)
