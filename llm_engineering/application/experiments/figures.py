"""What is measured of answers: figures by question for both variants, with what is missing and why."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Literal

from pydantic import Field

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import counted

VariantName = Literal["A", "B"]
VARIANTS: Final[tuple[VariantName, ...]] = ("A", "B")


class Direction(StrEnum):
    """Which figures are better."""

    HIGHER = "higher"
    LOWER = "lower"


class MetricDefinition(FrozenModel):
    """What a metric is called and how it is read."""

    name: str
    """In snake case."""
    meaning: str
    """One sentence for people."""
    direction: Direction
    largest_difference: float | None = Field(default=None, gt=0)
    """Largest difference that two answers can have; None if there is no bound."""


class MetricFigures(FrozenModel):
    """The figures of one metric for the same questions, answered by A and by B."""

    definition: MetricDefinition
    a: Mapping[str, float]
    """Figure by question id."""
    b: Mapping[str, float]
    missing_a: Mapping[str, str] = {}
    """Why there is none, by question id; reasons are short names in snake case."""
    missing_b: Mapping[str, str] = {}

    @property
    def paired(self) -> tuple[str, ...]:
        """The questions that have both figures, sorted."""
        return tuple(sorted(self.a.keys() & self.b.keys()))

    @property
    def differences(self) -> tuple[float, ...]:
        """B - A of the paired questions, in their order."""
        return tuple(self.b[key] - self.a[key] for key in self.paired)

    @property
    def one_sided(self) -> int:
        """How many questions only one of the variants has a figure for."""
        return len(self.a.keys() ^ self.b.keys())

    @property
    def questions(self) -> int:
        """How many questions were asked, with figures or without."""
        return len(self.a.keys() | self.b.keys() | self.missing_a.keys() | self.missing_b.keys())

    @property
    def missing_by_reason(self) -> dict[VariantName, dict[str, int]]:
        """How many figures each variant lacks for each reason."""
        return {"A": counted(self.missing_a.values()), "B": counted(self.missing_b.values())}
