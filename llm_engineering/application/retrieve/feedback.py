"""Lets the best candidates say more about what was meant: relevance feedback without anybody's judgement.

A question is short; the passages that fit it best are long. What they have in common is used twice: the question is
moved towards them (Rocchio, 1971), and candidates that resemble other good ones gain (score regularisation: Diaz,
2005, after the cluster hypothesis that relevant passages resemble each other).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.retrieve.fusion import Scores, min_max


def best_of_each_document(scores: Scores, document_ids: Sequence[str], count: int) -> list[int]:
    """Return the positions of the best candidates of at most `count` documents, one of each, the best first."""
    best: dict[str, int] = {}
    for position in np.argsort(-scores, kind="stable").tolist():
        best.setdefault(document_ids[position], position)
        if len(best) == count:
            break
    return list(best.values())


def moved_question(question: NDArray[np.float32], examples: NDArray[np.float32], weight: float) -> NDArray[np.float32]:
    """Return the question moved towards the mean of examples, at length 1.

    Args:
        question: Shape (dimension,), length 1.
        examples: Embeddings of passages that are taken for good, shape (examples, dimension), at least one.
        weight: Of the mean next to the question's 1; Rocchio's β, by tradition 0.75.
    """
    moved = question + weight * examples.mean(axis=0)
    length = np.linalg.norm(moved)
    # Examples that are the exact opposite of the question leave nothing of it.
    return (moved / length).astype(np.float32) if length > 0 else question


def smoothed(scores: Scores, embeddings: NDArray[np.float32], *, count: int, share: float) -> Scores:
    """Return the scores after each of the best `count` took a share from those that it resembles.

    A candidate's new score is (1 - share) of its own and `share` of the mean of all of them (its own included),
    weighted by cosine similarity, where opposites count nothing; both are brought to the scale from 0 to 1 first.
    The result lies from 0.5 to 1 for those and from 0 to 0.5, in their old order, for all others.

    Args:
        scores: From 0 to 1.
        embeddings: Of the candidates, shape (candidates, dimension), each of length 1.
        count: How many of the best take part.
        share: From 0 to 1.
    """
    order = np.argsort(-scores, kind="stable")[:count]
    own = min_max(scores[order])
    similarity = np.maximum(embeddings[order] @ embeddings[order].T, 0).astype(np.float64)
    of_others = min_max(similarity @ own / similarity.sum(axis=1))
    result = scores / 2
    result[order] = (1 + (1 - share) * own + share * of_others) / 2
    return result
