"""What a dry run says is what the run then does."""

import pytest

from llm_engineering.application.index.estimate import (
    INDEX_RUNS,
    ExpectedChanges,
    NothingStored,
    RunSpeeds,
    expected_changes,
    expected_cost,
    expected_seconds,
)
from llm_engineering.application.ports import DOCUMENTS, DocumentStore, VectorStore
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.domain.documents import Category
from tests.support.documents import ADA, article
from tests.support.dying_store import DyingStore
from tests.support.fakes import LetterEmbedder
from tests.support.indexing import DyingVectors, Indexing
from tests.support.results import INDEX_REPORT

pytestmark = pytest.mark.integration

FOOTER = "\n\n# Thanks\n\nSubscribe.\n"
IDENTITY = INDEX_REPORT.embedding


@pytest.fixture
def indexing(documents: DocumentStore, vectors: VectorStore, embedder: LetterEmbedder) -> Indexing:
    return Indexing(documents, vectors, embedder)


def test_a_dry_run_says_what_the_run_does_and_writes_nothing(indexing: Indexing) -> None:
    write_documents(
        indexing.store, [article(f"# A\n\n{name}{FOOTER}", link=f"https://ada.dev/{name}") for name in "abc"]
    )
    indexing.run()
    write_documents(indexing.store, [article(f"# A\n\nedited{FOOTER}", link="https://ada.dev/b")])
    indexing.store.delete(DOCUMENTS[Category.ARTICLES], {"_id": "id of https://ada.dev/c"})
    store, vectors = indexing.store, indexing.vectors
    indexing.store, indexing.vectors = DyingStore(store, writes=0), DyingVectors(vectors, writes=0)

    (expected,) = expected_changes([ADA], indexing.new_reader(), indexing.index).values()

    indexing.store, indexing.vectors = store, vectors
    report = indexing.run()
    assert (expected.embedded, expected.refreshed, expected.deleted) == (1, 1, 2)
    assert (report.embedded, report.refreshed, report.deleted) == (1, 1, 2)
    assert (expected.tokens, expected.unchanged) == (report.embedded_tokens, report.unchanged)
    assert (expected.shared, expected.removed_documents, expected.written) == (1, 1, 2)


def test_of_a_collection_that_is_not_there_everything_would_be_embedded(indexing: Indexing) -> None:
    write_documents(indexing.store, [article("aa")])
    indexing.run()
    indexing.vectors = NothingStored()  # type: ignore[assignment]  # nothing is written to it

    (expected,) = expected_changes([ADA], indexing.new_reader(), indexing.index).values()

    assert (expected.embedded, expected.unchanged) == (1, 0)


def test_expectations_add_up() -> None:
    one = ExpectedChanges(embedded=1, refreshed=2, deleted=3, unchanged=4, shared=5, removed_documents=6, tokens=7)
    assert (one + one).model_dump() == {name: 2 * number for name, number in one.model_dump().items()}


class TestSpeeds:
    def test_the_last_run_of_the_collection_counts(self, documents: DocumentStore) -> None:
        speeds = RunSpeeds(documents)
        speeds.record("a", INDEX_REPORT.model_copy(update={"embedded_tokens": 10_000, "seconds": 5.0}))
        speeds.record("b", INDEX_REPORT.model_copy(update={"embedded_tokens": 10_000, "seconds": 2.0}))
        speeds.record("b", INDEX_REPORT.model_copy(update={"embedded_tokens": 10_000, "seconds": 4.0}))

        assert speeds.tokens_per_second("b", IDENTITY) == 2_500
        assert documents.count(INDEX_RUNS, {}) == 2

    def test_a_new_collection_is_as_fast_as_another_of_the_same_model(self, documents: DocumentStore) -> None:
        RunSpeeds(documents).record("a", INDEX_REPORT.model_copy(update={"embedded_tokens": 10_000, "seconds": 5.0}))

        assert RunSpeeds(documents).tokens_per_second("new", IDENTITY) == 2_000

    def test_another_model_or_too_short_a_run_says_nothing(self, documents: DocumentStore) -> None:
        speeds = RunSpeeds(documents)
        speeds.record("a", INDEX_REPORT.model_copy(update={"embedded_tokens": 10_000, "seconds": 5.0}))
        speeds.record("b", INDEX_REPORT.model_copy(update={"embedded_tokens": 100, "seconds": 1.0}))

        other = EmbeddingIdentity(model="other", dimension=3, precision="float32")
        assert speeds.tokens_per_second("a", other) is None
        assert documents.count(INDEX_RUNS, {"collection": "b"}) == 0


@pytest.mark.parametrize(("tokens", "speed", "seconds"), [(0, None, 0.0), (1000, None, None), (1000, 500.0, 2.0)])
def test_seconds_follow_from_the_speed(tokens: int, speed: float | None, seconds: float | None) -> None:
    assert expected_seconds(tokens, speed) == seconds


@pytest.mark.parametrize(("price", "cost"), [(None, None), (0.0, 0.0), (0.02, 0.05)])
def test_cost_follows_from_the_price(price: float | None, cost: float | None) -> None:
    assert expected_cost(2_500_000, price) == cost
