"""The port of what trains. The suite `tests/contracts/model_trainer.py` holds its adapters and fakes."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from llm_engineering.application.train.configuration import DpoStage, SftStage
from llm_engineering.domain.language_models import ChatMessage
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.training import DatasetReference, StageFigures, StepFigures, TrainingMethod, WeightsKind


class BaseModelFacts(FrozenModel):
    """What is known of a base model before it is loaded."""

    name: str
    """As it was named."""
    revision: str | None
    """As `TrainedModel.base_revision`."""
    licence: str | None
    chat_template: str
    context_tokens: int
    """Most tokens that it reads and writes together."""


class InstructTokens(FrozenModel):
    """An instruct sample as a model reads it."""

    prompt: tuple[int, ...]
    answer: tuple[int, ...]
    """The token that ends a reply included."""


class PreferenceTokens(FrozenModel):
    """A preference sample as a model reads it."""

    prompt: tuple[int, ...]
    chosen: tuple[int, ...]
    """The token that ends a reply included, here and below."""
    rejected: tuple[int, ...]


SampleTokens = InstructTokens | PreferenceTokens


class StageJob(FrozenModel):
    """One stage of training, with data that was checked."""

    method: TrainingMethod
    settings: SftStage | DpoStage
    dataset: DatasetReference
    train: tuple[SampleTokens, ...]
    """At least one; all of the method's kind, none longer than `settings.max_length`."""
    test: tuple[SampleTokens, ...]
    """At least one if `settings.evaluation_steps` is set."""
    start: Path | None
    """Where `trained_weights` of the stage before lie; None: it starts from the base model."""
    folder: Path
    """Of this stage: checkpoints, and what it made. What lies there of a killed run is gone on with."""

    @property
    def trained_weights(self) -> Path:
        """Folder of what the stage made, once it is finished."""
        return self.folder / "trained"


class TrainingProgress(FrozenModel):
    """How far a stage is."""

    method: TrainingMethod
    step: int
    steps: int
    """At its end."""
    tokens_per_second: float | None = None
    """None: not known yet, here and below."""
    memory_bytes: int | None = None
    """At most so far: of the GPU, or of the process where there is none."""
    loss: float | None = None


class TrainingListener(Protocol):
    """Is told how a training goes. What it raises ends the training."""

    def progressed(self, progress: TrainingProgress) -> None:
        """Take note of how far a stage is; called at each step."""
        ...

    def measured(self, method: TrainingMethod, figures: StepFigures) -> None:
        """Take note of what was measured at a step."""
        ...


class ChatTokenizer(Protocol):
    """Makes tokens of texts, as the model that is trained is served with."""

    def prompt_tokens(self, messages: Sequence[ChatMessage]) -> Sequence[int]:
        """Return what the model reads before it replies."""
        ...

    def answer_tokens(self, answer: str) -> Sequence[int]:
        """Return what it writes if it replies with an answer, the token that ends the reply included."""
        ...


class ModelTrainer(ChatTokenizer, Protocol):
    """Trains one base model in one way, in as many processes as it runs in."""

    @property
    def base(self) -> BaseModelFacts:
        """Its base model; nothing is loaded for it but the tokenizer.

        Raises:
            TwinError: There is no such model, or it is none for chats.
        """
        ...

    @property
    def is_main(self) -> bool:
        """Whether this process is the one that writes results and talks to people and trackers."""
        ...

    def check(self) -> None:
        """Do nothing if what the plan demands can be had here.

        Raises:
            TwinError: A library or a device is missing.
        """
        ...

    def train(self, job: StageJob, listener: TrainingListener) -> StageFigures:
        """Train and return how it went. `job.folder` then has the weights where `trained_weights` says.

        A stage that was finished before is not trained again; one that was killed goes on from its last checkpoint and
        ends in the weights that it would have had. A checkpoint is written whole or not at all.

        Raises:
            TwinError: Memory or disk ran out; the last checkpoint stays.
        """
        ...

    def save(self, job: StageJob, kind: WeightsKind, folder: Path) -> None:
        """Write the weights of a stage that was trained, with the tokenizer and its chat template, to an empty folder.

        Raises:
            TwinError: The disk is full.
        """
        ...

    def replies(self, job: StageJob, asked: Sequence[Sequence[ChatMessage]], max_tokens: int) -> Sequence[str]:
        """Return what the model of a stage that was trained says, one reply for each conversation."""
        ...
