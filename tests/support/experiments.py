"""Figures of simulated experiments, with short literal contents."""

from collections.abc import Mapping, Sequence

from llm_engineering.application.experiments.figures import Direction, MetricDefinition, MetricFigures
from llm_engineering.application.experiments.rule import DecisionRule

QUALITY = MetricDefinition(name="quality", meaning="How good.", direction=Direction.HIGHER, largest_difference=1.0)
LENGTH = MetricDefinition(name="length", meaning="How long.", direction=Direction.LOWER)
RULE = DecisionRule(primary_metric="quality", smallest_effect=0.1)


def figures(
    a: Sequence[float],
    b: Sequence[float],
    definition: MetricDefinition = QUALITY,
    *,
    missing_a: Mapping[str, str] | None = None,
    missing_b: Mapping[str, str] | None = None,
) -> MetricFigures:
    """Return figures of questions "q000", "q001" and so on."""
    return MetricFigures(
        definition=definition,
        a={f"q{number:03}": value for number, value in enumerate(a)},
        b={f"q{number:03}": value for number, value in enumerate(b)},
        missing_a=missing_a or {},
        missing_b=missing_b or {},
    )
