"""What is measured of a single answer."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from llm_engineering.application.evaluate.scoring import CUT, ranked_sections
from llm_engineering.application.experiments.figures import Direction, MetricDefinition
from llm_engineering.application.experiments.given_answers import Failure, GivenAnswer
from llm_engineering.application.experiments.questions import ComparedQuestion
from llm_engineering.application.experiments.style_metric import STYLE_SCORE
from llm_engineering.application.retrieve.metrics import ndcg, recall
from llm_engineering.domain.answers import AnswerKind
from llm_engineering.domain.chunks import Chunk
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.suggestions import did_you_mean

COPIED_WORDS: Final = 8
"""Words in a row that also stand in a passage, from which on they count as copied."""
_WORD: Final = re.compile(r"[^\W_]+")
_MARK: Final = re.compile(r"\[\d+\]")

Value = Callable[[ComparedQuestion, GivenAnswer], float | Failure]


class AnswerMetric(Protocol):
    """Measures one answer; `tests/contracts/answer_metric.py` holds all of them."""

    @property
    def definition(self) -> MetricDefinition:
        """Its name, and which figures are better."""
        ...

    def value(self, question: ComparedQuestion, given: GivenAnswer) -> float | Failure:
        """Return the figure of an answer, or why it has none."""
        ...


class UnknownMetricNameError(InvalidInputError):
    """A metric that is asked for does not exist."""

    def __init__(self, wanted: str) -> None:
        super().__init__(
            f"There is no metric {wanted!r:.80}.{did_you_mean(wanted, METRIC_NAMES)}",
            remedy=f"Choose from: {', '.join(METRIC_NAMES)}.",
        )
        self.wanted = wanted


@dataclass(frozen=True, slots=True)
class PlainMetric:
    """A metric that is computed by a function."""

    definition: MetricDefinition
    compute: Value

    def value(self, question: ComparedQuestion, given: GivenAnswer) -> float | Failure:
        """Return the figure of an answer, or why it has none."""
        return self.compute(question, given)


def retrieval_ndcg(question: ComparedQuestion, given: GivenAnswer) -> float | Failure:
    """Return nDCG@10 of what was found for a question, as in the evaluation of retrieval."""
    found = _judged_ranking(question, given)
    return found if isinstance(found, Failure) else min(1.0, ndcg(found[0], found[1], CUT))


def retrieval_recall(question: ComparedQuestion, given: GivenAnswer) -> float | Failure:
    """Return the share of what is relevant that is among the first ten found."""
    found = _judged_ranking(question, given)
    return found if isinstance(found, Failure) else recall(found[0], found[1], CUT)


def citation_support(_question: ComparedQuestion, given: GivenAnswer) -> float | Failure:
    """Return the share of the statements that the passages they cite support."""
    statements = given.answer.statements
    if given.answer.kind is AnswerKind.UNKNOWN or not statements:
        return Failure(reason="nothing_claimed", detail="The answer claims nothing.")
    return sum(statement.is_supported for statement in statements) / len(statements)


def answered(_question: ComparedQuestion, given: GivenAnswer) -> float:
    """Return 1 for an answer that claims something, 0 for one that says that nothing is known."""
    return 0.0 if given.answer.kind is AnswerKind.UNKNOWN else 1.0


def length(_question: ComparedQuestion, given: GivenAnswer) -> float:
    """Return the number of words, without marks of citations."""
    return float(len(_words(given.answer.text)))


def copy_rate(_question: ComparedQuestion, given: GivenAnswer) -> float | Failure:
    """Return the share of the words that stand in runs of eight or more that a passage has too."""
    words = _words(given.answer.text)
    if not words:
        return Failure(reason="no_words", detail="The answer has no words.")
    runs = {run for passage in given.passages for run in _runs(_words(passage.chunk.text))}
    copied = set[int]()
    for start, run in enumerate(_runs(words)):
        if run in runs:
            copied.update(range(start, start + COPIED_WORDS))
    return len(copied) / len(words)


def _plain(name: str, meaning: str, direction: Direction, largest: float | None, compute: Value) -> PlainMetric:
    definition = MetricDefinition(name=name, meaning=meaning, direction=direction, largest_difference=largest)
    return PlainMetric(definition, compute)


_ALL: Final = (
    _plain("ndcg", "nDCG@10 of the passages that were found.", Direction.HIGHER, 1.0, retrieval_ndcg),
    _plain("recall", "Share of what is relevant among the first ten found.", Direction.HIGHER, 1.0, retrieval_recall),
    _plain(
        "citation_support",
        "Share of the statements that the passages they cite support.",
        Direction.HIGHER,
        1.0,
        citation_support,
    ),
    _plain("answered", "Share of the questions that are answered at all.", Direction.HIGHER, 1.0, answered),
    _plain("length", "Words of the answer.", Direction.LOWER, None, length),
    _plain("copy_rate", "Share of the words that are copied from passages.", Direction.LOWER, 1.0, copy_rate),
)
METRICS: Final[Mapping[str, AnswerMetric]] = {metric.definition.name: metric for metric in _ALL}
"""The metrics that need an answer only, by name."""
METRIC_NAMES: Final = (*sorted(METRICS), STYLE_SCORE.name)
"""What can be measured of a single answer."""


def metrics_named(names: Sequence[str], others: Sequence[AnswerMetric] = ()) -> tuple[AnswerMetric, ...]:
    """Return metrics by their names.

    Args:
        names: What is wanted.
        others: Metrics that had to be made, such as that of the style.

    Raises:
        UnknownMetricNameError: One does not exist.
    """
    known = {**METRICS, **{metric.definition.name: metric for metric in others}}
    for name in names:
        if name not in known:
            raise UnknownMetricNameError(name)
    return tuple(known[name] for name in names)


def require_metrics(names: Sequence[str]) -> None:
    """Check names of metrics before anything is made or asked.

    Raises:
        UnknownMetricNameError: One does not exist.
    """
    for name in names:
        if name not in METRIC_NAMES:
            raise UnknownMetricNameError(name)


def _judged_ranking(question: ComparedQuestion, given: GivenAnswer) -> tuple[list[str], dict[str, int]] | Failure:
    chunks = [passage.chunk for passage in given.passages]
    if question.golden:
        grades = {f"answer {number}": answer.grade for number, answer in enumerate(question.golden.answers)}
        return ranked_sections(question.golden, chunks), grades
    relevant = {name: grade for name, grade in (question.relevant or {}).items() if grade > 0}
    if not relevant:
        return Failure(reason="not_judged", detail="Nobody has said what is relevant to the question.")
    return list(dict.fromkeys(_document_name(chunk, relevant) for chunk in chunks)), relevant


def _document_name(chunk: Chunk, relevant: Mapping[str, int]) -> str:
    """Return the name by which a document is judged relevant, its id or its link; for any other its id."""
    places = [(chunk.provenance.document_id, chunk.provenance.link)]
    places += [(other.document_id, other.link) for other in chunk.also_at]
    names = (name for place in places for name in place if name in relevant)
    return next(names, chunk.provenance.document_id)


def _words(text: str) -> list[str]:
    return _WORD.findall(_MARK.sub(" ", text).casefold())


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[start : start + COPIED_WORDS]) for start in range(len(words) - COPIED_WORDS + 1)]
