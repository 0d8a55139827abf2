"""Training as work for a job, and its result as a local training leaves it."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import ValidationError

from llm_engineering.application.prompts.contract import CONTRACT_FILE, contract_text
from llm_engineering.application.train.checks import StageSource, TrainingData
from llm_engineering.application.train.configuration import TrainingPlan
from llm_engineering.application.train.files import TRAINING_FILE
from llm_engineering.application.train.folders import put_in_place
from llm_engineering.application.train.program import model_folder, training_text
from llm_engineering.application.train.trainer import BaseModelFacts
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.domain.training import TrainedModel, TrainingMethod
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.container_layout import JOB_CHANNEL
from llm_engineering.infrastructure.aws.container_training import (
    BASE_CHANNEL,
    TRAINED_FILE,
    SentData,
    TrainingOrder,
)
from llm_engineering.infrastructure.aws.job_files import folder_files, job_files
from llm_engineering.infrastructure.aws.job_requests import JobFiles, JobProgram, JobWork, below
from llm_engineering.infrastructure.aws.job_results import BadArchiveError, unpacked
from llm_engineering.infrastructure.aws.job_running import FinishedJob
from llm_engineering.infrastructure.models.folders import NoTrainedModelError, read_trained_model
from llm_engineering.infrastructure.trackers.choice import COMET_FOLDER


def training_work(
    plan: TrainingPlan,
    data: TrainingData,
    sources: Mapping[TrainingMethod, StageSource],
    *,
    paths: Mapping[TrainingMethod, Path],
    contract: PromptContract,
    base: BaseModelFacts,
    code_version: str | None,
    scratch: Path,
) -> JobWork:
    """Return a training as work for a job.

    Args:
        plan: What is trained.
        data: What was found of its data.
        sources: The samples of each stage, for their names, and for those that are neither files nor on the Hub.
        paths: The files and folders of the stages whose data are such.
        contract: Under which the model is trained.
        base: What is known of the base model.
        code_version: Of the code that goes with the job; None: its image has the code.
        scratch: Folder for files that are made for the job; has to be there until they were sent.
    """
    channels = {JOB_CHANNEL: _contract_files(contract, scratch)}
    sent: dict[TrainingMethod, SentData] = {}
    for method, source in sources.items():
        found = _data_files(source, paths.get(method), data.sources[method], scratch / method.value)
        if found is not None:
            channels[method.value] = found
        sent[method] = SentData(
            name=source.name,
            content_hash=str(data.stages[method]["content_hash"]),
            hub_id=data.sources[method] if found is None else None,
        )
    local = Path(plan.base_model).expanduser()
    if local.is_dir():
        channels[BASE_CHANNEL] = job_files(folder_files(local))
    order = TrainingOrder(data=sent, base_commit=None if local.is_dir() else base.revision, code_version=code_version)
    parameters = {**plan.model_dump(mode="json"), **order.model_dump(mode="json")}
    return JobWork(program=JobProgram.TRAIN, parameters=parameters, channels=channels)


def fetched_model(
    calls: AwsCalls,
    finished: FinishedJob,
    plan: TrainingPlan,
    data_folder: Path,
    *,
    limit_gb: float,
    say: Callable[[str], None],
) -> TrainedModel:
    """Bring the models of a job to where a local training would have saved them, and return the last one.

    Each folder takes the place of an older one whole or not at all.

    Args:
        calls: How AWS is called.
        finished: The job.
        plan: What was trained.
        data_folder: That of the settings.
        limit_gb: Most that an archive may hold.
        say: Is given a line for each archive.

    Raises:
        AwsError: AWS refused something.
        BadArchiveError: The archives are not those of such a job.
    """
    folder = data_folder / plan.saving.folder
    output, models = (folder.with_name(f".{folder.name}.{name}") for name in ("figures", "models"))
    address = below(finished.results, "model.tar.gz")
    try:
        unpacked(calls, below(finished.results, "output.tar.gz"), output, limit_gb=limit_gb, say=say)
        unpacked(calls, address, models, limit_gb=limit_gb, say=say)
        model = _told_model(output / TRAINED_FILE, below(finished.results, "output.tar.gz"))
        places = {
            model_folder(models, method, kind): model_folder(folder, method, kind)
            for method in plan.stages
            for kind in plan.kinds
        }
        for new, place in places.items():  # all of them, before the first one is put
            _tell_place(new, place, address)
        for new, place in places.items():
            place.parent.mkdir(parents=True, exist_ok=True)
            put_in_place(new, place)
        _take_tracked(output / COMET_FOLDER, data_folder / COMET_FOLDER)
    finally:
        for each in (output, models):
            shutil.rmtree(each, ignore_errors=True)
    last = model_folder(folder, model.stages[-1].method, model.kind)
    return model.model_copy(update={"folder": str(last)})


def _contract_files(contract: PromptContract, scratch: Path) -> JobFiles:
    path = scratch / CONTRACT_FILE
    path.write_text(contract_text(contract), encoding="utf-8")
    return job_files({path.name: path})


def _data_files(source: StageSource, path: Path | None, named: str, scratch: Path) -> JobFiles | None:
    """Return files and folders as they are, and the samples of an artifact as lines; None of a set on the Hub."""
    if path is not None:
        return job_files(folder_files(path) if path.is_dir() else {path.name: path})
    if not named.startswith("artifact:"):
        return None
    scratch.mkdir()
    lines = scratch / "samples.jsonl"
    text = "".join(f"{sample.model_dump_json()}\n" for sample in source.samples)
    lines.write_text(text, encoding="utf-8")
    return job_files({lines.name: lines})


def _told_model(path: Path, address: str) -> TrainedModel:
    try:
        model = TrainedModel.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise BadArchiveError(address, f"{TRAINED_FILE} in it cannot be read ({type(error).__name__})") from error
    if not model.stages:
        raise BadArchiveError(address, f"{TRAINED_FILE} in it has no stage")
    return model


def _tell_place(new: Path, place: Path, address: str) -> None:
    """Write into the folder of a model where it will lie."""
    try:
        model = read_trained_model(new)
    except NoTrainedModelError as error:
        raise BadArchiveError(address, f"it has no model of {'/'.join(place.parts[-2:])}") from error
    text = training_text(model.model_copy(update={"folder": str(place)}))
    (new / TRAINING_FILE).write_text(text, encoding="utf-8")


def _take_tracked(found: Path, place: Path) -> None:
    """Bring files of a tracker, which can be uploaded later, to where those of local trainings wait."""
    if found.is_dir():
        place.mkdir(parents=True, exist_ok=True)
        for path in found.glob("*.zip"):
            shutil.move(path, place / path.name)
