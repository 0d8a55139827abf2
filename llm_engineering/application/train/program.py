"""The one program that trains: SFT, then DPO on its result. A laptop, several GPUs and a cloud run the same."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from loguru import logger

from llm_engineering.application.prompts.contract import CONTRACT_FILE, contract_text, folder_chat_template
from llm_engineering.application.train.checks import CheckedStage, StageSource, asked, checked_stage
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.files import TRAINING_FILE
from llm_engineering.application.train.folders import whole_folder
from llm_engineering.application.train.tracking import ExperimentTracker, TrackedSample
from llm_engineering.application.train.trainer import ModelTrainer, StageJob, TrainingProgress
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.domain.samples import Sample
from llm_engineering.domain.training import (
    SampleReply,
    StageFigures,
    StepFigures,
    TrainedModel,
    TrainingMethod,
    WeightsKind,
)


def checked_stages(
    plan: TrainingPlan, sources: Mapping[TrainingMethod, StageSource], trainer: ModelTrainer, contract: PromptContract
) -> tuple[CheckedStage, ...]:
    """Return what each stage of a plan trains on; all that can be found wrong before a model is loaded is told here.

    Args:
        plan: What is to be trained.
        sources: The samples of each of its stages.
        trainer: Knows the model and its tokenizer.
        contract: The current one, without a chat template.

    Raises:
        TwinError: A library, a device or the base model is missing, or a data set cannot be used.
    """
    trainer.check()
    return tuple(
        checked_stage(
            method,
            sources[method],
            settings,
            tokenizer=trainer,
            contract=contract,
            context_tokens=trainer.base.context_tokens,
            model=trainer.base.name,
            checks=plan.checks,
        )
        for method, settings in plan.stages.items()
    )


def model_folder(folder: Path, method: TrainingMethod, kind: WeightsKind) -> Path:
    """Return where a model of a stage is saved below the folder of a plan."""
    return folder / method.value / kind.value


def trained_model(
    plan: TrainingPlan,
    stages: Sequence[CheckedStage],
    *,
    trainer: ModelTrainer,
    contract: PromptContract,
    folder: Path,
    tracker: ExperimentTracker | None = None,
    on_progress: Callable[[TrainingProgress], None] = lambda _progress: None,
    code_version: str | None = None,
    work: Path | None = None,
) -> TrainedModel:
    """Train all stages of a plan, save their models and return the last one.

    Killed and started again with the same plan and data, it goes on from the last checkpoint, and a stage that was
    finished is not repeated. Checkpoints are deleted when all models are saved.

    Args:
        plan: What is trained.
        stages: What `checked_stages` gave for it, or the first of them, to end with these.
        trainer: Does it.
        contract: The current one, without a chat template.
        folder: Models are saved as `model_folder` says.
        tracker: Records the training; None: nobody does.
        on_progress: Is told how far a stage is.
        code_version: As `TrainedModel.code_version`.
        work: Where checkpoints lie, and what stages made before it is saved; None: beside the folder.

    Raises:
        TwinError: Memory or disk ran out; running it again goes on.
    """
    place = work or folder.with_name(f".{folder.name}.training")
    run = _Run(plan, trainer, contract, folder, place, tracker if trainer.is_main else None, code_version)
    listener = _Listener(run.tracker, on_progress)
    if run.tracker is not None:
        run.tracker.log_parameters(plan.model_dump(mode="json"))
    try:
        figures, replies = [], []
        jobs = run.jobs(stages)
        for job, checked in zip(jobs, stages, strict=True):
            figures.append(trainer.train(job, listener))
            replies += run.replies(job, checked.test_samples)
        model = run.saved(jobs, figures)
        if run.tracker is not None:
            run.tracker.log_figures(model.figures)
        return model.model_copy(update={"replies": tuple(replies)})
    finally:
        if run.tracker is not None:
            logger.info("the record of the training: {place}", place=run.tracker.finish().place or "nowhere")


@dataclass(frozen=True, slots=True)
class _Listener:
    tracker: ExperimentTracker | None
    on_progress: Callable[[TrainingProgress], None]

    def progressed(self, progress: TrainingProgress) -> None:
        self.on_progress(progress)

    def measured(self, method: TrainingMethod, figures: StepFigures) -> None:
        if self.tracker is not None:
            self.tracker.log_step(method.value, figures)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of the program."""

    plan: TrainingPlan
    trainer: ModelTrainer
    contract: PromptContract
    folder: Path
    work: Path
    tracker: ExperimentTracker | None
    code_version: str | None

    def jobs(self, stages: Sequence[CheckedStage]) -> list[StageJob]:
        """Return the jobs of the stages. The name of a job's folder follows from all that its weights depend on."""
        plan, base = self.plan, self.trainer.base
        common = plan.model_dump_json(exclude={"sft", "dpo", "saving", "checks"})
        key = content_hash(common, base.revision, base.chat_template, self.contract.contract_hash)
        jobs: list[StageJob] = []
        for checked in stages:
            settings = plan.stages[checked.method]
            key = content_hash(key, settings.model_dump_json(exclude={"data"}), checked.dataset.content_hash)
            jobs.append(
                StageJob(
                    method=checked.method,
                    settings=settings,
                    dataset=checked.dataset,
                    train=checked.train,
                    test=checked.test,
                    start=jobs[-1].trained_weights if jobs else None,
                    folder=self.work / f"{checked.method.value}-{key[:16]}",
                )
            )
        return jobs

    def replies(self, job: StageJob, test_samples: Sequence[Sample]) -> list[SampleReply]:
        """Return what the model of a stage says to the first samples of the test side; nothing in other processes."""
        samples = test_samples[: self.plan.saving.sample_replies]
        if not (samples and self.trainer.is_main):
            return []
        conversations = [asked(sample, self.contract) for sample in samples]
        said = self.trainer.replies(job, conversations, self.plan.saving.reply_tokens)
        # Fewer, where the model is spread over devices.
        replies = [_reply(job.method, sample, text) for sample, text in zip(samples, said, strict=False)]
        if self.tracker is not None:
            shown = [
                TrackedSample(instruction=one.instruction, expected=one.expected, said=one.said) for one in replies
            ]
            self.tracker.log_samples(job.method.value, shown)
        return replies

    def saved(self, jobs: Sequence[StageJob], figures: Sequence[StageFigures]) -> TrainedModel:
        """Save each model of each stage, each folder whole or not at all, and return the last one."""
        models = [
            self._saved(job, kind, tuple(figures[:number]))
            for number, job in enumerate(jobs, start=1)
            for kind in self.plan.kinds
        ]
        if self.trainer.is_main and len(jobs) == len(self.plan.stages):
            shutil.rmtree(self.work, ignore_errors=True)
        return models[-1]

    def _saved(self, job: StageJob, kind: WeightsKind, stages: tuple[StageFigures, ...]) -> TrainedModel:
        base, place = self.trainer.base, model_folder(self.folder, job.method, kind)
        contract = self.contract.model_copy(update={"chat_template": base.chat_template})
        model = TrainedModel(
            folder=str(place),
            kind=kind,
            base_model=base.name,
            base_revision=base.revision,
            base_licence=base.licence,
            contract_hash=contract.contract_hash,
            stages=stages,
            parameters=self.plan.model_dump(mode="json"),
            code_version=self.code_version,
        )
        return self._written(model, job, place) if self.trainer.is_main else model

    def _written(self, model: TrainedModel, job: StageJob, place: Path) -> TrainedModel:
        with whole_folder(place) as new:
            self.trainer.save(job, model.kind, new)
            # As it lies there, because that is what whoever serves the model compares.
            contract = self.contract.model_copy(update={"chat_template": folder_chat_template(new)})
            model = model.model_copy(update={"contract_hash": contract.contract_hash})
            (new / CONTRACT_FILE).write_text(contract_text(contract), encoding="utf-8")
            (new / TRAINING_FILE).write_text(training_text(model), encoding="utf-8")
        logger.info("saved the {kind} model of {method}: {place}", kind=model.kind, method=model.name, place=place)
        return model


def _reply(method: TrainingMethod, sample: Sample, said: str) -> SampleReply:
    return SampleReply(
        method=method,
        instruction=sample.instruction,
        expected=sample.answers[0],
        said=said,
        document_id=sample.provenance.source.document_id if sample.provenance else None,
    )


def training_text(model: TrainedModel) -> str:
    """Return what `training.json` says of a model: all but the texts of the author in its replies."""
    return json.dumps(model.model_dump(mode="json", exclude={"replies"}), ensure_ascii=False, indent=2) + "\n"
