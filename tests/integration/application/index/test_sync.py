"""The index follows the documents: real chunker, real Qdrant Edge, an embedder that can be computed by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_engineering.application.index.plan import IndexPlan, index_plan
from llm_engineering.application.index.sync import IndexReport, synced_index
from llm_engineering.application.ports import VectorStore
from llm_engineering.application.preprocess.chunking import Chunking, chunks_of_documents
from llm_engineering.domain.chunks import Chunk, ChunkFilter
from tests.support.documents import ADA, BOB, chunk, cleaned
from tests.support.fakes import LetterEmbedder, word_encoder

pytestmark = pytest.mark.integration

ALL = ChunkFilter()


def chunks_of(texts: dict[str, str]) -> Sequence[Chunk]:
    """Return the chunks of documents given as path and text."""
    documents = [cleaned(text, link=f"https://ada.dev/{path}") for path, text in texts.items()]
    return chunks_of_documents(documents, LetterEmbedder().tokenizer, Chunking(min_tokens=0)).items


def synced(chunks: Sequence[Chunk], vectors: VectorStore, embedder: LetterEmbedder) -> IndexReport:
    return synced_index(index_plan(chunks, [ADA], vectors), embedder=embedder, encoder=word_encoder(), vectors=vectors)


def stored(vectors: VectorStore) -> dict[str, str]:
    """Return the digest of every stored chunk of Ada by its id."""
    return {
        chunk_id: digest
        for document_id in vectors.document_ids(ADA)
        for chunk_id, digest in vectors.digests(document_id).items()
    }


TEXT = "# One\n\naaa\n\n# Two\n\nbbb\n\n# Three\n\nccc\n"


def test_the_first_run_embeds_everything(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    report = synced(chunks_of({"x": TEXT}), vectors, embedder)

    assert (report.embedded, report.refreshed, report.unchanged, report.deleted) == (3, 0, 0, 0)
    assert vectors.count(ALL) == 3


def test_a_second_run_embeds_and_writes_nothing(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    synced(chunks_of({"x": TEXT}), vectors, embedder)
    embedder.embedded.clear()

    report = synced(chunks_of({"x": TEXT}), vectors, embedder)

    assert embedder.embedded == []
    assert report.figures["written_points"] == 0
    assert report.unchanged == 3


def test_an_edit_embeds_its_chunk_and_removes_the_stale_one(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    synced(chunks_of({"x": TEXT}), vectors, embedder)
    embedder.embedded.clear()

    edited = chunks_of({"x": TEXT.replace("bbb", "bb edited")})
    report = synced(edited, vectors, embedder)

    assert embedder.embedded == ["Two\n# Two\n\nbb edited\n\n"]
    assert (report.embedded, report.deleted) == (1, 1)
    assert stored(vectors) == {item.id: item.digest for item in edited}


def test_passages_that_only_moved_are_refreshed_without_embedding(
    vectors: VectorStore, embedder: LetterEmbedder
) -> None:
    synced(chunks_of({"x": TEXT}), vectors, embedder)

    report = synced(chunks_of({"x": "# Zero\n\nabc\n\n" + TEXT}), vectors, embedder)

    assert (report.embedded, report.refreshed, report.deleted) == (1, 3, 0)
    (last,) = vectors.search(embedder.embed_query("ccc"), limit=1, where=ALL)
    assert (last.chunk.text, last.chunk.span.start) == ("# Three\n\nccc\n", 37)


def test_a_document_that_is_gone_leaves_the_index(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    synced(chunks_of({"x": TEXT, "y": "aa"}), vectors, embedder)

    report = synced(chunks_of({"y": "aa"}), vectors, embedder)

    assert (report.removed_documents, report.deleted, report.unchanged) == (1, 3, 1)
    assert vectors.document_ids(ADA) == {"id of https://ada.dev/y"}


def test_an_author_whose_documents_are_all_gone_leaves_the_index(
    vectors: VectorStore, embedder: LetterEmbedder
) -> None:
    synced(chunks_of({"x": TEXT}), vectors, embedder)

    assert synced([], vectors, embedder).deleted == 3
    assert vectors.count(ALL) == 0


def test_other_authors_are_left_alone(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    bobs = [chunk("b", chunk_id="00000000-0000-5000-8000-000000000001", document_id="bobs", author_id=BOB)]
    synced_index(index_plan(bobs, [BOB], vectors), embedder=embedder, encoder=word_encoder(), vectors=vectors)

    synced(chunks_of({"x": TEXT}), vectors, embedder)

    assert vectors.document_ids(BOB) == {"bobs"}


def test_the_report_says_what_was_done_with_which_model(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    figures = synced(chunks_of({"x": "aaa"}), vectors, embedder).figures

    assert figures["embedded_chunks"] == 1
    assert figures["embedded_tokens"] == 3
    assert (figures["model"], figures["dimension"], figures["precision"]) == ("letters", 3, "float32")
    assert figures["location"] == vectors.location


def test_progress_is_told_batch_by_batch(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    told: list[int] = []
    chunks = chunks_of({"x": "\n\n".join(f"# H{number}\n\na" for number in range(300))})

    plan = index_plan(chunks, [ADA], vectors)
    synced_index(plan, embedder=embedder, encoder=word_encoder(), vectors=vectors, on_progress=told.append)

    assert told == [256, 44]


class DiedError(Exception):
    """Stands for the end of the process."""


class DyingEmbedder(LetterEmbedder):
    """Dies at the n-th call, as a killed process does between two writes."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self._calls_left = calls

    def embed_documents(self, texts: Sequence[str]) -> np.ndarray:
        self._calls_left -= 1
        if self._calls_left < 0:
            raise DiedError
        return super().embed_documents(texts)


@pytest.mark.parametrize("batches_before_death", [0, 1, 2])
def test_a_run_that_died_is_finished_without_embedding_again_what_was_written(
    vectors: VectorStore, embedder: LetterEmbedder, batches_before_death: int
) -> None:
    chunks = chunks_of({"x": "\n\n".join(f"# H{number}\n\na" for number in range(700))})
    dying = DyingEmbedder(batches_before_death)
    with pytest.raises(DiedError):
        synced_index(index_plan(chunks, [ADA], vectors), embedder=dying, encoder=word_encoder(), vectors=vectors)

    report = synced(chunks, vectors, embedder)

    assert report.embedded == 700 - 256 * batches_before_death
    assert stored(vectors) == {item.id: item.digest for item in chunks}


def test_a_plan_writes_nothing(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    plan = index_plan(chunks_of({"x": TEXT}), [ADA], vectors)

    assert isinstance(plan, IndexPlan)
    assert len(plan.new) == 3
    assert vectors.count(ALL) == 0


documents = st.dictionaries(
    st.sampled_from("xyz"),
    st.lists(st.sampled_from(["# A\n\naa\n\n", "# B\n\nbb\n\n", "# C\n\ncc\n\n", "abc abc\n\n"]), max_size=5).map(
        "".join
    ),
)


# The stores are emptied by hand, so that one of them serves all examples.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(documents, min_size=1, max_size=4))
def test_after_any_edits_the_index_is_what_a_clean_build_makes(
    vectors: VectorStore, embedder: LetterEmbedder, versions: list[dict[str, str]]
) -> None:
    for document_id in vectors.document_ids(ADA):
        vectors.delete_document(document_id)

    for version in versions:
        chunks = chunks_of(version)
        synced(chunks, vectors, embedder)

        assert stored(vectors) == {item.id: item.digest for item in chunks}
        assert vectors.count(ALL) == len(chunks)
