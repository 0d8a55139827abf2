"""Trains a tiny model in processes that are killed.

`python -m tests.support.training_process BASE FOLDER`: by LoRA and all weights, once without an interruption, into
FOLDER/TUNING/whole, and once into FOLDER/TUNING/killed, by processes of which the first two are killed between
checkpoints. They are forked from this one, so that the libraries are loaded once. Prints how each ended, as JSON.
"""

import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from llm_engineering.application.train.program import checked_stages, trained_model
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from tests.support.training import CONTRACT, killed_plan, sources

PLACES = (("sft", 5), ("dpo", 3))
"""Where a process ends as if its power was cut: a stage and a step of it."""


class Killer(TrainerCallback):
    """Ends the process at a step of a stage."""

    def __init__(self, stage: str, step: int) -> None:
        self._stage = stage
        self._step = step

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if Path(args.output_dir).parent.name.startswith(self._stage) and state.global_step == self._step:
            os.kill(os.getpid(), signal.SIGKILL)


def ended(base: Path, folder: Path, tuning: str, place: tuple[str, int] | None = None) -> int:
    """Return how a process that trains ended: 0, or minus the number of the signal that killed it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            train(base, folder, tuning, [] if place is None else [Killer(*place)])
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def train(base: Path, folder: Path, tuning: str, callbacks: list[Killer]) -> None:
    """Train all that is left."""
    plan = killed_plan(base, folder, tuning)
    trainer = TrlTrainer(plan, callbacks=callbacks)
    stages = checked_stages(plan, sources(plan), trainer, CONTRACT)
    trained_model(plan, stages, trainer=trainer, contract=CONTRACT, folder=folder)


def statuses(base: Path, folder: Path, tuning: str) -> list[int]:
    """Train without and with interruptions, and return how each process ended."""
    whole = ended(base, folder / tuning / "whole", tuning)
    return [whole, *(ended(base, folder / tuning / "killed", tuning, place) for place in (*PLACES, None))]


def main(base: str, folder: str) -> None:
    """Train in both ways."""
    import torch

    torch.set_num_threads(1)
    for library in ("peft", "trl.trainer.sft_trainer", "trl.trainer.dpo_trainer"):
        import_module(library)
    found = {tuning: statuses(Path(base), Path(folder), tuning) for tuning in ("lora", "full")}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
