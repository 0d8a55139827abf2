"""ROUGE through Google's rouge-score."""

import re
from typing import Final
from unicodedata import normalize

from llm_engineering.application.evaluate.model_scoring.overlap import Rouge
from llm_engineering.domain.errors import TwinError

_WORD: Final = re.compile(r"[^\W_]+")


class RougeMissingError(TwinError):
    """The library that computes ROUGE is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "The library 'rouge-score', which compares answers by their words, is not installed.",
            remedy="Install it: pip install 'llm-twin[train]' (or: make setup).",
        )


class RougeOverlap:
    """Compares texts by their words without case, in any script and without stemming.

    The library's own words are those of unaccented Latin letters; in other languages they would be pieces of words.

    Raises:
        RougeMissingError: The extra `train` is not installed.
    """

    def __init__(self) -> None:
        try:
            from rouge_score.rouge_scorer import RougeScorer
        except ImportError as error:
            raise RougeMissingError from error
        self._scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=_Words())

    def rouge(self, expected: str, said: str) -> Rouge:
        """Return how much both share; 0 each if one of them has no words."""
        found = self._scorer.score(expected, said)
        return Rouge(
            rouge_1=float(found["rouge1"].fmeasure),
            rouge_2=float(found["rouge2"].fmeasure),
            rouge_l=float(found["rougeL"].fmeasure),
        )


class _Words:
    """What the library splits texts with."""

    def tokenize(self, text: str) -> list[str]:
        return _WORD.findall(normalize("NFKC", text).casefold())
