"""Trains a tiny model in a process of its own, which kills itself.

`python -m tests.support.training_process BASE FOLDER TUNING [STAGE STEP]`: the base model, the folder of the models,
lora or full, and where the process ends as if its power was cut; without a stage it trains to the end.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from llm_engineering.application.train.program import checked_stages, trained_model
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from tests.support.training import CONTRACT, killed_plan, sources


class Killer(TrainerCallback):
    """Ends the process at a step of a stage."""

    def __init__(self, stage: str, step: int) -> None:
        self._stage = stage
        self._step = step

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        if Path(args.output_dir).parent.name.startswith(self._stage) and state.global_step == self._step:
            os.kill(os.getpid(), signal.SIGKILL)


def main(base: str, folder: str, tuning: str, *place: str) -> None:
    """Train."""
    import torch

    torch.set_num_threads(1)
    plan = killed_plan(Path(base), Path(folder), tuning)
    callbacks = [Killer(place[0], int(place[1]))] if place else []
    trainer = TrlTrainer(plan, callbacks=callbacks)
    stages = checked_stages(plan, sources(plan), trainer, CONTRACT)
    trained_model(plan, stages, trainer=trainer, contract=CONTRACT, folder=Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
