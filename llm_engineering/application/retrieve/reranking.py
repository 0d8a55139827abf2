"""A second look at the best candidates by a model that reads question and passage together."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from llm_engineering.application.retrieve.configuration import Reranking
from llm_engineering.application.retrieve.fusion import Scores, min_max
from llm_engineering.application.retrieve.ranking import Ranking


class Reranker(Protocol):
    """Says how well passages answer a question."""

    def scores(self, question: str, texts: Sequence[str]) -> Scores:
        """Return a finite score for each text, higher is better, on a scale of the model's own: shape (texts,)."""
        ...


def reranked(found: Ranking, question: str, reranker: Reranker, reranking: Reranking) -> Ranking:
    """Return the ranking with the best candidates put into the order that the model gives them.

    The model's scores are brought to the scale from 0 to 1 and weighed with the old ones; what it has not read gets
    0 of it. Equal ones keep their order.
    """
    read = found.candidates[: reranking.candidates]
    raw = np.full(len(found.candidates), np.nan)
    raw[: len(read)] = reranker.scores(question, [candidate.chunk.indexed_text for candidate in read])
    scores = (1 - reranking.weight) * found.scores + reranking.weight * min_max(raw)
    return found.reordered(scores, raw)
