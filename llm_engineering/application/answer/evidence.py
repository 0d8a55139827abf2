"""Decides whether passages say enough about a question, on scales that mean the same for every question.

A ranking's scores compare passages of one question only: the best one always has a high score, also where nothing fits.
Two measures are absolute: the cosine of question and passage, and the share of the question's content stems that the
passages have. The thresholds were calibrated on questions whose answers are and are not there (docs/answers.md).
"""

from collections.abc import Sequence

from llm_engineering.application.answer.asking import FoundPassage
from llm_engineering.application.answer.configuration import Sufficiency
from llm_engineering.application.answer.support import share
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.models import FrozenModel


class EvidenceReport(FrozenModel):
    """How much passages say about a question."""

    similarity: float
    """Cosine of question and closest passage; -1 without passages."""
    coverage: float
    """Share of the question's distinct content stems that the passages have, headings and titles included; 1 for a
    question of stop words alone."""
    is_enough: bool
    """Whether the question is answered at all."""


def evidence_report(
    question: str, passages: Sequence[FoundPassage], encoder: TermEncoder, sufficiency: Sufficiency
) -> EvidenceReport:
    """Return how much passages say about a question, and whether that is enough.

    It is enough if the closest passage is surely close, or if it is close and the passages have enough of the words.
    """
    similarity = max((passage.similarity for passage in passages if passage.similarity is not None), default=-1.0)
    stems = encoder.stems(question)
    given = {stem for passage in passages for stem in encoder.stems(passage.chunk.indexed_text)}
    coverage = share(stems, given) if stems else 1.0
    is_close = similarity >= sufficiency.min_similarity and coverage >= sufficiency.min_coverage
    return EvidenceReport(
        similarity=similarity,
        coverage=coverage,
        is_enough=bool(passages) and (is_close or similarity >= sufficiency.sure_similarity),
    )
