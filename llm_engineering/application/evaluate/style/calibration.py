"""From how far apart authors score to how likely each of them is."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_STEPS: Final = 50
_PRIOR: Final = 0.01
"""Precision of the normal prior of both numbers around 0, so that scores without an error do not make it certain."""
_BINS: Final = 10


def sharpness(scores: Array, words: Array, own: NDArray[np.intp], weights: Array) -> Array:
    """Return w so that softmax((w[0] + w[1] log2(words / 100)) * scores) is the probability of each author.

    It is the likeliest w for scores of texts that were held out (Platt, 1999, for two authors), found by Newton's
    method; the problem is convex. A longer text is surer.

    Args:
        scores: Of each text (rows) for each author.
        words: Length of each text.
        own: Column of its author.
        weights: Of each text, with the sum 1.
    """
    traits = np.stack([np.ones_like(words), np.log2(words / 100)], axis=1)
    found = np.zeros(2)
    number = len(words)
    for _ in range(_STEPS):
        likely = probabilities(scores, words, found)
        mean = (likely * scores).sum(axis=1)
        gap = scores[np.arange(number), own] - mean
        spread = (likely * scores**2).sum(axis=1) - mean**2
        gradient = number * traits.T @ (weights * gap) - _PRIOR * found
        curve = number * (traits * (weights * spread)[:, None]).T @ traits + _PRIOR * np.eye(2)
        step = np.linalg.solve(curve, gradient)
        found = found + step * min(1.0, 10 / max(1e-12, float(np.abs(step).max())))
        if np.abs(step).max() < 1e-9:  # noqa: PLR2004 - far below what matters of a probability
            break
    return found


def probabilities(scores: Array, words: Array, sharp: Array) -> Array:
    """Return how likely each author is (columns) for each text; if lengths say nothing, all are alike."""
    slope = np.maximum(0.0, sharp[0] + sharp[1] * np.log2(words / 100))
    raised = scores * slope[:, None]
    raised = np.exp(raised - raised.max(axis=1, keepdims=True))
    likely: Array = raised / raised.sum(axis=1, keepdims=True)
    return likely


def calibration_bins(likely: Array, own: NDArray[np.intp], weights: Array) -> list[tuple[float, float, int]]:
    """Return for each tenth of how sure it is: how sure on average, how often right, and of how many texts.

    Tenths without a text are left out; the others come in ascending order.
    """
    sure, named = likely.max(axis=1), likely.argmax(axis=1)
    bins = np.minimum(_BINS - 1, (sure * _BINS).astype(int))
    found = []
    for each in np.unique(bins).tolist():
        inside = bins == each
        share = weights[inside] / weights[inside].sum()
        right = float(share @ (named == own)[inside])
        found.append((float(share @ sure[inside]), right, int(inside.sum())))
    return found


def calibration_error(likely: Array, own: NDArray[np.intp], weights: Array) -> float:
    """Return the expected calibration error in ten bins (Guo et al., 2017): 0 if 80 % of what is 80 % sure is right."""
    sure, named = likely.max(axis=1), likely.argmax(axis=1)
    bins = np.minimum(_BINS - 1, (sure * _BINS).astype(int))
    gaps = weights * (sure - (named == own))
    return float(sum(abs(gaps[bins == each].sum()) for each in range(_BINS)))
