"""What is told of a training while it runs."""

import resource
import sys
import time
from collections.abc import Mapping
from typing import Any, Final

from llm_engineering.application.train.trainer import TrainingListener, TrainingProgress
from llm_engineering.domain.training import StepFigures, TrainingMethod

_LEFT_OUT: Final = frozenset({"epoch", "step", "total_flos"})
_SUMMED_UP: Final = "train_"
"""TRL's figures of a whole run begin so; ours are in `StageFigures`."""
_TOKENS: Final = "num_tokens"
"""TRL's name for the tokens that were read in this run of the program."""


def step_figures(entry: Mapping[str, Any]) -> StepFigures | None:
    """Return the figures of an entry of the trainer's history; None if it has none of a step."""
    values = {
        name: float(value)
        for name, value in entry.items()
        if name not in _LEFT_OUT and not name.startswith(_SUMMED_UP) and isinstance(value, int | float)
    }
    if not values:
        return None
    return StepFigures(step=int(entry.get("step", 0)), epoch=float(entry.get("epoch") or 0), values=values)


def peak_memory_bytes() -> int:
    """Return the most memory that was in use so far: of the GPU, or of the process where there is none."""
    import torch

    if torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def listening_callback(method: TrainingMethod, listener: TrainingListener) -> Any:  # noqa: ANN401
    """Return a callback of transformers that tells a listener of each step and each measurement."""
    from transformers import TrainerCallback

    class Listening(TrainerCallback):
        """Knows how many tokens were read, and since when."""

        def __init__(self) -> None:
            self.tokens = 0
            self._started = time.perf_counter()
            self._rate: float | None = None
            self._loss: float | None = None

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
            self._started = time.perf_counter()
            self._tell(state)

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
            self._tell(state)

        def on_log(self, args: Any, state: Any, control: Any, **given: Any) -> None:  # noqa: ANN401, ARG002
            figures = step_figures({**given.get("logs", {}), "step": state.global_step, "epoch": state.epoch})
            if figures is None:
                return
            self.tokens = max(self.tokens, int(figures.values.get(_TOKENS, 0)))
            self._rate = self.tokens / (time.perf_counter() - self._started) or None
            self._loss = figures.values.get("loss", self._loss)
            if state.is_world_process_zero:
                listener.measured(method, figures)

        def _tell(self, state: Any) -> None:  # noqa: ANN401
            if state.is_world_process_zero:
                listener.progressed(
                    TrainingProgress(
                        method=method,
                        step=state.global_step,
                        steps=state.max_steps,
                        tokens_per_second=self._rate,
                        memory_bytes=peak_memory_bytes(),
                        loss=self._loss,
                    )
                )

    return Listening()
