"""What can go wrong in a training, and what to do about it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from llm_engineering.application.train.configuration import TrainingPlan, Tuning
from llm_engineering.application.train.trainer import StageJob
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.training import TrainingMethod
from llm_engineering.infrastructure.training.checkpoints import Checkpoints

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL_WORDS: Final = (
    "No space left on device",
    "PytorchStreamWriter failed writing",
    "unexpected pos",
    "quota exceeded",
)
"""How safetensors and torch, whose errors carry no number, tell that a disk is full."""
_MEMORY_WORDS: Final = ("out of memory", "can't allocate memory", "not enough memory", "Cannot allocate memory")
_SHORTER: Final = 256
"""Below this many tokens, shorter samples are no remedy."""


class TrainExtraMissingError(TwinError):
    """A library for training is not installed."""

    def __init__(self, library: str) -> None:
        super().__init__(
            f"The library {library!r}, which training needs, is not installed.",
            remedy="Install it: pip install 'llm-twin[train]' (or: make setup).",
        )
        self.library = library


class BaseModelMissingError(InvalidInputError):
    """The model that is to be trained is not there."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"The base model {name!r:.200} cannot be had: {reason:.300}.",
            remedy="Name a local folder, or an id on the Hugging Face Hub, in `base_model`. A download needs the "
            "network (HF_HUB_OFFLINE forbids it), and for models that ask for one HUGGINGFACE_ACCESS_TOKEN.",
        )
        self.name = name
        self.reason = reason


class UnusableBaseModelError(InvalidInputError):
    """The model that is to be trained is there, but cannot be trained to reply."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(
            f"The base model {name!r:.200} cannot be trained: {fault:.300}.",
            remedy="Name an instruct model with a chat template and safetensors weights in `base_model`.",
        )
        self.name = name
        self.fault = fault


class QloraNeedsCudaError(InvalidInputError):
    """A model in 4 bits needs what is not there."""

    def __init__(self, missing: str) -> None:
        super().__init__(
            f"`tuning: qlora` needs {missing}, and there is none here.",
            remedy="Set `tuning: lora`, or train on a machine with an NVIDIA GPU and "
            "`pip install 'bitsandbytes>=0.46'`.",
        )
        self.missing = missing


class PrecisionUnavailableError(InvalidInputError):
    """The hardware does not compute in bfloat16."""

    def __init__(self) -> None:
        super().__init__(
            "`precision: bfloat16` needs a GPU that computes in it (NVIDIA Ampere or newer), and there is none here.",
            remedy="Set `precision: auto`, which takes float32 here.",
        )


class UnslothUnavailableError(InvalidInputError):
    """Unsloth is asked for and cannot be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"`unsloth: true` cannot be had: {reason:.300}.",
            remedy="Set `unsloth: false`, or `pip install unsloth` on a machine with one NVIDIA GPU and use lora or "
            "qlora.",
        )
        self.reason = reason


class SeveralGpusError(InvalidInputError):
    """One process sees several GPUs, of which it could use one."""

    def __init__(self, number: int) -> None:
        super().__init__(
            f"This process sees {number} GPUs and trains on one.",
            remedy="Start it with `accelerate launch --config_file configs/accelerate/fsdp.yaml -m tools.train "
            "--config FILE`, or show it one: CUDA_VISIBLE_DEVICES=0.",
        )
        self.number = number


class MemoryExhaustedError(TwinError):
    """A model and its batches do not fit into memory."""

    def __init__(self, plan: TrainingPlan, job: StageJob, device: str) -> None:
        values = (
            f"batch_size {job.settings.batch_size}, accumulation {job.settings.accumulation}, max_length "
            f"{job.settings.max_length}, gradient_checkpointing {str(plan.gradient_checkpointing).lower()}, tuning "
            f"{plan.tuning}, precision {plan.precision}"
        )
        super().__init__(
            f"The memory of the {device} is not enough for `{job.method}` of {plan.base_model} ({values}).",
            remedy=f"{'; '.join(_reductions(plan, job))}. What was trained until the last checkpoint is kept only for "
            "unchanged settings.",
        )
        self.method: TrainingMethod = job.method
        self.device = device


class DiskFullError(TwinError):
    """Weights could not be written; what was written before is whole."""

    def __init__(self, folder: Path, last: Path | None, cause: str) -> None:
        kept = f"The checkpoint {last.name} is whole" if last else "Nothing was lost but this run"
        super().__init__(
            f"The disk of {folder} is full ({cause:.120}).",
            remedy=f"{kept}: make room and run it again, which goes on from there, or name another `saving.folder`.",
        )
        self.folder = folder
        self.last = last


@contextmanager
def told_failures(plan: TrainingPlan, job: StageJob, checkpoints: Checkpoints | None = None) -> Iterator[None]:
    """Turn what libraries raise where memory or disk run out into errors that say what to do; others pass.

    Raises:
        MemoryExhaustedError: There was not enough memory.
        DiskFullError: The disk is full, or files may not become so large.
    """
    try:
        yield
    except (OSError, RuntimeError, MemoryError) as error:
        _tell(plan, job, checkpoints, error)
        raise
    except Exception as error:
        # The errors of safetensors are plain ones.
        if type(error).__module__.startswith("safetensors"):
            _tell(plan, job, checkpoints, error)
        raise


def _tell(plan: TrainingPlan, job: StageJob, checkpoints: Checkpoints | None, error: Exception) -> None:
    text = str(error) or type(error).__name__
    last = checkpoints.last if checkpoints else None
    if getattr(error, "errno", None) in _FULL or any(words in text for words in _FULL_WORDS):
        raise DiskFullError(job.folder, last, text.splitlines()[0]) from error
    if isinstance(error, MemoryError) or any(words in text for words in _MEMORY_WORDS):
        device = "GPU" if "CUDA" in text or type(error).__name__ == "OutOfMemoryError" else "machine"
        raise MemoryExhaustedError(plan, job, device) from error


def _reductions(plan: TrainingPlan, job: StageJob) -> Iterator[str]:
    stage, method = job.settings, job.method
    if stage.batch_size > 1:
        half = stage.batch_size // 2
        yield (
            f"Set `{method}.batch_size` to {half} and `{method}.accumulation` to "
            f"{stage.accumulation * stage.batch_size // half}, which trains the same"
        )
    if not plan.gradient_checkpointing:
        yield "set `gradient_checkpointing: true`"
    if stage.max_length > _SHORTER:
        yield f"lower `{method}.max_length`"
    if plan.tuning is not Tuning.QLORA:
        yield "train less of the model: `tuning: " + ("lora`" if plan.tuning is Tuning.FULL else "qlora` on CUDA")
    yield "take a smaller base model"
