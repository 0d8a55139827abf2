import errno
from pathlib import Path

import pytest

from llm_engineering.application.train.trainer import StageJob
from llm_engineering.domain.training import DatasetReference, TrainingMethod
from llm_engineering.infrastructure.training.checkpoints import Checkpoints
from llm_engineering.infrastructure.training.errors import DiskFullError, MemoryExhaustedError, told_failures
from tests.support.training import tiny_plan, tiny_sft

PLAN = tiny_plan(Path("tides/words"), Path("models"), gradient_checkpointing=True, tuning="full")


def job(folder: Path, batch_size: int = 4) -> StageJob:
    return StageJob(
        method=TrainingMethod.SFT,
        settings=tiny_sft(batch_size=batch_size, max_length=512),
        dataset=DatasetReference(name="tides", content_hash="0", train=1, test=0),
        train=(),
        test=(),
        start=None,
        folder=folder,
    )


def fail(error: Exception, folder: Path, batch_size: int = 4) -> None:
    with told_failures(PLAN, job(folder, batch_size), Checkpoints(folder)):
        raise error


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        OSError(errno.EFBIG, "File too large"),
        RuntimeError("[enforce fail at inline_container.cc:664] . PytorchStreamWriter failed writing file data/1"),
    ],
)
def test_a_full_disk_is_told_with_what_is_left(tmp_path: Path, error: Exception) -> None:
    (tmp_path / "checkpoint-4").mkdir()

    with pytest.raises(DiskFullError, match="The checkpoint checkpoint-4 is whole: make room") as raised:
        fail(error, tmp_path)

    assert raised.value.last == tmp_path / "checkpoint-4"


@pytest.mark.parametrize(
    ("error", "device"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), "GPU"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 99 bytes."), "machine"),
        (MemoryError(), "machine"),
    ],
)
def test_memory_that_runs_out_is_told_with_what_to_reduce(tmp_path: Path, error: Exception, device: str) -> None:
    with pytest.raises(MemoryExhaustedError) as raised:
        fail(error, tmp_path)

    assert raised.value.device == device
    # Activations are computed twice already.
    assert raised.value.remedy.startswith(
        "Set `sft.batch_size` to 2 and `sft.accumulation` to 2, which trains the same; lower `sft.max_length`; train "
        "less of the model: `tuning: lora`; take a smaller base model."
    )


def test_a_single_sample_cannot_be_halved(tmp_path: Path) -> None:
    with pytest.raises(MemoryExhaustedError) as raised:
        fail(MemoryError(), tmp_path, batch_size=1)

    assert raised.value.remedy.startswith("lower `sft.max_length`")


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "Permission denied"), RuntimeError("shapes"), KeyError("x")])
def test_other_errors_stay_what_they_are(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        fail(error, tmp_path)

    assert raised.value is error
