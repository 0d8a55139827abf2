"""The index follows the life of a document: real store, cleaning, chunking and Qdrant Edge."""

from datetime import UTC, datetime

import pytest

from llm_engineering.application.index.plan import index_plan
from llm_engineering.application.index.sync import IndexReport, synced_index
from llm_engineering.application.ports import DocumentStore, VectorStore
from llm_engineering.application.preprocess.chunking import Chunking, chunks_of_documents
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.preprocess.query import raw_documents
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.application.warehouse.versions import write_changed_documents
from llm_engineering.domain.documents import RawDocument
from tests.support.documents import article
from tests.support.fakes import LetterEmbedder, word_encoder

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def indexed(documents: DocumentStore, vectors: VectorStore, embedder: LetterEmbedder) -> IndexReport:
    """Run what the feature pipeline does."""
    raw = raw_documents(documents, ["Ada Lovelace"])
    chunks = chunks_of_documents(cleaned_documents(raw.items).items, embedder.tokenizer, Chunking(min_tokens=0))
    plan = index_plan(chunks.items, raw.author_ids, vectors)
    return synced_index(plan, embedder=embedder, encoder=word_encoder(), vectors=vectors)


@pytest.fixture
def pages(documents: DocumentStore) -> list[RawDocument]:
    """Write an author with two pages and return these."""
    ada = written_author(documents, "Ada Lovelace").author.id
    pages: list[RawDocument] = [article(text, link=f"https://ada.dev/{text}", author_id=ada) for text in ("aa", "bb")]
    write_documents(documents, pages)
    return pages


@pytest.mark.parametrize("field", [{"gone_at": NOW}, {"duplicate_of": "id of https://ada.dev/aa"}])
def test_chunks_of_a_document_that_is_not_live_leave_the_index(
    documents: DocumentStore,
    vectors: VectorStore,
    embedder: LetterEmbedder,
    pages: list[RawDocument],
    field: dict[str, object],
) -> None:
    assert indexed(documents, vectors, embedder).embedded == 2
    write_documents(documents, [pages[1].model_copy(update=field)])

    report = indexed(documents, vectors, embedder)

    assert (report.embedded, report.deleted, report.removed_documents) == (0, 1, 1)
    assert vectors.document_ids(pages[0].author_id) == {pages[0].id}


def test_a_document_that_comes_back_is_embedded_again(
    documents: DocumentStore, vectors: VectorStore, embedder: LetterEmbedder, pages: list[RawDocument]
) -> None:
    write_documents(documents, [pages[1].model_copy(update={"gone_at": NOW})])
    indexed(documents, vectors, embedder)
    write_changed_documents(documents, pages, now=NOW)

    report = indexed(documents, vectors, embedder)

    assert (report.embedded, report.unchanged, report.deleted) == (1, 1, 0)
    assert vectors.document_ids(pages[0].author_id) == {page.id for page in pages}
