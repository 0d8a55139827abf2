"""A tracker in memory, and what is told to trackers."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from llm_engineering.application.train.tracking import TrackedRun, TrackedSample
from llm_engineering.domain.training import StepFigures

SAMPLE = TrackedSample(instruction="What is a tide?", expected="The sea that breathes.", said='A "tide",\nit is.')


class RecordingTracker:
    """Keeps everything, and passes the suite of the port."""

    def __init__(self) -> None:
        self.parameters: dict[str, str] = {}
        self.figures: dict[str, JsonValue] = {}
        self.steps: list[tuple[str, int, str, float]] = []
        """Stage, step, name and value."""
        self.samples: dict[str, tuple[TrackedSample, ...]] = {}
        self._is_finished = False

    def log_parameters(self, parameters: Mapping[str, JsonValue]) -> None:
        self.parameters |= {} if self._is_finished else dict(_flat(parameters))

    def log_step(self, stage: str, figures: StepFigures) -> None:
        if not self._is_finished:
            self.steps += [(stage, figures.step, name, value) for name, value in figures.values.items()]

    def log_figures(self, figures: Mapping[str, JsonValue]) -> None:
        self.figures |= {} if self._is_finished else figures

    def log_samples(self, stage: str, samples: Sequence[TrackedSample]) -> None:
        if not self._is_finished:
            self.samples[stage] = tuple(samples)

    def finish(self) -> TrackedRun:
        self._is_finished = True
        return TrackedRun(place="memory")


def _flat(values: Mapping[str, JsonValue], prefix: str = "") -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            pairs += _flat(value, f"{prefix}{name}.")
        else:
            pairs.append((f"{prefix}{name}", str(value)))
    return pairs


def step(number: int, **values: float) -> StepFigures:
    """Return the figures of a step."""
    return StepFigures(step=number, epoch=number / 2, values=values)
