"""Grades of single answers: what they are, how a model says them, and what is kept of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from llm_engineering.application.experiments.figures import Direction, MetricDefinition
from llm_engineering.application.experiments.judging import Criterion
from llm_engineering.application.ports import Collection
from llm_engineering.domain.models import FrozenModel

ANSWER_GRADES: Final = Collection("answer_grades", ("asked",))
"""Grades that a judge gave, without a word of the answers."""
BEST_GRADE: Final = 5
"""Grades begin at 1."""
GRADE_SCORES: Final[Mapping[Criterion, MetricDefinition]] = {
    criterion: MetricDefinition(
        name=f"judge_{criterion.value}",
        meaning=f"Grade of the judge by {criterion.value}, from 1 to {BEST_GRADE}.",
        direction=Direction.HIGHER,
        largest_difference=float(BEST_GRADE - 1),
    )
    for criterion in Criterion
}


class Grade(FrozenModel):
    """What a judge thinks of one answer."""

    accuracy: int = Field(ge=1, le=BEST_GRADE)
    style: int = Field(ge=1, le=BEST_GRADE)

    def of(self, criterion: Criterion) -> int:
        """Return the grade by a criterion."""
        return self.accuracy if criterion is Criterion.ACCURACY else self.style


class GradeReply(Grade):
    """A grade in the words of a model."""

    reason: str
    """Asked for because a model judges better that has said why first; it may quote the answer, so it is not kept."""

    @property
    def grade(self) -> Grade:
        """What is kept."""
        return Grade(accuracy=self.accuracy, style=self.style)


GRADE_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string"},
        **{each.value: {"type": "integer", "enum": list(range(1, BEST_GRADE + 1))} for each in Criterion},
    },
    "required": ["reason", *(each.value for each in Criterion)],
    "additionalProperties": False,
}


class StoredGrade(FrozenModel):
    """A grade as it is stored. The natural key is what was asked."""

    id: str = Field(alias="_id")
    asked: str
    """Hash of judge, prompt, question, reference, answer and the number of the sample."""
    grade: Grade
    graded_at: datetime
