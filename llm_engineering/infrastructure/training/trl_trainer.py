"""The port of what trains, on TRL."""

import gc
import os
import shutil
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from loguru import logger
from pydantic import SecretStr

from llm_engineering.application.train.configuration import SftStage, TrainingPlan, Tuning
from llm_engineering.application.train.folders import partial_folder, put_in_place
from llm_engineering.application.train.trainer import BaseModelFacts, StageJob, TrainingListener
from llm_engineering.domain.language_models import ChatMessage
from llm_engineering.domain.training import StageFigures, TrainingMethod, WeightsKind
from llm_engineering.infrastructure.language_models.chat_tokens import (
    answer_tokens,
    end_token,
    prompt_tokens,
    reply_ends,
)
from llm_engineering.infrastructure.trackers.comet_process import QUIET
from llm_engineering.infrastructure.training.arguments import CHECKPOINTS, trl_arguments
from llm_engineering.infrastructure.training.base_model import base_folder, base_model_facts, loaded_tokenizer
from llm_engineering.infrastructure.training.checkpoints import Checkpoints, step_of
from llm_engineering.infrastructure.training.errors import (
    TrainExtraMissingError,
    UnusableBaseModelError,
    told_failures,
)
from llm_engineering.infrastructure.training.listening import listening_callback, peak_memory_bytes, step_figures
from llm_engineering.infrastructure.training.models import (
    computed_precision,
    is_spread,
    loaded_for_training,
    merged_model,
    name_base,
    require_devices,
    require_one_gpu_each,
    without_known_warnings,
)
from llm_engineering.infrastructure.training.replying import likeliest_replies
from llm_engineering.infrastructure.training.rows import token_rows
from llm_engineering.infrastructure.training.trainers import measure_at_the_end, trainer_class

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

FIGURES_FILE: Final = "figures.json"
"""Beside the weights that a stage made; where it is, the stage is finished."""
_LIBRARIES: Final = ("accelerate", "datasets", "peft", "trl")
_REFERENCE: Final = "ref"
"""TRL's copy of the adapter that DPO starts from, which it saves beside the one that is trained."""
_NOT_OURS: Final = ("training_args.bin", "README.md")
"""What TRL writes beside weights: a pickle, which runs code, and a card that knows neither data nor contract."""


class TrlTrainer:
    """Trains one base model as a plan says.

    Args:
        plan: Which model, which of its weights, and how.
        token: Of the Hugging Face Hub, for models that ask for one.
        callbacks: Of transformers; they are told of each step too.
        base_at: Where the base model lies, if that is another folder than the one that the plan names.
        only_reads: Whether only tokens are asked for, since another machine trains: no weights are downloaded then, and
            neither libraries nor devices are needed.
    """

    def __init__(
        self,
        plan: TrainingPlan,
        *,
        token: SecretStr | None = None,
        callbacks: Sequence[Any] = (),
        base_at: Path | None = None,
        only_reads: bool = False,
    ) -> None:
        # Transformers imports Comet's library wherever it is installed, which then reports errors and watches torch.
        for name, value in QUIET.items():
            os.environ.setdefault(name, value)
        self._plan = plan
        self._token = token
        self._callbacks = tuple(callbacks)
        self._base_at = base_at
        self._only_reads = only_reads

    def check(self) -> None:
        """Do nothing if the libraries, the devices and the base model are there.

        Raises:
            TrainExtraMissingError: The extra `train` is not installed.
            TwinError: What the plan demands is missing.
        """
        from importlib.util import find_spec

        if self._only_reads:
            logger.info("{model} is to be trained elsewhere", model=self.base.name)
            return
        for library in _LIBRARIES:
            if find_spec(library) is None:
                raise TrainExtraMissingError(library)
        require_devices(self._plan)
        require_one_gpu_each()
        logger.info("training {model} of {tuning}", model=self.base.name, tuning=self._plan.tuning)

    @cached_property
    def base(self) -> BaseModelFacts:
        """What is known of the base model."""
        name = self._plan.base_model
        return base_model_facts(name, self._folder, self._tokenizer, is_downloaded=self._is_downloaded)

    @property
    def is_main(self) -> bool:
        """Whether this is the first process."""
        from accelerate import PartialState

        return bool(PartialState().is_main_process)

    def prompt_tokens(self, messages: Sequence[ChatMessage]) -> list[int]:
        """Return what the model reads before it replies, as it is served."""
        return prompt_tokens(self._tokenizer, messages)

    def answer_tokens(self, answer: str) -> list[int]:
        """Return what it writes if it replies with an answer."""
        return answer_tokens(self._tokenizer, answer, self._end)

    def train(self, job: StageJob, listener: TrainingListener) -> StageFigures:
        """Train a stage, from its last checkpoint if it was killed; one that was finished is not trained again."""
        done = job.trained_weights / FIGURES_FILE
        if done.is_file():
            logger.info("{method} was finished before", method=job.method)
            return StageFigures.model_validate_json(done.read_text(encoding="utf-8"))
        checkpoints = Checkpoints(job.folder / CHECKPOINTS)
        with without_known_warnings(), told_failures(self._plan, job, checkpoints):
            trainer, listening = self._trainer(job, listener, checkpoints)
        try:
            return self._trained(job, trainer, listening, checkpoints)
        finally:
            # The next stage needs the memory.
            trainer.accelerator.free_memory()
            del trainer
            gc.collect()

    def save(self, job: StageJob, kind: WeightsKind, folder: Path) -> None:
        """Write the weights of a stage with the tokenizer of the base model to an empty folder."""
        with without_known_warnings(), told_failures(self._plan, job):
            if kind is WeightsKind.MERGED:
                model = merged_model(self._plan, self._folder, job.trained_weights)
                model.save_pretrained(folder)
            else:
                shutil.copytree(job.trained_weights, folder, dirs_exist_ok=True)
                (folder / FIGURES_FILE).unlink()
            self._tokenizer.save_pretrained(folder)

    def replies(self, job: StageJob, asked: Sequence[Sequence[ChatMessage]], max_tokens: int) -> list[str]:
        """Return what the model of a stage says, always its likeliest words; nothing where it is spread over GPUs."""
        if is_spread():
            logger.info("no sample replies: the model is spread over several devices")
            return []
        import torch

        prompts = [self.prompt_tokens(messages) for messages in asked]
        with without_known_warnings(), told_failures(self._plan, job):
            model = loaded_for_training(self._plan, self._folder, job.trained_weights, job.settings.max_length)
            if torch.cuda.is_available() and self._plan.tuning is not Tuning.QLORA:
                model.to("cuda")
            said = likeliest_replies(
                model, self._tokenizer, prompts, ends=self._ends, pad=self._end, max_tokens=max_tokens
            )
            return list(said)

    def _trainer(self, job: StageJob, listener: TrainingListener, checkpoints: Checkpoints) -> tuple[Any, Any]:
        from transformers import EarlyStoppingCallback, PrinterCallback

        settings = job.settings
        precision = computed_precision(self._plan.precision)
        # Before the model is loaded: DeepSpeed shares it out while it is.
        arguments = trl_arguments(self._plan, job, precision, is_new=checkpoints.last is None)
        model = loaded_for_training(self._plan, self._folder, job.start, settings.max_length)
        answer_only = isinstance(settings, SftStage) and settings.answer_only
        listening = listening_callback(job.method, listener)
        callbacks = [listening, *self._callbacks]
        if settings.early_stopping is not None:
            callbacks.append(EarlyStoppingCallback(early_stopping_patience=settings.early_stopping))
        trainer = trainer_class(job.method)(
            model=model,
            **self._reference(job),
            args=arguments,
            train_dataset=token_rows(job.train, answer_only=answer_only),
            eval_dataset=token_rows(job.test, answer_only=answer_only) if settings.evaluation_steps else None,
            # One of its own: TRL gives it a pad token where there is none.
            processing_class=loaded_tokenizer(self._plan.base_model, self._folder),
            callbacks=callbacks,
            checkpoints=checkpoints,
        )
        trainer.remove_callback(PrinterCallback)
        return trainer, listening

    def _reference(self, job: StageJob) -> dict[str, Any]:
        """Return the model that DPO compares with, where it is another one than the model without its new adapter."""
        if job.method is TrainingMethod.DPO and self._plan.tuning is Tuning.FULL:
            return {"ref_model": loaded_for_training(self._plan, self._folder, job.start, job.settings.max_length)}
        return {}

    def _trained(
        self,
        job: StageJob,
        trainer: Any,  # noqa: ANN401 - a class that is made of optional libraries
        listening: Any,  # noqa: ANN401 - the same
        checkpoints: Checkpoints,
    ) -> StageFigures:
        last = checkpoints.last
        started = time.perf_counter()
        with without_known_warnings(), told_failures(self._plan, job, checkpoints):
            trainer.train(resume_from_checkpoint=None if last is None else str(last))
            measure_at_the_end(job, trainer)
            seconds = time.perf_counter() - started - trainer.seconds_saving
            state = trainer.state
            figures = StageFigures(
                method=job.method,
                dataset=job.dataset,
                steps=state.global_step,
                epochs=state.epoch or 0.0,
                stopped_early=job.settings.early_stopping is not None and state.global_step < state.max_steps,
                resumed_from_step=None if last is None else step_of(last),
                seconds=seconds,
                tokens=listening.tokens,
                peak_memory_bytes=peak_memory_bytes(),
                precision=computed_precision(self._plan.precision).value,
                history=tuple(filter(None, map(step_figures, state.log_history))),
            )
            self._keep(job, trainer, figures)
        return figures

    def _keep(self, job: StageJob, trainer: Any, figures: StageFigures) -> None:  # noqa: ANN401 - see above
        """Write what a stage made, whole or not at all; every process takes part, where each has a share of it."""
        new, wait = partial_folder(job.trained_weights), trainer.accelerator.wait_for_everyone
        if self.is_main:
            shutil.rmtree(new, ignore_errors=True)
        wait()
        try:
            trainer.save_model(str(new))
            wait()
            if self.is_main:
                self._complete(new, figures)
                put_in_place(new, job.trained_weights)
                shutil.rmtree(job.folder / CHECKPOINTS, ignore_errors=True)
        except BaseException:
            if self.is_main:
                shutil.rmtree(new, ignore_errors=True)
            raise
        wait()

    def _complete(self, new: Path, figures: StageFigures) -> None:
        for name in _NOT_OURS:
            (new / name).unlink(missing_ok=True)
        shutil.rmtree(new / _REFERENCE, ignore_errors=True)
        name_base(new, self._plan.base_model, self.base.revision if self._is_downloaded else None)
        self._tokenizer.save_pretrained(new)
        (new / FIGURES_FILE).write_text(figures.model_dump_json(), encoding="utf-8")

    @property
    def _is_downloaded(self) -> bool:
        return self._base_at is None and not Path(self._plan.base_model).expanduser().is_dir()

    @cached_property
    def _folder(self) -> Path:
        plan = self._plan
        if self._base_at is not None:
            return self._base_at
        return base_folder(plan.base_model, plan.base_revision, self._token, with_weights=not self._only_reads)

    @cached_property
    def _tokenizer(self) -> "PreTrainedTokenizerFast":
        return loaded_tokenizer(self._plan.base_model, self._folder)

    @cached_property
    def _ends(self) -> frozenset[int]:
        """Tokens at which replies of the model stop when it is served."""
        from transformers import GenerationConfig

        has_own = (self._folder / "generation_config.json").is_file()
        return reply_ends(self._tokenizer, GenerationConfig.from_pretrained(str(self._folder)) if has_own else None)

    @cached_property
    def _end(self) -> int:
        found = end_token(self._tokenizer, self._ends)
        if found is None:
            raise UnusableBaseModelError(self._plan.base_model, "it has no token that ends a reply")
        return found
