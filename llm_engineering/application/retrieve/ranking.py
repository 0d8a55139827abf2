"""Puts candidates into order; pure computation on what the store found."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.retrieve.configuration import Fusion, Retrieval
from llm_engineering.application.retrieve.feedback import best_of_each_document, moved_question, smoothed
from llm_engineering.application.retrieve.fusion import Scores, fused
from llm_engineering.domain.chunks import Candidate, Chunk, EmbeddedQuestion


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Candidates in order, the best first."""

    chunks: tuple[Chunk, ...]
    scores: Scores
    """From 0 to 1, descending."""
    embeddings: NDArray[np.float32]
    """Shape (candidates, dimension)."""


def ranking(question: EmbeddedQuestion, candidates: Sequence[Candidate], retrieval: Retrieval) -> Ranking:
    """Return the candidates in order; of equal ones the one that was given first comes first.

    The scores by meaning and by words are fused, the question is moved towards the best and all is fused again, then
    the best are smoothed; a part that is turned off is left out.
    """
    if not candidates:
        return Ranking((), np.empty(0), np.empty((0, len(question.embedding)), dtype=np.float32))
    embeddings = np.stack([candidate.embedding for candidate in candidates])
    scores = _scores(question, candidates, embeddings, retrieval)
    order = np.argsort(-scores, kind="stable")
    return Ranking(tuple(candidates[position].chunk for position in order), scores[order], embeddings[order])


def _scores(
    question: EmbeddedQuestion, candidates: Sequence[Candidate], embeddings: NDArray[np.float32], retrieval: Retrieval
) -> Scores:
    by_words = np.array([np.nan if found.term_score is None else found.term_score for found in candidates])
    scores = _fused(embeddings @ question.embedding, by_words, retrieval.fusion)
    feedback, smoothing = retrieval.feedback, retrieval.smoothing
    if feedback.documents:
        documents = [candidate.chunk.provenance.document_id for candidate in candidates]
        examples = embeddings[best_of_each_document(scores, documents, feedback.documents)]
        moved = moved_question(question.embedding, examples, feedback.weight)
        scores = _fused(embeddings @ moved, by_words, retrieval.fusion)
    if smoothing.share:
        scores = smoothed(scores, embeddings, count=smoothing.candidates, share=smoothing.share)
    return scores


def _fused(by_meaning: NDArray[np.float32], by_words: Scores, fusion: Fusion) -> Scores:
    weights = (fusion.meaning_weight, fusion.words_weight)
    scores = (by_meaning.astype(np.float64), by_words)
    return fused(scores, weights, fusion.method, rank_constant=fusion.rank_constant)
