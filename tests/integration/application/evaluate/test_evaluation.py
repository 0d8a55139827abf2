"""From documents to figures: real chunker, real Qdrant Edge, an embedder that can be computed by hand."""

from typing import Final

import pytest

from llm_engineering.application.evaluate.current import current_questions
from llm_engineering.application.evaluate.evaluation import RetrievalEvaluation, retrieval_evaluation
from llm_engineering.application.evaluate.golden import GoldenSet, QuestionKind
from llm_engineering.application.evaluate.making import Asking, golden_set
from llm_engineering.application.evaluate.scoring import NothingToScoreError, golden_figures
from llm_engineering.application.index.plan import index_plan
from llm_engineering.application.index.sync import synced_index
from llm_engineering.application.ports import VectorStore
from llm_engineering.application.preprocess.chunking import Chunking, chunks_of_documents
from llm_engineering.application.retrieve.configuration import Fusion, Retrieval
from llm_engineering.application.retrieve.passages import Retriever
from tests.support.documents import ADA
from tests.support.fakes import LetterEmbedder, word_encoder, word_stem
from tests.support.golden import document, essay

pytestmark = pytest.mark.integration

SUBJECTS: Final = ("silk", "wool", "flax", "jute", "hemp")
BY_WORDS: Final = Retrieval(fusion=Fusion(meaning_weight=0))
DOCUMENTS: Final = [
    document(essay(subject), link=f"https://ada.dev/{subject}", title=f"Essay about {subject}") for subject in SUBJECTS
]


@pytest.fixture
def golden() -> GoldenSet:
    return golden_set(DOCUMENTS, word_stem, Asking())


@pytest.fixture
def retriever(vectors: VectorStore, embedder: LetterEmbedder) -> Retriever:
    """A retriever on an index of the documents that searches by words alone."""
    chunks = chunks_of_documents(DOCUMENTS, embedder.tokenizer, Chunking()).items
    plan = index_plan(chunks, [ADA], vectors)
    synced_index(plan, embedder=embedder, encoder=word_encoder(), vectors=vectors)
    return Retriever(embedder, word_encoder(), vectors, BY_WORDS)


def test_headings_are_found_by_their_words(retriever: Retriever, golden: GoldenSet) -> None:
    found = golden_figures(retriever, golden)

    assert found.per_kind[QuestionKind.HEADING].ndcg.mean == 1
    assert found.per_kind[QuestionKind.HEADING].questions == 10
    assert found.per_kind[QuestionKind.TITLE].questions == 5
    assert found.per_author.keys() == {"Ada Lovelace"}
    assert [score.question_id for score in found.scores] == [question.id for question in golden.items]


def test_an_index_that_lost_a_document_answers_worse(
    retriever: Retriever, golden: GoldenSet, vectors: VectorStore
) -> None:
    vectors.delete_document(DOCUMENTS[0].provenance.document_id)

    found = golden_figures(retriever, golden)

    assert found.per_kind[QuestionKind.HEADING].recall.mean == pytest.approx(0.8)
    assert sum(score.first_rank is None for score in found.scores) == 3


def test_an_evaluation_compares_the_ways_of_searching(retriever: Retriever, golden: GoldenSet) -> None:
    searched: list[int] = []

    found = retrieval_evaluation(retriever, golden, None, compare_ways=True, on_progress=searched.append)

    assert list(found.ways) == ["dense", "sparse", "as configured"]
    assert len(searched) == 3 * 15
    assert found.ways["sparse"].ndcg.mean == found.measured.overall.ndcg.mean == found.figures["ndcg_at_10"]


def test_questions_that_can_no_longer_be_asked_are_counted(retriever: Retriever, golden: GoldenSet) -> None:
    left = current_questions(golden, DOCUMENTS[1:])

    found: RetrievalEvaluation = retrieval_evaluation(retriever, left, None, compare_ways=False)

    assert found.figures["left_out"] == {"gone": 3}
    assert found.figures["golden_version"] == golden.version
    assert found.measured.overall.questions == 12


def test_nothing_to_ask_is_an_error(retriever: Retriever, golden: GoldenSet) -> None:
    with pytest.raises(NothingToScoreError):
        golden_figures(retriever, current_questions(golden, []))
