"""Which sentences say most of what a text says."""

from collections import Counter
from collections.abc import Callable, Sequence
from math import log
from typing import Final

import numpy as np
from numpy.typing import NDArray

Terms = Callable[[str], Sequence[int]]
"""Returns the numbers of the stems of a text's words, without stop words, as often as they occur."""

_DAMPING: Final = 0.85
"""Chance to follow a likeness rather than to jump anywhere; the value of PageRank and of LexRank's authors."""
_TOLERANCE: Final = 1e-8
_ROUNDS: Final = 200
_MOST_ALIKE: Final = 0.5
"""Cosine above which a sentence says what a chosen one says already."""


def centralities(sentences: Sequence[str], terms: Terms) -> NDArray[np.float64]:
    """Return how central each sentence is, which together are 1: continuous LexRank (Erkan and Radev, 2004).

    Sentences are alike by the cosine of their terms, weighed by frequency and rarity among the sentences (tf-idf). A
    sentence is central if many central ones are like it. Sentences without terms, or like none, share what jumps give.

    Args:
        sentences: In any order; none is allowed.
        terms: Gives the terms of a sentence.
    """
    if not sentences:
        return np.empty(0)
    vectors = term_vectors(sentences, terms)
    alike = vectors @ vectors.T
    np.fill_diagonal(alike, 0.0)
    sums = alike.sum(axis=1, keepdims=True)
    count = len(sentences)
    steps = np.where(sums > 0, alike / np.where(sums > 0, sums, 1.0), 1.0 / count)
    scores = np.full(count, 1.0 / count)
    for _ in range(_ROUNDS):
        following = (1 - _DAMPING) / count + _DAMPING * (scores @ steps)
        if np.abs(following - scores).sum() < _TOLERANCE:
            return following
        scores = following
    return scores


def term_vectors(sentences: Sequence[str], terms: Terms) -> NDArray[np.float64]:
    """Return the tf-idf vector of each sentence, of length 1 or all 0: shape (sentences, terms that occur)."""
    counts = [Counter(terms(sentence)) for sentence in sentences]
    holding = Counter(term for each in counts for term in each)
    columns = {term: column for column, term in enumerate(holding)}
    vectors = np.zeros((len(sentences), len(columns)))
    for row, each in enumerate(counts):
        for term, count in each.items():
            vectors[row, columns[term]] = count * (1 + log(len(sentences) / holding[term]))
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)


def central_sentences(sentences: Sequence[str], terms: Terms, count: int) -> tuple[int, ...]:
    """Return the places of at most `count` sentences that say most, in the order of the text.

    Of sentences that are much alike only the most central is taken.
    """
    scores = centralities(sentences, terms)
    vectors = term_vectors(sentences, terms) if len(sentences) else np.empty((0, 0))
    chosen: list[int] = []
    for place in np.argsort(-scores, kind="stable"):
        if len(chosen) == count:
            break
        if all(vectors[place] @ vectors[other] <= _MOST_ALIKE for other in chosen):
            chosen.append(int(place))
    return tuple(sorted(chosen))
