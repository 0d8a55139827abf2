"""Samples, plans and a tracker for tests of training."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydantic import JsonValue

from llm_engineering.application.prompts.contract import prompt_contract
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.train.checks import StageSource, token_count
from llm_engineering.application.train.configuration import DpoStage, SftStage, TrainingPlan
from llm_engineering.application.train.folders import whole_folder
from llm_engineering.application.train.tracking import TrackedRun, TrackedSample
from llm_engineering.application.train.trainer import BaseModelFacts, StageJob, TrainingListener, TrainingProgress
from llm_engineering.domain.language_models import ChatMessage
from llm_engineering.domain.samples import InstructSample, PreferenceSample, Split
from llm_engineering.domain.training import StageFigures, StepFigures, TrainingMethod, WeightsKind

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


def killed_plan(base_model: Path, folder: Path, tuning: str) -> TrainingPlan:
    """Return a plan with all that a resumption may lose: dropout, warm-up, momentum, the order of samples."""
    return tiny_plan(
        base_model,
        folder,
        tuning=tuning,
        lora={"r": 8, "alpha": 16, "dropout": 0.2},
        sft=tiny_sft(warmup_share=0.3, accumulation=2, max_steps=8, save_steps=3, evaluation_steps=4),
        dpo=tiny_dpo(warmup_share=0.3, max_steps=6, save_steps=2, evaluation_steps=3),
        saving={"folder": str(folder), "adapter": True, "merged": False, "sample_replies": 0},
    )


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


class WordTrainer:
    """A trainer without a model: its tokens are words, and its weights a text that names each step that was made.

    Args:
        fails_at: The step of a stage at which it raises once, after its checkpoint.
        is_main: Whether it writes results.
    """

    def __init__(self, fails_at: tuple[TrainingMethod, int] | None = None, *, is_main: bool = True) -> None:
        self.trained: list[tuple[TrainingMethod, int]] = []
        self.is_main = is_main
        self._fails_at = fails_at
        self._words: dict[str, int] = {}

    @property
    def base(self) -> BaseModelFacts:
        """A model that reads 128 words."""
        return BaseModelFacts(
            name="tides/words", revision="r1", licence="mit", chat_template="words", context_tokens=128
        )

    def check(self) -> None:
        """Nothing is missing."""

    def prompt_tokens(self, messages: Sequence[ChatMessage]) -> list[int]:
        """Return a number for each word."""
        return [self._number(word) for message in messages for word in message.content.split()]

    def answer_tokens(self, answer: str) -> list[int]:
        """Return a number for each word, and 0 for the end."""
        return [*map(self._number, answer.split()), 0]

    def train(self, job: StageJob, listener: TrainingListener) -> StageFigures:
        """Write a line for each step into a checkpoint."""
        done, weights = job.trained_weights / "figures.json", job.trained_weights / "weights.txt"
        if done.is_file():
            return StageFigures.model_validate_json(done.read_text(encoding="utf-8"))
        before = "" if job.start is None else (job.start / "weights.txt").read_text(encoding="utf-8")
        checkpoint = job.folder / "checkpoint.txt"
        lines = checkpoint.read_text(encoding="utf-8").splitlines() if checkpoint.is_file() else []
        resumed, steps = len(lines) or None, job.settings.max_steps or 1
        job.folder.mkdir(parents=True, exist_ok=True)
        for step in range(len(lines) + 1, steps + 1):
            lines.append(f"{job.method} {step}")
            self.trained.append((job.method, step))
            checkpoint.write_text("\n".join(lines), encoding="utf-8")
            listener.progressed(TrainingProgress(method=job.method, step=step, steps=steps))
            listener.measured(job.method, _loss(step))
            if self._fails_at == (job.method, step):
                self._fails_at = None
                raise KilledError
        figures = StageFigures(
            method=job.method,
            dataset=job.dataset,
            steps=steps,
            epochs=1.0,
            resumed_from_step=resumed,
            seconds=1.0,
            tokens=sum(map(token_count, job.train)),
            precision="float32",
            history=tuple(map(_loss, range(1, steps + 1))),
        )
        with whole_folder(job.trained_weights) as new:
            (new / weights.name).write_text("\n".join([*filter(None, [before]), *lines]), encoding="utf-8")
            (new / done.name).write_text(figures.model_dump_json(), encoding="utf-8")
        return figures

    def save(self, job: StageJob, kind: WeightsKind, folder: Path) -> None:
        """Copy the text, with the kind as its first line, and the template."""
        text = (job.trained_weights / "weights.txt").read_text(encoding="utf-8")
        (folder / "weights.txt").write_text(f"{kind}\n{text}", encoding="utf-8")
        (folder / "chat_template.jinja").write_text(self.base.chat_template, encoding="utf-8")

    def replies(self, job: StageJob, asked: Sequence[Sequence[ChatMessage]], max_tokens: int) -> list[str]:
        """Return the question after the name of the stage, no longer than is allowed."""
        return [" ".join([job.method, *messages[-1].content.split()][:max_tokens]) for messages in asked]

    def _number(self, word: str) -> int:
        return self._words.setdefault(word, len(self._words) + 1)


class KilledError(Exception):
    """Stands for the end of a process."""


def _loss(step: int) -> StepFigures:
    return StepFigures(step=step, epoch=step / 10, values={"loss": 1.0 / step})


@pytest.fixture(scope="session")
def one_thread() -> Iterator[None]:
    """Let torch compute in one thread: sums come in one order, and neighbours keep their processor."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
