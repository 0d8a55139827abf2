"""An audit finds whatever differs between documents, manifest and vectors, and mends it."""

from typing import Any

import pytest

from llm_engineering.application.index.audit import AuditReport, Fault, audited, repaired
from llm_engineering.application.index.manifest import INDEXED_DOCUMENTS
from llm_engineering.application.ports import DOCUMENTS, DocumentStore, VectorStore
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.chunks import Chunk
from llm_engineering.domain.documents import Category
from tests.support.documents import ADA, BOB, article, chunk
from tests.support.embedded import embedded_chunks
from tests.support.fakes import LetterEmbedder, word_encoder
from tests.support.indexing import Indexing, clean_build, contents

pytestmark = pytest.mark.integration

X, Y = (article(text, link=f"https://ada.dev/{text}") for text in ("aa", "bb"))


@pytest.fixture
def indexing(documents: DocumentStore, vectors: VectorStore, embedder: LetterEmbedder) -> Indexing:
    """An index of two documents of a chunk each."""
    indexing = Indexing(documents, vectors, embedder)
    write_documents(documents, [X, Y])
    indexing.run()
    return indexing


def audit(indexing: Indexing) -> AuditReport:
    return audited([ADA], indexing.new_reader(), indexing.index)


def findings(indexing: Indexing) -> dict[Fault, int]:
    return {finding.fault: finding.count for finding in audit(indexing).findings}


def chunk_of(indexing: Indexing, document_id: str) -> Chunk:
    every = (Chunk.model_validate(fields) for fields, _ in contents(indexing.vectors).values())
    return next(each for each in every if each.provenance.document_id == document_id)


def add(indexing: Indexing, strayed: Chunk) -> None:
    indexing.vectors.upsert(embedded_chunks([strayed], indexing.embedder, word_encoder()))


def stray(document_id: str, author_id: str = ADA) -> Chunk:
    return chunk("stray", chunk_id="00000000-0000-5000-8000-000000000001", document_id=document_id, author_id=author_id)


def delete_chunk(indexing: Indexing) -> None:
    indexing.vectors.delete([chunk_of(indexing, X.id).id])


def rewrite_chunk(indexing: Indexing) -> None:
    indexing.vectors.replace_payloads([chunk_of(indexing, X.id).model_copy(update={"heading_path": ("other",)})])


def mark(indexing: Indexing) -> None:
    indexing.index.manifest.mark_unfinished(ADA, [X.id])


def delete_record(indexing: Indexing) -> None:
    indexing.store.delete(INDEXED_DOCUMENTS, {"document_id": X.id})


def delete_document(indexing: Indexing) -> None:
    indexing.store.delete(DOCUMENTS[Category.ARTICLES], {"_id": X.id})


def edit_document(indexing: Indexing) -> None:
    write_documents(indexing.store, [article("edited", link=X.link)])


DAMAGES: list[tuple[Any, dict[Fault, int]]] = [
    (delete_chunk, {Fault.MISSING_CHUNK: 1}),
    (rewrite_chunk, {Fault.STALE_CHUNK: 1}),
    (mark, {Fault.UNFINISHED: 1}),
    (delete_record, {Fault.NOT_INDEXED: 1, Fault.UNKNOWN_DOCUMENT: 1}),
    (delete_document, {Fault.LEFT_OVER: 1}),
    (edit_document, {Fault.OUT_OF_DATE: 1}),
    (lambda indexing: add(indexing, stray(X.id)), {Fault.UNKNOWN_CHUNK: 1}),
    (lambda indexing: add(indexing, stray("nobody's")), {Fault.UNKNOWN_DOCUMENT: 1}),
    (lambda indexing: add(indexing, stray("of another author", BOB)), {Fault.UNKNOWN_DOCUMENT: 1}),
]


def test_nothing_is_found_where_all_agree(indexing: Indexing) -> None:
    report = audit(indexing)

    assert report.is_clean
    assert (report.documents, report.chunks, report.location) == (2, 2, indexing.vectors.location)
    assert indexing.reader.documents_cut == 0


@pytest.mark.parametrize(("damage", "expected"), DAMAGES)
def test_what_differs_is_found_and_mended(indexing: Indexing, damage: Any, expected: dict[Fault, int]) -> None:
    damage(indexing)
    report = audit(indexing)
    assert {finding.fault: finding.count for finding in report.findings} == expected

    mended = repaired(
        report,
        index=indexing.index,
        vectors=indexing.vectors,
        follow=indexing.run,
        audit=lambda: audit(indexing),
    )

    assert mended.is_clean
    live = [document for document in (X, Y) if damage is not delete_document or document is Y]
    live = [article("edited", link=X.link), Y] if damage is edit_document else live
    assert contents(indexing.vectors) == clean_build(live)


def test_an_equal_number_of_chunks_hides_nothing(indexing: Indexing) -> None:
    delete_chunk(indexing)
    add(indexing, stray("nobody's"))

    assert findings(indexing) == {Fault.MISSING_CHUNK: 1, Fault.UNKNOWN_DOCUMENT: 1}


def test_examples_name_the_document(indexing: Indexing) -> None:
    missing = chunk_of(indexing, X.id).id
    delete_chunk(indexing)

    (finding,) = audit(indexing).findings

    assert finding.examples == (f"{missing} of https://ada.dev/aa",)
    assert finding.fault.value == "chunks that are missing"


def test_three_examples_are_enough(indexing: Indexing) -> None:
    write_documents(indexing.store, [article("c", link=f"https://ada.dev/new/{number}") for number in range(5)])

    (finding,) = audit(indexing).findings

    assert (finding.fault, finding.count, len(finding.examples)) == (Fault.NOT_INDEXED, 5, 3)
