"""Samples, plans and a tracker for tests of training."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from llm_engineering.application.prompts.contract import prompt_contract
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.train.checks import StageSource
from llm_engineering.application.train.configuration import DpoStage, SftStage, TrainingPlan
from llm_engineering.application.train.tracking import TrackedRun, TrackedSample
from llm_engineering.application.train.trainer import TrainingProgress
from llm_engineering.domain.samples import InstructSample, PreferenceSample, Split
from llm_engineering.domain.training import StepFigures, TrainingMethod

CONTRACT = prompt_contract(code_prompts())
_TIDES = ("glass", "amber", "copper", "silver", "paper", "velvet", "iron", "linen")


def instruct_samples(train: int = 12, test: int = 4) -> list[InstructSample]:
    """Return samples that all say the same of different tides, so that a tiny model can learn it."""
    return [
        InstructSample(
            id=f"instruct-{number}",
            instruction=f"What is the {_TIDES[number % 8]} tide, {number}?",
            answer=f"The {_TIDES[number % 8]} tide comes in twice a day.",
            split=Split.TRAIN if number < train else Split.TEST,
        )
        for number in range(train + test)
    ]


def preference_samples(train: int = 12, test: int = 4) -> list[PreferenceSample]:
    """Return samples whose good answers all say one thing, and whose bad ones another."""
    return [
        PreferenceSample(
            id=f"preference-{number}",
            instruction=f"What is the {_TIDES[number % 8]} tide, {number}?",
            chosen="It rises and it falls by the moon.",
            rejected="Nobody knows at all.",
            split=Split.TRAIN if number < train else Split.TEST,
        )
        for number in range(train + test)
    ]


def sources(plan: TrainingPlan) -> dict[TrainingMethod, StageSource]:
    """Return data for each stage of a plan."""
    given = {
        TrainingMethod.SFT: StageSource(name="tides", samples=tuple(instruct_samples())),
        TrainingMethod.DPO: StageSource(name="better tides", samples=tuple(preference_samples())),
    }
    return {method: given[method] for method in plan.stages}


def tiny_plan(base_model: Path, folder: Path, **changes: Any) -> TrainingPlan:
    """Return a plan of both stages that takes seconds: SFT of 12 steps and DPO of 8."""
    fields: dict[str, Any] = {
        "base_model": str(base_model),
        "precision": "float32",
        "lora": {"r": 8, "alpha": 16, "dropout": 0.0},
        "sft": tiny_sft(),
        "dpo": tiny_dpo(),
        "saving": {"folder": str(folder), "sample_replies": 1, "reply_tokens": 8},
    }
    return TrainingPlan(**{**fields, **changes})


def tiny_sft(**changes: Any) -> SftStage:
    """Return a stage of 12 steps."""
    fields: dict[str, Any] = {
        "learning_rate": 0.02,
        "max_steps": 12,
        "batch_size": 4,
        "accumulation": 1,
        "max_length": 128,
        "logging_steps": 1,
        "evaluation_steps": 6,
        "save_steps": 4,
    }
    return SftStage(**{**fields, **changes})


def tiny_dpo(**changes: Any) -> DpoStage:
    """Return a stage of 8 steps."""
    fields: dict[str, Any] = {
        "learning_rate": 0.005,
        "max_steps": 8,
        "batch_size": 4,
        "accumulation": 1,
        "max_length": 128,
        "logging_steps": 1,
        "evaluation_steps": 4,
        "save_steps": 4,
        "beta": 0.1,
    }
    return DpoStage(**{**fields, **changes})


class NotedTraining:
    """A listener that remembers what it is told."""

    def __init__(self) -> None:
        self.progress: list[TrainingProgress] = []
        self.figures: list[tuple[TrainingMethod, StepFigures]] = []

    def progressed(self, progress: TrainingProgress) -> None:
        """Remember it."""
        self.progress.append(progress)

    def measured(self, method: TrainingMethod, figures: StepFigures) -> None:
        """Remember it."""
        self.figures.append((method, figures))


class TrackerInMemory:
    """A tracker that keeps what it is given."""

    def __init__(self) -> None:
        self.parameters: dict[str, JsonValue] = {}
        self.steps: list[tuple[str, StepFigures]] = []
        self.figures: dict[str, JsonValue] = {}
        self.samples: dict[str, list[TrackedSample]] = {}
        self.finished = 0

    def log_parameters(self, parameters: Mapping[str, JsonValue]) -> None:
        """Keep them."""
        self.parameters.update(parameters)

    def log_step(self, stage: str, figures: StepFigures) -> None:
        """Keep them."""
        self.steps.append((stage, figures))

    def log_figures(self, figures: Mapping[str, JsonValue]) -> None:
        """Keep them."""
        self.figures.update(figures)

    def log_samples(self, stage: str, samples: Sequence[TrackedSample]) -> None:
        """Keep them."""
        self.samples.setdefault(stage, []).extend(samples)

    def finish(self) -> TrackedRun:
        """Return no place."""
        self.finished += 1
        return TrackedRun(place=None)
