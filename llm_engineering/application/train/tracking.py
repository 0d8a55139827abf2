"""The port of experiment trackers. The suite `tests/contracts/experiment_tracker.py` holds its adapters and fakes."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from pydantic import JsonValue

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.training import StepFigures


class TrackedSample(FrozenModel):
    """What a model says to an instruction, for people to look at."""

    instruction: str
    expected: str
    said: str


class TrackedRun(FrozenModel):
    """Where a run can be looked at."""

    place: str | None
    """An address, or the path of a file that can be uploaded later; None: nothing was kept."""
    failures: Mapping[str, int] = {}
    """How many calls of the tracker failed, by the name of the error: training went on."""


class ExperimentTracker(Protocol):
    """Records one run of training. No call raises or waits for a network: what fails is counted and logged once."""

    def log_parameters(self, parameters: Mapping[str, JsonValue]) -> None:
        """Record what the run was started with; nested keys are joined by a dot."""
        ...

    def log_step(self, stage: str, figures: StepFigures) -> None:
        """Record the figures of one step under a stage's name, "sft" or "dpo"."""
        ...

    def log_figures(self, figures: Mapping[str, JsonValue]) -> None:
        """Record figures of the whole run."""
        ...

    def log_samples(self, stage: str, samples: Sequence[TrackedSample]) -> None:
        """Record what the model of a stage says."""
        ...

    def finish(self) -> TrackedRun:
        """Write what is left and return where the run can be seen; a second call returns the same."""
        ...
