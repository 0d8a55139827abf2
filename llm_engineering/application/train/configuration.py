"""What a YAML file says of the training of a model."""

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, model_validator

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.training import TrainingMethod, WeightsKind

LATEST = "latest"
"""A data set that is the newest of its kind that the pipelines `generate_*_datasets` made."""


class Tuning(StrEnum):
    """Which weights are trained."""

    LORA = "lora"
    """Small matrices beside those of the model (E. Hu et al., ICLR 2022)."""
    QLORA = "qlora"
    """The same beside a model in 4 bits (T. Dettmers et al., NeurIPS 2023); needs CUDA."""
    FULL = "full"
    """All weights; for small models."""


class Precision(StrEnum):
    """In which arithmetic a model is trained."""

    AUTO = "auto"
    """bfloat16 on a GPU that computes in it, else float32."""
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class Schedule(StrEnum):
    """How the learning rate falls after the warm-up."""

    CONSTANT = "constant"
    LINEAR = "linear"
    COSINE = "cosine"


class NothingToTrainError(InvalidInputError):
    """A configuration has no stage."""

    def __init__(self) -> None:
        super().__init__("Neither `sft` nor `dpo` is set.", remedy="Set one of them, or both.")


class NothingToSaveError(InvalidInputError):
    """What is trained would be lost."""

    def __init__(self) -> None:
        super().__init__("`saving.adapter` and `saving.merged` are both false.", remedy="Set one of them to true.")


class UnevenSavingError(InvalidInputError):
    """The best model cannot be kept, because it is not saved when it is measured."""

    def __init__(self, save_steps: int, evaluation_steps: int) -> None:
        super().__init__(
            f"`save_steps` is {save_steps}, which is no multiple of `evaluation_steps` ({evaluation_steps}).",
            remedy="With `early_stopping` a model is kept when it is measured: make it a multiple.",
        )


class NothingToStopByError(InvalidInputError):
    """Training is to stop early without being measured."""

    def __init__(self) -> None:
        super().__init__(
            "`early_stopping` is set, and `evaluation_steps` is not.",
            remedy="Set `evaluation_steps`, or leave `early_stopping` empty.",
        )


class Lora(FrozenModel):
    """The matrices that are trained beside a model's own; unused where all weights are trained."""

    r: int = Field(default=16, ge=1, le=1024)
    """Rank of the matrices."""
    alpha: float = Field(default=32, gt=0)
    """What they add is scaled by alpha / r."""
    dropout: float = Field(default=0.05, ge=0, lt=1)
    """Share of their inputs that is left out at random in training."""
    targets: Literal["all-linear"] | tuple[str, ...] = "all-linear"
    """Names of layers that get them, such as q_proj; or all linear ones but the output layer."""


class Stage(FrozenModel):
    """What SFT and DPO have in common."""

    data: str = LATEST
    """"latest", "artifact:NAME_OR_ID", a file or folder (as it is named, or below the data folder), or owner/name on
    the Hugging Face Hub."""
    learning_rate: float = Field(gt=0, lt=1)
    schedule: Schedule = Schedule.COSINE
    warmup_share: float = Field(default=0.03, ge=0, lt=1)
    """Share of the steps in which the learning rate rises from 0."""
    weight_decay: float = Field(default=0.0, ge=0)
    max_gradient_norm: float = Field(default=1.0, gt=0)
    """Longer gradients are shortened to it."""
    epochs: float = Field(default=1, gt=0)
    """How often each sample is read; `max_steps` goes first."""
    max_steps: int | None = Field(default=None, ge=1)
    """Updates of the weights; None: as many as `epochs` make."""
    batch_size: int = Field(default=4, ge=1)
    """Samples that are computed at once on a device."""
    accumulation: int = Field(default=4, ge=1)
    """Batches before an update: it goes by batch_size * accumulation * devices samples."""
    max_length: int = Field(default=1024, ge=2)
    """Most tokens of a sample, its answer included. Longer ones are left out and counted, never cut."""
    logging_steps: int = Field(default=5, ge=1)
    evaluation_steps: int | None = Field(default=50, ge=1)
    """How often the loss on the test side is measured, and once at the end; None: never."""
    save_steps: int = Field(default=50, ge=1)
    """How often a checkpoint is written, from which a killed run goes on."""
    early_stopping: int | None = Field(default=None, ge=1)
    """Training ends after so many measurements on the test side without a better one, and the best model is taken;
    None: the last one is."""

    @model_validator(mode="after")
    def _require_measured(self) -> Self:
        if self.early_stopping is not None:
            if self.evaluation_steps is None:
                raise NothingToStopByError
            if self.save_steps % self.evaluation_steps:
                raise UnevenSavingError(self.save_steps, self.evaluation_steps)
        return self


class SftStage(Stage):
    """Supervised fine-tuning on an instruct set."""

    learning_rate: float = Field(default=2e-4, gt=0, lt=1)
    answer_only: bool = True
    """Whether the loss is that of the answer, or of the instruction too."""
    packing: bool = False
    """Whether several samples share a row of `max_length` tokens, each reading itself only. A step then has more
    samples."""


class DpoStage(Stage):
    """Direct preference optimization on a preference set."""

    learning_rate: float = Field(default=5e-6, gt=0, lt=1)
    beta: float = Field(default=0.1, gt=0)
    """How closely the model keeps to what it said before: more is closer."""


class DataChecks(FrozenModel):
    """When a data set is no use."""

    max_dropped_share: float = Field(default=0.1, ge=0, le=1)
    """The run fails if a larger share of the samples of a stage cannot be used."""


class Saving(FrozenModel):
    """What is kept of a training, and where."""

    folder: str = "models/twin"
    """Below the data folder unless it is absolute; each stage has a folder of its own in it. What an earlier run wrote
    there is replaced."""
    adapter: bool = True
    """Whether the LoRA matrices are saved by themselves."""
    merged: bool = True
    """Whether they are saved as part of the whole model, which can be served as it is."""
    sample_replies: int = Field(default=3, ge=0, le=100)
    """To how many test instructions each stage's model replies, for people to look at."""
    reply_tokens: int = Field(default=128, ge=1)
    """Most tokens of such a reply."""

    @model_validator(mode="after")
    def _require_something(self) -> Self:
        if not (self.adapter or self.merged):
            raise NothingToSaveError
        return self


class TrainingPlan(FrozenModel):
    """One training: of what, on what, and how."""

    base_model: str = Field(min_length=1)
    """A chat model: a local folder or an id on the Hugging Face Hub."""
    base_revision: str | None = None
    """Branch, tag or commit on the Hub; None: its main branch."""
    tuning: Tuning = Tuning.LORA
    lora: Lora = Lora()
    precision: Precision = Precision.AUTO
    gradient_checkpointing: bool = False
    """Whether activations are computed twice instead of kept: less memory, about a fifth slower."""
    unsloth: bool = False
    """Whether Unsloth loads the model, which has to be installed; one NVIDIA GPU, LoRA or QLoRA only."""
    seed: int = Field(default=42, ge=0)
    sft: SftStage | None = None
    """None: this stage is left out."""
    dpo: DpoStage | None = None
    """It goes on from what SFT made, or from the base model; None: this stage is left out."""
    checks: DataChecks = DataChecks()
    saving: Saving = Saving()

    @model_validator(mode="after")
    def _require_a_stage(self) -> Self:
        if not self.stages:
            raise NothingToTrainError
        return self

    @property
    def stages(self) -> dict[TrainingMethod, SftStage | DpoStage]:
        """The stages in the order in which they run."""
        found: dict[TrainingMethod, SftStage | DpoStage | None] = {
            TrainingMethod.SFT: self.sft,
            TrainingMethod.DPO: self.dpo,
        }
        return {method: stage for method, stage in found.items() if stage is not None}

    @property
    def kinds(self) -> tuple[WeightsKind, ...]:
        """What is saved of each stage; the last one is what the result of the run is."""
        if self.tuning is Tuning.FULL:
            return (WeightsKind.FULL,)
        kinds = {WeightsKind.ADAPTER: self.saving.adapter, WeightsKind.MERGED: self.saving.merged}
        return tuple(kind for kind, is_saved in kinds.items() if is_saved)
