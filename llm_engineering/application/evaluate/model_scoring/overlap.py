"""The port of ROUGE. The suite `tests/contracts/word_overlap.py` holds its adapters and fakes."""

from typing import Protocol

from llm_engineering.domain.models import FrozenModel


class Rouge(FrozenModel):
    """How much two texts share, from 0 to 1: F measures (C.-Y. Lin, "ROUGE", Text Summarization Branches Out, 2004)."""

    rouge_1: float
    """By words."""
    rouge_2: float
    """By pairs of words."""
    rouge_l: float
    """By the longest common subsequence of words."""


class WordOverlap(Protocol):
    """Compares an answer with the one that was expected."""

    def rouge(self, expected: str, said: str) -> Rouge:
        """Return how much both share; 0 each if one of them has no words."""
        ...
