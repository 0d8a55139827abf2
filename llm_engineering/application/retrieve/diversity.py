"""An order in which passages do not say the same again."""

import numpy as np
from numpy.typing import NDArray

from llm_engineering.application.retrieve.fusion import Scores


def diverse_order(scores: Scores, embeddings: NDArray[np.float32], *, diversity: float, limit: int) -> list[int]:
    """Return the positions of at most `limit` candidates by maximal marginal relevance.

    The next one is always that with the highest (1 - diversity) · score - diversity · (cosine similarity to the most
    similar one that was taken before); of equals the first (Carbonell and Goldstein, 1998; their λ is 1 - diversity).

    Args:
        scores: From 0 to 1.
        embeddings: Shape (candidates, dimension), each of length 1.
        diversity: From 0, the order of the scores, to 1, which looks at the scores only for the first.
        limit: At least 1.
    """
    if not diversity:
        return [int(position) for position in np.argsort(-scores, kind="stable")[:limit]]
    taken: list[int] = []
    left = list(range(len(scores)))
    closeness = np.zeros(len(scores))
    while left and len(taken) < limit:
        gains = (1 - diversity) * scores[left] - diversity * closeness[left] if taken else scores[left]
        chosen = left.pop(int(np.argmax(gains)))
        similarity = embeddings @ embeddings[chosen]
        closeness = np.maximum(closeness, similarity) if taken else similarity.astype(np.float64)
        taken.append(chosen)
    return taken
