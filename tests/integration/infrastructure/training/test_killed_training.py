"""A training that is killed and started again ends in the weights of one that was not."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from llm_engineering.application.train.program import saved_training

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def ran(base: Path, folder: Path, tuning: str, *place: str) -> int:
    """Return what a process that trains ended with."""
    command = [sys.executable, "-m", "tests.support.training_process", str(base), str(folder), tuning, *place]
    done = subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, check=False)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr.decode()
    return done.returncode


@pytest.mark.parametrize(("tuning", "kind"), [("lora", "adapter"), ("full", "full")])
def test_the_weights_are_the_same(tiny_chat_model: Path, tmp_path: Path, tuning: str, kind: str) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert ran(tiny_chat_model, whole, tuning) == 0

    # Between two checkpoints of the first stage, then of the second one.
    assert ran(tiny_chat_model, killed, tuning, "sft", "5") == -signal.SIGKILL
    assert ran(tiny_chat_model, killed, tuning, "dpo", "3") == -signal.SIGKILL
    assert ran(tiny_chat_model, killed, tuning) == 0

    for stage in ("sft", "dpo"):
        (file,) = (whole / stage / kind).glob("*.safetensors")
        expected, found = load_file(file), load_file(killed / stage / kind / file.name)
        assert expected.keys() == found.keys()
        assert [name for name in expected if expected[name].tobytes() != found[name].tobytes()] == []
    sft, dpo = saved_training(killed / "dpo" / kind).stages
    assert (sft.resumed_from_step, dpo.resumed_from_step) == (3, 2)
    # What was measured before the kill is not lost.
    assert len(sft.values("loss")) == 8
    assert len(dpo.values("loss")) == 6
    assert not (tmp_path / ".killed.training").exists()
