"""What is measured of a single answer of a model, besides the metrics of experiments."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from llm_engineering.application.datasets.gates.replies import refusing_phrase
from llm_engineering.application.evaluate.model_scoring.answering import CUT
from llm_engineering.application.evaluate.model_scoring.copies import RUN_WORDS, CopiedText, CopyIndex
from llm_engineering.application.evaluate.model_scoring.overlap import Rouge, WordOverlap
from llm_engineering.application.experiments.figures import Direction, MetricDefinition
from llm_engineering.application.experiments.given_answers import Failure, GivenAnswer
from llm_engineering.application.experiments.metrics import AnswerMetric, PlainMetric, Value
from llm_engineering.application.experiments.questions import ComparedQuestion

_KEPT_COMPARISONS: Final = 4096


def plain_metrics() -> tuple[AnswerMetric, ...]:
    """Return what needs the answer only: whether it is empty, refuses, or was cut."""
    return (
        _metric("empty", "Share of the answers without a letter or digit.", _is_empty),
        _metric("refused", "Share of the answers that refuse, as models do.", _is_refusal),
        _metric("cut", "Share of the answers that end because no more tokens were allowed.", _is_cut),
    )


def rouge_metrics(overlap: WordOverlap, references: Mapping[str, str]) -> tuple[AnswerMetric, ...]:
    """Return ROUGE-1, ROUGE-2 and ROUGE-L.

    Args:
        overlap: Compares two texts.
        references: What was expected, by the id of the question; other questions have no figure.
    """

    @lru_cache(maxsize=_KEPT_COMPARISONS)
    def compared(expected: str, said: str) -> Rouge:
        return overlap.rouge(expected, said)

    def figure(of: Callable[[Rouge], float]) -> Value:
        def value(question: ComparedQuestion, given: GivenAnswer) -> float | Failure:
            expected = references.get(question.id)
            if expected is None:
                return Failure(reason="no_reference", detail="Nobody has said what a good answer is.")
            return of(compared(expected, given.answer.text))

        return value

    meanings: dict[str, tuple[str, Callable[[Rouge], float]]] = {
        "rouge_1": ("Words shared with the expected answer (F measure).", lambda each: each.rouge_1),
        "rouge_2": ("Pairs of words shared with the expected answer (F measure).", lambda each: each.rouge_2),
        "rouge_l": ("Longest sequence of words shared with the expected answer.", lambda each: each.rouge_l),
    }
    return tuple(_metric(name, meaning, figure(of), Direction.HIGHER) for name, (meaning, of) in meanings.items())


def copy_metrics(copied: Callable[[str], CopiedText], memorised_words: int) -> tuple[AnswerMetric, ...]:
    """Return how much of an answer stands in training texts.

    Args:
        copied: Finds copies; `kept_copies` remembers what it has found.
        memorised_words: An answer with a copied span of so many words counts as memorised.
    """

    def share(_question: ComparedQuestion, given: GivenAnswer) -> float | Failure:
        found = copied(given.answer.text).copied_share
        if found is None:
            return Failure(reason="too_short_to_copy", detail=f"The answer has fewer than {RUN_WORDS} words.")
        return found

    def longest(_question: ComparedQuestion, given: GivenAnswer) -> float:
        return float(copied(given.answer.text).longest)

    def memorised(_question: ComparedQuestion, given: GivenAnswer) -> float:
        return float(copied(given.answer.text).longest >= memorised_words)

    return (
        _metric("copied_share", f"Share of the runs of {RUN_WORDS} words that stand in a training text.", share),
        _metric("longest_copy", "Words of the longest span that stands in a training text.", longest, largest=None),
        _metric("memorised", f"Share of the answers that copy {memorised_words} words in a row or more.", memorised),
    )


def kept_copies(index: CopyIndex) -> Callable[[str], CopiedText]:
    """Return what finds copies, and searches for each text once."""
    return lru_cache(maxsize=_KEPT_COMPARISONS)(index.copied)


def _metric(
    name: str,
    meaning: str,
    compute: Value,
    direction: Direction = Direction.LOWER,
    largest: float | None = 1.0,
) -> PlainMetric:
    definition = MetricDefinition(name=name, meaning=meaning, direction=direction, largest_difference=largest)
    return PlainMetric(definition, compute)


def _is_empty(_question: ComparedQuestion, given: GivenAnswer) -> float:
    return 0.0 if any(map(str.isalnum, given.answer.text)) else 1.0


def _is_refusal(_question: ComparedQuestion, given: GivenAnswer) -> float:
    return 0.0 if refusing_phrase(given.answer.text) is None else 1.0


def _is_cut(_question: ComparedQuestion, given: GivenAnswer) -> float:
    return 1.0 if CUT in given.answer.notes else 0.0
