import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from llm_engineering.application.retrieve.configuration import (
    Feedback,
    Fusion,
    Reranking,
    Retrieval,
    Smoothing,
)
from llm_engineering.application.retrieve.ranking import Ranking, ranking
from llm_engineering.application.retrieve.reranking import reranked
from llm_engineering.domain.chunks import Candidate, EmbeddedQuestion, TermVector
from tests.support.documents import chunk
from tests.support.fakes import LongestFirst

NO_TERMS = TermVector(np.empty(0, np.uint32), np.empty(0, np.float32))
QUESTION = EmbeddedQuestion(np.array([1, 0], dtype=np.float32), NO_TERMS)
PLAIN = Retrieval(feedback=Feedback(documents=0), smoothing=Smoothing(share=0))


def candidate(name: str, direction: tuple[float, float], term_score: float | None) -> Candidate:
    found = chunk(name, chunk_id=name, document_id=f"document of {name}")
    return Candidate.of(found, np.array(direction, dtype=np.float32), term_score)


def order(found: Ranking) -> list[tuple[str, float]]:
    return [(each.text, round(float(score), 4)) for each, score in zip(found.chunks, found.scores, strict=True)]


CANDIDATES = [
    candidate("close", (1, 0), None),
    candidate("both", (0.6, 0.8), 4.0),
    candidate("worded", (0, 1), 8.0),
    candidate("weak", (0, 1), 2.0),
]


def test_meaning_and_words_are_averaged() -> None:
    # By meaning 1, 0.6, 0, 0; by words 0, (4 - 2) / 6, 1, 0.
    expected = [("close", 0.5), ("worded", 0.5), ("both", 0.4667), ("weak", 0.0)]
    assert order(ranking(QUESTION, CANDIDATES, PLAIN)) == expected


@pytest.mark.parametrize(
    ("fusion", "best"), [(Fusion(meaning_weight=1, words_weight=0), "close"), (Fusion(meaning_weight=0), "worded")]
)
def test_one_way_alone_can_be_searched(fusion: Fusion, best: str) -> None:
    assert order(ranking(QUESTION, CANDIDATES, PLAIN.model_copy(update={"fusion": fusion})))[0] == (best, 1.0)


def test_the_best_moves_the_question_to_what_resembles_it() -> None:
    candidates = [
        candidate("best", (0.6, 0.8), 9.0),
        candidate("like it", (0, 1), 1.0),
        candidate("other", (0.6, -0.8), 1.0),
    ]
    moving = PLAIN.model_copy(update={"feedback": Feedback(documents=1, weight=1)})
    # (1, 0) + (0.6, 0.8) has the direction (2, 1) / √5: cosines 2 / √5, 1 / √5 and 0.4 / √5 instead of 0.6, 0, 0.6.
    assert order(ranking(QUESTION, candidates, PLAIN)) == [("best", 1.0), ("other", 0.5), ("like it", 0.0)]
    assert order(ranking(QUESTION, candidates, moving)) == [("best", 1.0), ("like it", 0.1875), ("other", 0.0)]


def test_without_candidates_there_is_no_ranking() -> None:
    assert order(ranking(QUESTION, [], Retrieval())) == []


@given(
    st.lists(st.tuples(st.floats(0, 6.28), st.none() | st.floats(0.1, 30)), max_size=15),
    st.sampled_from([Retrieval(), PLAIN]),
)
def test_every_candidate_is_ranked_once_and_scores_fall(
    found: list[tuple[float, float | None]], retrieval: Retrieval
) -> None:
    given_candidates = [
        candidate(str(number), (float(np.cos(angle)), float(np.sin(angle))), score)
        for number, (angle, score) in enumerate(found)
    ]
    result = ranking(QUESTION, given_candidates, retrieval)
    assert sorted(each.id for each in result.chunks) == sorted(each.chunk.id for each in given_candidates)
    assert result.scores.tolist() == sorted(result.scores.tolist(), reverse=True)
    assert all(0 <= score <= 1 + 1e-9 for score in result.scores)


def test_a_reranker_changes_the_order_of_what_it_reads() -> None:
    found = ranking(QUESTION, CANDIDATES, PLAIN)
    # It reads close (5 letters), worded (6) and both (4), which get 0.5, 1 and 0.
    result = reranked(found, "?", LongestFirst(), Reranking(model="none", candidates=3, weight=1))
    assert order(result) == [("worded", 1.0), ("close", 0.5), ("both", 0.0), ("weak", 0.0)]


def test_a_reranker_is_weighed_with_the_order_before() -> None:
    found = ranking(QUESTION, CANDIDATES, PLAIN)
    result = reranked(found, "?", LongestFirst(), Reranking(model="none", candidates=2, weight=0.5))
    assert order(result) == [("worded", 0.75), ("close", 0.25), ("both", 0.2333), ("weak", 0.0)]


def test_searching_by_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"meaning_weight and fusion\.words_weight are both 0"):
        Fusion(meaning_weight=0, words_weight=0)
