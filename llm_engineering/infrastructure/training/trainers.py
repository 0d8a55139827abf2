"""TRL's trainers, whose data are tokens already and whose checkpoints are whole."""

import time
from typing import Any

from llm_engineering.application.train.trainer import StageJob
from llm_engineering.domain.training import TrainingMethod
from llm_engineering.infrastructure.training.checkpoints import Checkpoints


def trainer_class(method: TrainingMethod) -> Any:  # noqa: ANN401 - a class that is made of optional libraries
    """Return the trainer of a method; it takes `checkpoints` beside the arguments of TRL's own."""
    from trl.trainer.dpo_trainer import DPOTrainer
    from trl.trainer.sft_trainer import SFTTrainer

    class WholeCheckpoints:
        """Writes each checkpoint beside its place and renames it, whichever trainer it is mixed into."""

        def __init__(self, *args: Any, checkpoints: Checkpoints, **kwargs: Any) -> None:  # noqa: ANN401
            self.checkpoints = checkpoints
            self.seconds_saving = 0.0
            self._is_writing = False
            super().__init__(*args, **kwargs)

        def _get_output_dir(self, trial: Any) -> str:  # noqa: ANN401
            if self._is_writing:
                return str(self.checkpoints.being_written)
            output: str = super()._get_output_dir(trial)  # type: ignore[misc]  # of the trainer
            return output

        def _save_checkpoint(self, model: Any, trial: Any) -> None:  # noqa: ANN401
            this: Any = self
            started, step = time.perf_counter(), this.state.global_step
            is_main = this.accelerator.is_main_process
            if this.state.best_global_step == step:
                # The state is written with the checkpoint, and names the place that it will have.
                this.state.best_model_checkpoint = str(self.checkpoints.of(step))
            best = this.state.best_model_checkpoint
            with self.checkpoints.writing(is_main=is_main) as folder:
                this.accelerator.wait_for_everyone()
                self._is_writing = True
                try:
                    super()._save_checkpoint(model, trial)  # type: ignore[misc]  # of the trainer
                finally:
                    self._is_writing = False
                this.accelerator.wait_for_everyone()
                this.state.best_model_checkpoint = best
                if is_main:
                    this.state.save_to_json(str(folder / self.checkpoints.of(step).name / "trainer_state.json"))
                    self.checkpoints.put(step, self.checkpoints.folder / best if best else None)
            this.accelerator.wait_for_everyone()
            self.seconds_saving += time.perf_counter() - started

        def create_model_card(self, *_: object, **__: object) -> None:
            """Write no card: what TRL writes knows neither data nor contract."""

    class SftTrainer(WholeCheckpoints, SFTTrainer):
        """Fine-tunes on rows with `input_ids` and `labels`, which TRL takes as they are."""

    class DpoTrainer(WholeCheckpoints, DPOTrainer):
        """Optimizes on rows with `prompt_ids`, `chosen_ids` and `rejected_ids`."""

        def _prepare_dataset(self, dataset: Any, *_: object, **__: object) -> Any:  # noqa: ANN401
            # TRL would render the messages by itself.
            return dataset

    return SftTrainer if method is TrainingMethod.SFT else DpoTrainer


def measure_at_the_end(job: StageJob, trainer: Any) -> None:  # noqa: ANN401 - a class of optional libraries
    """Measure the last model on the test side, if that was not done at the last step."""
    settings, state = job.settings, trainer.state
    is_measured = any("eval_loss" in each and each["step"] == state.global_step for each in state.log_history)
    # Where training stops early it ends with the best model, which was measured when it was found.
    if settings.evaluation_steps is not None and settings.early_stopping is None and not is_measured:
        trainer.evaluate()
