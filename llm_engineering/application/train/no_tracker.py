"""The tracker of runs that nobody wants to look at."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from llm_engineering.application.train.tracking import TrackedRun, TrackedSample
from llm_engineering.domain.training import StepFigures


class NoTracker:
    """Keeps nothing."""

    def log_parameters(self, parameters: Mapping[str, JsonValue]) -> None:
        """Keep nothing."""

    def log_step(self, stage: str, figures: StepFigures) -> None:
        """Keep nothing."""

    def log_figures(self, figures: Mapping[str, JsonValue]) -> None:
        """Keep nothing."""

    def log_samples(self, stage: str, samples: Sequence[TrackedSample]) -> None:
        """Keep nothing."""

    def finish(self) -> TrackedRun:
        """Return that there is nothing to be seen."""
        return TrackedRun(place=None)
