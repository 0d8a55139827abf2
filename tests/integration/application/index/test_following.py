"""The index follows the documents: real warehouse, manifest, cleaning, chunking and Qdrant Edge."""

from datetime import UTC, datetime

import numpy as np
import pytest

from llm_engineering.application.index.estimate import INDEX_RUNS
from llm_engineering.application.index.following import OtherWriterError
from llm_engineering.application.index.manifest import INDEXED_DOCUMENTS, Manifest, drop_manifest
from llm_engineering.application.index.reading import DocumentChangedError, DocumentReader, StoredDocuments
from llm_engineering.application.ports import DOCUMENTS, DocumentStore, VectorStore
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.chunks import ChunkFilter, EmbeddedQuestion, TermVector
from llm_engineering.domain.documents import Category, RawDocument
from llm_engineering.domain.identity import content_hash
from tests.support.documents import ADA, BOB, article, chunk
from tests.support.dying_store import DyingStore, KilledError
from tests.support.embedded import embedded_chunks
from tests.support.fakes import LetterEmbedder, word_encoder
from tests.support.indexing import Indexing, clean_build, contents

pytestmark = pytest.mark.integration

ALL = ChunkFilter()
NO_TERMS = TermVector(np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.float32))
TEXT = "# One\n\naaa\n\n# Two\n\nbbb\n\n# Three\n\nccc\n"


def page(text: str, name: str = "x", **fields: object) -> RawDocument:
    return article(text, link=f"https://ada.dev/{name}").model_copy(update=fields)


@pytest.fixture
def indexing(documents: DocumentStore, vectors: VectorStore, embedder: LetterEmbedder) -> Indexing:
    return Indexing(documents, vectors, embedder)


def write(indexing: Indexing, *pages: RawDocument) -> None:
    write_documents(indexing.store, pages)


class TestDifference:
    def test_the_first_run_embeds_everything(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT))

        report = indexing.run()

        assert (report.embedded, report.refreshed, report.unchanged, report.deleted) == (3, 0, 0, 0)
        assert contents(indexing.vectors) == clean_build([page(TEXT)])

    def test_an_index_of_before_lines_were_counted_gets_them_without_embedding(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT))
        indexing.run()
        complete = contents(indexing.vectors)
        with_all = EmbeddedQuestion(np.array([1, 0, 0], dtype=np.float32), NO_TERMS)
        old = [
            found.chunk.model_copy(update={"lines": None})
            for found in indexing.vectors.candidates(with_all, depth=10, where=ALL)
        ]
        indexing.vectors.replace_payloads(old)
        (known,) = indexing.store.find(INDEXED_DOCUMENTS, {})
        before = content_hash(old[0].provenance.model_dump_json())
        indexing.store.upsert(INDEXED_DOCUMENTS, [{**known, "source_digest": before}])
        indexing.embedder.embedded.clear()

        report = indexing.run()

        assert (report.embedded, report.refreshed, report.deleted) == (0, 3, 0)
        assert indexing.embedder.embedded == []
        assert contents(indexing.vectors) == complete

    def test_a_second_run_cuts_embeds_and_writes_nothing(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT))
        indexing.run()
        indexing.embedder.embedded.clear()
        indexing.store = DyingStore(indexing.store, writes=0)

        report = indexing.run()

        assert indexing.embedder.embedded == []
        assert indexing.reader.documents_cut == 0
        assert report.figures["written_points"] == 0
        assert (report.unchanged, report.skipped_documents) == (3, 1)

    def test_only_the_edited_chunk_of_the_edited_document_is_embedded(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT), page("abc", "y"))
        indexing.run()
        indexing.embedder.embedded.clear()
        write(indexing, page(TEXT.replace("bbb", "bb edited")))

        report = indexing.run()

        assert indexing.embedder.embedded == ["One > Two (Ada Lovelace)\n# Two\n\nbb edited\n\n"]
        assert (report.embedded, report.deleted, report.skipped_documents) == (1, 1, 1)
        assert indexing.reader.documents_cut == 1

    def test_a_new_date_rewrites_details_without_a_new_text(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT))
        indexing.run()
        write(indexing, page(TEXT, platform="blog.ada.dev"))

        assert indexing.run().refreshed == 3
        assert indexing.vectors.count(ChunkFilter(platform="blog.ada.dev")) == 3

    @pytest.mark.parametrize("field", [{"gone_at": datetime(2026, 1, 1, tzinfo=UTC)}, {"duplicate_of": "another"}])
    def test_a_document_that_is_not_live_leaves_index_and_manifest(
        self, indexing: Indexing, field: dict[str, object]
    ) -> None:
        write(indexing, page(TEXT), page("abc", "y"))
        indexing.run()
        write(indexing, page(TEXT).model_copy(update=field))

        report = indexing.run()

        assert (report.removed_documents, report.deleted) == (1, 3)
        assert [found["document_id"] for found in indexing.store.find(INDEXED_DOCUMENTS, {})] == [
            "id of https://ada.dev/y"
        ]
        assert indexing.vectors.count(ALL) == 1

    def test_a_document_that_comes_back_is_embedded_again(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT, gone_at=datetime(2026, 1, 1, tzinfo=UTC)))
        indexing.run()
        indexing.store.delete(DOCUMENTS[Category.ARTICLES], {"author_id": ADA})
        write(indexing, page(TEXT))

        assert indexing.run().embedded == 3

    def test_other_authors_are_left_alone(self, indexing: Indexing) -> None:
        write(indexing, article("bb", link="https://bob.dev/", author_id=BOB))
        Indexing(indexing.store, indexing.vectors, author_ids=[BOB]).run()

        indexing.run()

        assert indexing.vectors.count(ChunkFilter(author_id=BOB)) == 1
        assert Manifest(indexing.store, "letters").author_ids() == {BOB}

    def test_a_document_without_words_is_not_read_again(self, indexing: Indexing) -> None:
        write(indexing, page("\u200b"))
        indexing.run()

        assert indexing.run().skipped_documents == 1
        assert indexing.reader.documents_cut == 0

    def test_another_fingerprint_cuts_again_and_embeds_only_what_became_another(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT))
        indexing.run()
        indexing.fingerprint = "ba9876543210"

        report = indexing.run()

        assert (indexing.reader.documents_cut, report.embedded, report.unchanged) == (1, 0, 3)
        indexing.fingerprint, indexing.chunking = "another", Chunking(min_tokens=40)
        assert (indexing.run().embedded, indexing.vectors.count(ALL)) == (1, 1)


class TestListedChanges:
    def test_a_report_says_what_became_of_each_document(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT), page("abc", "y"), page("cba", "z"))
        first = indexing.run()
        write(
            indexing, page(TEXT.replace("bbb", "bb edited")), page("abc", "y", gone_at=datetime(2026, 1, 1, tzinfo=UTC))
        )
        second = indexing.run()

        links = [f"https://ada.dev/{name}" for name in "xyz"]
        assert {(each.document, each.change, each.embedded) for each in first.changes} == {
            (links[0], "new", 3),
            (links[1], "new", 1),
            (links[2], "new", 1),
        }
        assert [each.model_dump(exclude_defaults=True) for each in second.changes] == [
            {"document": links[0], "title": "One", "change": "changed", "embedded": 1, "refreshed": 2, "deleted": 1},
            {"document": f"id of {links[1]}", "title": None, "change": "removed", "deleted": 1},
        ]
        assert indexing.run().changes == ()

    def test_what_several_portions_do_with_a_document_is_one_change(self, indexing: Indexing) -> None:
        write(indexing, page("# A\n\naaa\n\n# B\n\nbbb\n"), page("# A\n\naaa\n\n# C\n\nccc\n", "y"))
        indexing.portion = 1

        changes = indexing.run().changes

        assert len(changes) == len({each.document for each in changes}) == 2

    def test_no_more_than_200_documents_are_listed(self, indexing: Indexing) -> None:
        write(indexing, *(page("a" * number, str(number)) for number in range(1, 203)))

        report = indexing.run()

        assert (report.embedded, len(report.changes)) == (202, 200)


class TestPortions:
    def test_many_documents_are_taken_in_portions(self, indexing: Indexing) -> None:
        pages = [page("# A\n\naa\n\n# B\n\n" + "b" * number, str(number)) for number in range(1, 8)]
        write(indexing, *pages)
        indexing.portion = 3
        planned: list[int] = []

        report = indexing.run(on_planned=planned.append)

        assert contents(indexing.vectors) == clean_build(pages)
        assert len(planned) == 4
        assert indexing.run().skipped_documents == 7
        assert report.embedded == sum(planned)

    def test_an_index_from_before_the_manifest_is_taken_over_in_portions(self, indexing: Indexing) -> None:
        pages = [page("b" * number, str(number)) for number in range(1, 8)]
        write(indexing, *pages)
        indexing.run()
        drop_manifest(indexing.store, "letters")
        indexing.portion = 2

        report = indexing.run()

        assert (report.embedded, report.unchanged, report.deleted) == (0, 7, 0)
        assert indexing.run().skipped_documents == 7


class TestMending:
    def test_a_collection_that_was_deleted_is_built_again(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT))
        indexing.run()
        indexing.vectors.delete_document("id of https://ada.dev/x")

        assert indexing.run().embedded == 3

    def test_chunks_of_a_document_that_nobody_knows_are_deleted(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT))
        stray = chunk("b", chunk_id="00000000-0000-5000-8000-000000000001", document_id="stray")
        indexing.vectors.upsert(embedded_chunks([stray], indexing.embedder, word_encoder()))

        report = indexing.run()

        assert (report.embedded, report.deleted, report.removed_documents) == (3, 1, 1)

    def test_a_writer_at_the_same_time_is_told_and_the_next_run_mends_it(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT))
        vectors = indexing.vectors

        class Disturbed:
            def __getattr__(self, name: str) -> object:
                return getattr(vectors, name)

            def delete_document(self, document_id: str) -> int:
                return vectors.delete_document(document_id) + vectors.delete_document("id of https://ada.dev/x")

        write(indexing, page("abc", "y"))
        indexing.run()
        indexing.store.delete(DOCUMENTS[Category.ARTICLES], {"_id": "id of https://ada.dev/y"})
        indexing.vectors = Disturbed()  # type: ignore[assignment]  # has every method by delegation

        with pytest.raises(OtherWriterError, match="one run at a time") as told:
            indexing.run()

        assert (told.value.stored, told.value.recorded) == (0, 3)
        indexing.vectors = vectors
        assert indexing.run().embedded == 3

    def test_a_document_that_changes_meanwhile_is_told(self, indexing: Indexing) -> None:
        write(indexing, page(TEXT))
        reader = DocumentReader(
            StoredDocuments(indexing.store), indexing.embedder.tokenizer, indexing.chunking, kept_chunks=0
        )
        ((reference, _),) = reader.documents(ADA)
        write(indexing, page("other"))

        with pytest.raises(DocumentChangedError, match="while it was being indexed"):
            reader.chunks(reference)


def test_the_speed_of_a_long_enough_run_is_kept(indexing: Indexing) -> None:
    write(indexing, page("\n\n".join(f"# H{number}\n\n{'a ' * 100}" for number in range(30))))

    report = indexing.run()

    (kept,) = indexing.store.find(INDEX_RUNS, {})
    assert (kept["collection"], kept["embedded_tokens"]) == ("letters", report.embedded_tokens)
    assert report.embedded_tokens > 3000


def test_a_killed_store_leaves_marks(indexing: Indexing) -> None:
    write(indexing, page(TEXT))
    alive = indexing.store
    indexing.store = DyingStore(alive, writes=1)
    with pytest.raises(KilledError):
        indexing.run()

    (left,) = alive.find(INDEXED_DOCUMENTS, {})
    assert left["fingerprint"] == ""
    indexing.store = alive
    assert (indexing.run().embedded, indexing.run().skipped_documents) == (0, 1)


def test_times_are_recorded(indexing: Indexing) -> None:
    write(indexing, page(TEXT))
    indexing.run()

    (found,) = Manifest(indexing.store, "letters").documents(ADA)
    assert found.indexed_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert len(found.digests) == 3


def test_an_edit_that_was_taken_back_after_a_killed_run_is_not_left_in_the_index(indexing: Indexing) -> None:
    write(indexing, page(TEXT))
    indexing.run()
    write(indexing, page(TEXT.replace("bbb", "bb edited")))
    alive = indexing.store
    indexing.store = DyingStore(alive, writes=1)  # marks, and dies before it records
    with pytest.raises(KilledError):
        indexing.run()
    indexing.store = alive
    write(indexing, page(TEXT))

    indexing.run()

    # The number of chunks is what it was, so that only the marks tell.
    assert contents(indexing.vectors) == clean_build([page(TEXT)])
