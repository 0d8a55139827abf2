import pytest

from llm_engineering.application.ports import VectorStore
from llm_engineering.application.retrieve.passages import EmptyQuestionError, passages
from llm_engineering.domain.chunks import ChunkFilter, EmbeddedChunk
from llm_engineering.domain.errors import InvalidInputError
from tests.support.documents import ADA, BOB, chunk
from tests.support.fakes import LetterEmbedder

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _three_chunks(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    chunks = [
        chunk("aab", chunk_id="00000000-0000-5000-8000-000000000001", document_id="one", author_id=ADA),
        chunk("abb", chunk_id="00000000-0000-5000-8000-000000000002", document_id="two", author_id=ADA),
        chunk("ccc", chunk_id="00000000-0000-5000-8000-000000000003", document_id="three", author_id=BOB),
    ]
    rows = embedder.embed_documents([item.text for item in chunks])
    vectors.upsert([EmbeddedChunk(item, row) for item, row in zip(chunks, rows, strict=True)])


def test_the_closest_passage_comes_first_and_is_number_one(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    found = passages("b bb", embedder=embedder, vectors=vectors, limit=2, where=ChunkFilter())

    assert [(passage.number, passage.found.chunk.text) for passage in found] == [(1, "abb"), (2, "aab")]
    # (0, 1, 0) against (1, 2, 0) / √5
    assert found[0].found.score == pytest.approx(2 / 5**0.5, abs=1e-5)


def test_a_filter_restricts_what_is_found(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    found = passages("a", embedder=embedder, vectors=vectors, limit=5, where=ChunkFilter(author_id=BOB))

    assert [passage.found.chunk.text for passage in found] == ["ccc"]


def test_an_empty_question_is_refused(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    with pytest.raises(EmptyQuestionError, match="The question is empty"):
        passages(" \n", embedder=embedder, vectors=vectors, limit=1, where=ChunkFilter())


def test_no_passage_at_all_is_no_question(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    with pytest.raises(InvalidInputError, match="limit"):
        passages("a", embedder=embedder, vectors=vectors, limit=0, where=ChunkFilter())
