"""What every ExperimentTracker promises, as tests: a suite subclasses this and defines `tracker` and `recorded`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, cast

import pytest

from llm_engineering.application.train.tracking import ExperimentTracker
from tests.support.trackers import SAMPLE, step


@dataclass
class Recorded:
    """What a tracker has kept; all values as text."""

    parameters: dict[str, str] = field(default_factory=dict)
    steps: list[tuple[str, int, str]] = field(default_factory=list)
    """Name with its stage, step and value."""
    said: str = ""
    """All about samples."""


class ExperimentTrackerContract:
    """Holds for every adapter and every fake."""

    @pytest.fixture
    def tracker(self) -> ExperimentTracker:
        raise NotImplementedError

    @pytest.fixture
    def recorded(self, tracker: ExperimentTracker) -> Callable[[], Recorded]:
        """Return what tells what was kept, once the tracker has finished."""
        raise NotImplementedError

    def test_all_that_was_handed_over_is_there_in_the_end(
        self, tracker: ExperimentTracker, recorded: Callable[[], Recorded]
    ) -> None:
        tracker.log_parameters({"learning_rate": 0.5, "lora": {"r": 8, "targets": ["q", "v"]}, "resume": None})
        tracker.log_step("sft", step(1, loss=2.5, learning_rate=0.25))
        tracker.log_step("sft", step(2, loss=1.25))
        tracker.log_step("dpo", step(1, loss=0.5))
        tracker.log_figures({"kind": "adapter", "sft": {"tokens_per_second": 12.5}})
        tracker.log_samples("sft", [SAMPLE])
        run = tracker.finish()

        assert run.place
        assert run.failures == {}
        found = recorded()
        assert found.parameters["learning_rate"] == "0.5"
        assert found.parameters["lora.r"] == "8"
        assert sorted(found.steps) == [
            ("dpo/loss", 1, "0.5"),
            ("sft/learning_rate", 1, "0.25"),
            ("sft/loss", 1, "2.5"),
            ("sft/loss", 2, "1.25"),
        ]
        assert "What is a tide?" in found.said
        assert "The sea that breathes." in found.said

    def test_a_loss_that_is_no_number_is_no_failure(
        self, tracker: ExperimentTracker, recorded: Callable[[], Recorded]
    ) -> None:
        tracker.log_step("sft", step(1, loss=float("nan")))
        tracker.log_step("sft", step(2, loss=1.5))

        assert tracker.finish().failures == {}
        assert recorded().steps[-1] == ("sft/loss", 2, "1.5")

    def test_no_call_waits(self, tracker: ExperimentTracker) -> None:
        begun = monotonic()
        for number in range(1_000):
            tracker.log_step("sft", step(number, loss=1.5))

        assert monotonic() - begun < 2  # 20 milliseconds of computing, on a busy machine
        tracker.finish()

    def test_what_cannot_be_recorded_raises_nothing(self, tracker: ExperimentTracker) -> None:
        strange = cast("Any", {"thing": object(), "deep": {"er": {1: {2}}}})
        tracker.log_parameters(strange)
        tracker.log_figures(strange)
        tracker.log_samples("sft", [])
        tracker.log_step("sft", step(1, loss=1.5))

        tracker.finish()

    def test_finishing_twice_says_the_same_and_ends_the_record(
        self, tracker: ExperimentTracker, recorded: Callable[[], Recorded]
    ) -> None:
        tracker.log_step("sft", step(1, loss=2.5))
        first = tracker.finish()
        tracker.log_step("sft", step(2, loss=1.5))
        tracker.log_parameters({"late": 1})

        assert tracker.finish() == first
        assert recorded().steps == [("sft/loss", 1, "2.5")]
