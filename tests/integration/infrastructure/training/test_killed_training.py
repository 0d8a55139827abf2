"""A training that is killed and started again ends in the weights of one that was not."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from llm_engineering.infrastructure.models.folders import read_trained_model

pytestmark = [pytest.mark.integration, pytest.mark.slow, pytest.mark.timeout(900)]  # ten processes


@pytest.fixture(scope="module")
def folder(tiny_chat_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return where models were trained without and with interruptions."""
    folder = tmp_path_factory.mktemp("killed")
    command = [sys.executable, "-m", "tests.support.training_process", str(tiny_chat_model), str(folder)]
    done = subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, check=False)
    # Killed between two checkpoints of the first stage, then of the second one.
    expected = [0, -signal.SIGKILL, -signal.SIGKILL, 0]
    assert json.loads(done.stdout) == {"lora": expected, "full": expected}, done.stderr.decode()[-3000:]
    return folder


@pytest.mark.parametrize(("tuning", "kind"), [("lora", "adapter"), ("full", "full")])
def test_the_weights_are_the_same(folder: Path, tuning: str, kind: str) -> None:
    whole, killed = folder / tuning / "whole", folder / tuning / "killed"
    for stage in ("sft", "dpo"):
        (file,) = (whole / stage / kind).glob("*.safetensors")
        expected, found = load_file(file), load_file(killed / stage / kind / file.name)
        assert expected.keys() == found.keys()
        assert [name for name in expected if expected[name].tobytes() != found[name].tobytes()] == []
    sft, dpo = read_trained_model(killed / "dpo" / kind).stages
    assert (sft.resumed_from_step, dpo.resumed_from_step) == (3, 2)
    # What was measured before the kill is not lost.
    assert len(sft.values("loss")) == 8
    assert len(dpo.values("loss")) == 6
    assert not (killed.parent / ".killed.training").exists()
