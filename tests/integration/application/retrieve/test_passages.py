import pytest

from llm_engineering.application.ports import VectorStore
from llm_engineering.application.retrieve.configuration import Feedback, Reranking, Retrieval, Smoothing
from llm_engineering.application.retrieve.passages import EmptyQuestionError, Passage, Retriever, TooFewPassagesError
from llm_engineering.domain.chunks import ChunkFilter
from tests.support.documents import ADA, BOB, chunk
from tests.support.embedded import embedded_chunks
from tests.support.fakes import LetterEmbedder, LongestFirst, word_encoder

pytestmark = pytest.mark.integration

PLAIN = Retrieval(feedback=Feedback(documents=0), smoothing=Smoothing(share=0))


@pytest.fixture(autouse=True)
def _four_chunks(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    chunks = [
        chunk("aab", chunk_id="00000000-0000-5000-8000-000000000001", document_id="one", author_id=ADA),
        chunk("abb", chunk_id="00000000-0000-5000-8000-000000000002", document_id="two", author_id=ADA),
        chunk("ccc", chunk_id="00000000-0000-5000-8000-000000000003", document_id="three", author_id=BOB),
        chunk("bbc word", chunk_id="00000000-0000-5000-8000-000000000004", document_id="two", author_id=ADA, start=3),
    ]
    vectors.upsert(embedded_chunks(chunks, embedder, word_encoder()))


@pytest.fixture
def retriever(vectors: VectorStore, embedder: LetterEmbedder) -> Retriever:
    return Retriever(embedder, word_encoder(), vectors, PLAIN)


def texts(found: tuple[Passage, ...]) -> list[str]:
    return [passage.found.chunk.text for passage in found]


def test_the_closest_passage_comes_first_and_is_number_one(retriever: Retriever) -> None:
    found = retriever.passages("b bb", limit=2, where=ChunkFilter())

    # Cosines with (0, 1, 0): (1, 2, 0) / √5 and (0, 2, 1) / √5 are equal, and the first id comes first.
    assert [(passage.number, passage.found.chunk.text) for passage in found] == [(1, "abb"), (2, "bbc word")]
    assert found[0].found.score == pytest.approx(0.5)


def test_a_word_can_outweigh_the_meaning(retriever: Retriever) -> None:
    assert texts(retriever.passages("a word", limit=1, where=ChunkFilter())) == ["aab"]
    assert texts(retriever.passages("b word", limit=1, where=ChunkFilter())) == ["bbc word"]


def test_a_filter_restricts_what_is_found(retriever: Retriever) -> None:
    assert texts(retriever.passages("a", limit=5, where=ChunkFilter(author_id=BOB))) == ["ccc"]


@pytest.mark.parametrize("limit", [1, 3, 4, 1000])
def test_any_number_of_passages_can_be_asked_for(vectors: VectorStore, embedder: LetterEmbedder, limit: int) -> None:
    shallow = Retriever(embedder, word_encoder(), vectors, Retrieval(depth=1))

    assert len(shallow.passages("a", limit=limit, where=ChunkFilter())) == min(limit, 4)


def test_neighbours_are_joined_where_that_is_set(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    joining = Retriever(embedder, word_encoder(), vectors, PLAIN.model_copy(update={"join_neighbours": True}))

    assert texts(joining.passages("b", limit=2, where=ChunkFilter())) == ["abbbbc word"]


def test_a_reranker_is_used_where_the_configuration_says_how(vectors: VectorStore, embedder: LetterEmbedder) -> None:
    reranking = PLAIN.model_copy(update={"reranking": Reranking(model="longest first", weight=1)})

    with_it = Retriever(embedder, word_encoder(), vectors, reranking, LongestFirst())
    without = Retriever(embedder, word_encoder(), vectors, PLAIN, LongestFirst())

    assert texts(with_it.passages("a", limit=4, where=ChunkFilter()))[0] == "bbc word"
    assert texts(without.passages("a", limit=1, where=ChunkFilter())) == ["aab"]


def test_an_empty_question_is_refused(retriever: Retriever) -> None:
    with pytest.raises(EmptyQuestionError, match="The question has no words"):
        retriever.passages(" \n", limit=1, where=ChunkFilter())


def test_no_passage_at_all_is_no_question(retriever: Retriever) -> None:
    with pytest.raises(TooFewPassagesError, match="limit of passages is 0"):
        retriever.passages("a", limit=0, where=ChunkFilter())
