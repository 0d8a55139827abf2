"""What a model was trained by, and what came of it."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result


class TrainingMethod(StrEnum):
    """How a model learns from samples."""

    SFT = "sft"
    """Supervised fine-tuning on instruct samples: the loss of the answer's tokens."""
    DPO = "dpo"
    """Direct preference optimization on preference samples (R. Rafailov et al., NeurIPS 2023)."""


class WeightsKind(StrEnum):
    """What lies in the folder of a model."""

    ADAPTER = "adapter"
    """LoRA matrices only; the base model is needed beside them."""
    MERGED = "merged"
    """The base model with an adapter added to its weights: it needs nothing else."""
    FULL = "full"
    """All weights, trained themselves."""


class DatasetReference(FrozenModel):
    """The set that a model was trained on."""

    name: str
    """Where it came from: an artifact with its version, a path below the data folder, or owner/name on the Hub."""
    content_hash: str
    """SHA-256 over the samples of both sides, in an order that does not depend on that of the file."""
    train: int = Field(ge=0)
    """Samples that it was trained on."""
    test: int = Field(ge=0)
    """Samples that its loss was measured on."""
    contract_hash: str | None = None
    """Of the contract that its samples were made under; None: it does not say."""


class StepFigures(FrozenModel):
    """What was measured at one step of training or of an evaluation within it."""

    step: int = Field(ge=0)
    """Updates of the weights before it."""
    epoch: float = Field(ge=0)
    values: Mapping[str, float]
    """By the names of TRL: "loss", "eval_loss", "learning_rate", "rewards/margins" and so on."""


class StageFigures(FrozenModel):
    """How one stage, SFT or DPO, went."""

    method: TrainingMethod
    dataset: DatasetReference
    steps: int = Field(ge=0)
    """Updates of the weights, those before a resumption included."""
    epochs: float = Field(ge=0)
    stopped_early: bool = False
    """Whether the loss on the test side had stopped falling."""
    resumed_from_step: int | None = None
    """None: it ran from its start to its end at once."""
    seconds: float = Field(ge=0)
    """Of this run of the program, without loading and saving."""
    tokens: int = Field(ge=0)
    """Tokens that were read in training, padding left out, in this run of the program."""
    peak_memory_bytes: int | None = None
    """Of the GPU, or of the process where there is none; None: it is not known."""
    precision: str
    """In which the computation ran, as it was: "float32" or "bfloat16"."""
    history: tuple[StepFigures, ...] = ()
    """In the order of time."""

    @property
    def tokens_per_second(self) -> float:
        """Speed of training; 0 if no time passed."""
        return self.tokens / self.seconds if self.seconds else 0.0

    def values(self, name: str) -> tuple[float, ...]:
        """Return all figures of a name in the order of time."""
        return tuple(each.values[name] for each in self.history if name in each.values)


class SampleReply(FrozenModel):
    """What the model of a stage says to an instruction of the test side."""

    method: TrainingMethod
    instruction: str
    expected: str
    """The answer of the sample; of two, the good one."""
    said: str
    document_id: str | None = None
    """Which document the sample was made of, so that it can be forgotten; None: it does not say."""


class TrainedModel(Result):
    """A model in a folder, with all that a reader needs to judge it."""

    folder: str
    """Holds weights, tokenizer, `contract.json` and this as `training.json`."""
    kind: WeightsKind
    base_model: str
    """As it was named: an id on the Hugging Face Hub or a local folder."""
    base_revision: str | None = None
    """Commit on the Hub, or the SHA-256 of the weights of a local folder; None: it is not known."""
    base_licence: str | None = None
    """As the base model's card names it; None: it does not say."""
    contract_hash: str
    """`PromptContract.contract_hash`, the chat template included."""
    stages: tuple[StageFigures, ...]
    """In the order in which they ran."""
    parameters: Mapping[str, object] = {}
    """All of the YAML that it was trained with, as JSON values."""
    code_version: str | None = None
    """Git commit of the program, "+dirty" behind it if files were changed; None: it is not known."""

    replies: tuple[SampleReply, ...] = ()
    """Of each stage; they quote the author, so `training.json` leaves them out."""

    @property
    def name(self) -> str:
        """What the last stage made of the base model: "sft" or "dpo"; "base" without a stage."""
        return self.stages[-1].method.value if self.stages else "base"

    @property
    def figures(self) -> Figures:
        """Kind, base, contract, and how each stage went."""
        stages = {each.method.value: _stage_figures(each) for each in self.stages}
        return {"kind": self.kind.value, "base_model": self.base_model, "contract": self.contract_hash, **stages}


def _stage_figures(stage: StageFigures) -> Figures:
    last = {name: value for each in stage.history for name, value in each.values.items()}
    return {
        "steps": stage.steps,
        "seconds": round(stage.seconds, 1),
        "tokens_per_second": round(stage.tokens_per_second, 1),
        "peak_memory_mb": None if stage.peak_memory_bytes is None else round(stage.peak_memory_bytes / 1e6),
        "precision": stage.precision,
        "stopped_early": stage.stopped_early,
        "last": last,
    }
