"""Puts candidates into order; pure computation on what the store found."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.retrieve.configuration import Fusion, Retrieval
from llm_engineering.application.retrieve.feedback import best_of_each_document, moved_question, smoothed
from llm_engineering.application.retrieve.fusion import FusionMethod, Scores, fused
from llm_engineering.domain.chunks import Candidate, Chunk, EmbeddedQuestion


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Candidates in order, the best first."""

    candidates: tuple[Candidate, ...]
    scores: Scores
    """From 0 to 1, descending."""
    embeddings: NDArray[np.float32]
    """Shape (candidates, dimension)."""
    rerank_scores: Scores | None = None
    """What the reranker gave to each, NaN where it has not read it; None if there is none."""

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks of all candidates, read from what is stored of them."""
        return tuple(candidate.chunk for candidate in self.candidates)

    def reordered(self, scores: Scores, rerank_scores: Scores | None = None) -> "Ranking":
        """Return the candidates in the order of other scores; equal ones keep their order."""
        order = np.argsort(-scores, kind="stable")
        return Ranking(
            tuple(self.candidates[position] for position in order),
            scores[order],
            self.embeddings[order],
            None if rerank_scores is None else rerank_scores[order],
        )


def ranking(question: EmbeddedQuestion, candidates: Sequence[Candidate], retrieval: Retrieval) -> Ranking:
    """Return the candidates in order; of equal ones the one that was given first comes first.

    The scores by meaning and by words are fused, the question is moved towards the best and all is fused again, then
    the best are smoothed; a part that is turned off is left out.
    """
    if not candidates:
        return Ranking((), np.empty(0), np.empty((0, len(question.embedding)), dtype=np.float32))
    embeddings = np.stack([candidate.embedding for candidate in candidates])
    scores = _scores(question, candidates, embeddings, retrieval)
    return Ranking(tuple(candidates), scores, embeddings).reordered(scores)


def fused_rankings(rankings: Sequence[Ranking], *, rank_constant: int) -> Ranking:
    """Return one ranking out of those of several ways to ask the same, by reciprocal rank fusion.

    The first way, which is the question itself, weighs as much as all others together. A single ranking stays what it
    is, its scores included.

    Args:
        rankings: At least one.
        rank_constant: k of reciprocal rank fusion.
    """
    first, *others = rankings
    if not others:
        return first
    unique: dict[str, Candidate] = {}
    for candidate in chain.from_iterable(found.candidates for found in rankings):
        unique.setdefault(candidate.id, candidate)
    places = [{candidate.id: place for place, candidate in enumerate(found.candidates)} for found in rankings]
    scores = [
        np.array([found.scores[place[key]] if key in place else np.nan for key in unique])
        for found, place in zip(rankings, places, strict=True)
    ]
    weights = (float(len(others)), *([1.0] * len(others)))
    together = fused(scores, weights, FusionMethod.RECIPROCAL_RANK, rank_constant=rank_constant)
    candidates = tuple(unique.values())
    if not candidates:
        return first
    return Ranking(candidates, together, np.stack([each.embedding for each in candidates])).reordered(together)


def _scores(
    question: EmbeddedQuestion, candidates: Sequence[Candidate], embeddings: NDArray[np.float32], retrieval: Retrieval
) -> Scores:
    by_words = np.array([np.nan if found.term_score is None else found.term_score for found in candidates])
    scores = _fused(embeddings @ question.embedding, by_words, retrieval.fusion)
    feedback, smoothing = retrieval.feedback, retrieval.smoothing
    if feedback.documents:
        documents = [candidate.document_id for candidate in candidates]
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
