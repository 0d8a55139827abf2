"""The models of an evaluation as work for a job, and what they said as if they had said it here."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel, ModelEvaluating, ModelKind
from llm_engineering.application.evaluate.model_scoring.questions import EvaluationMaterial
from llm_engineering.application.evaluate.model_scoring.records import UnreadableRecordError, take_records
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.prompts.contract import CONTRACT_FILE, contract_text
from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.container_evaluating import (
    MATERIAL_FILE,
    PRINTS_FILE,
    RECORDS_FILE,
    EvaluationOrder,
    ModelPrints,
    model_channel,
    read_prints,
)
from llm_engineering.infrastructure.aws.container_layout import JOB_CHANNEL
from llm_engineering.infrastructure.aws.job_files import folder_files, job_files
from llm_engineering.infrastructure.aws.job_requests import JobProgram, JobWork, below
from llm_engineering.infrastructure.aws.job_results import BadArchiveError, unpacked
from llm_engineering.infrastructure.aws.job_running import FinishedJob


class OtherModelAnsweredError(TwinError):
    """In the job another model answered than the one that is known here under its name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The model {name!r} of the job is another one than that which lies here: what it said is not used.",
            remedy="A model of the Hub may have been changed: download it anew. An adapter whose base model is a local "
            "folder cannot be evaluated in a job: take the merged model.",
        )
        self.name = name


def job_models(evaluating: ModelEvaluating) -> tuple[EvaluatedModel, ...]:
    """Return the models whose weights have to be loaded: the others are asked from here."""
    return tuple(each for each in evaluating.models if each.kind is ModelKind.FOLDER)


def evaluation_work(
    evaluating: ModelEvaluating,
    material: EvaluationMaterial,
    contract: PromptContract,
    *,
    folders: Mapping[str, Path],
    prints: Mapping[str, ModelPrints],
    scratch: Path,
) -> JobWork:
    """Return the answers of models as work for a job.

    Args:
        evaluating: Which models, and how they are asked.
        material: What they are asked, and what they read. Training texts stay here: no model needs them.
        contract: Under which they are asked.
        folders: Where the models lie that are folders here, by name.
        prints: By what the answers of each model are found, which says which weights it has.
        scratch: Folder for files that are made for the job; has to be there until they were sent.
    """
    (scratch / CONTRACT_FILE).write_text(contract_text(contract), encoding="utf-8")
    sent = material.model_copy(update={"training": (), "dropped": ()})
    (scratch / MATERIAL_FILE).write_text(sent.model_dump_json(), encoding="utf-8")
    channels = {JOB_CHANNEL: job_files({name: scratch / name for name in (CONTRACT_FILE, MATERIAL_FILE)})}
    models = job_models(evaluating)
    for model in models:
        if model.hub_id is None:
            # The name of the folder is what its answers say that they are by.
            folder = folders[model.name]
            channels[model_channel(model.name)] = job_files(folder_files(folder, f"{folder.name}/"))
    order = EvaluationOrder(
        models=models,
        speaking=evaluating.speaking,
        window_tokens=None if evaluating.perplexity is None else evaluating.perplexity.window_tokens,
    )
    parameters = order.model_dump(mode="json", exclude_defaults=True)
    parameters["prints"] = {name: each.answers for name, each in prints.items()}
    return JobWork(program=JobProgram.EVALUATE, parameters=parameters, channels=channels)


def fetched_records(
    calls: AwsCalls,
    finished: FinishedJob,
    store: DocumentStore,
    prints: Mapping[str, ModelPrints],
    *,
    limit_gb: float,
    say: Callable[[str], None],
) -> int:
    """Write what models said in a job to the store, and return how many records there were.

    Args:
        calls: How AWS is called.
        finished: The job.
        store: Where the evaluation looks for them.
        prints: By what it will look for those of each model.
        limit_gb: Most that the archive may hold.
        say: Is given a line.

    Raises:
        AwsError: AWS refused something.
        BadArchiveError: The archive is not that of such a job.
        OtherModelAnsweredError: Another model answered.
    """
    address = below(finished.results, "output.tar.gz")
    with TemporaryDirectory() as scratch:
        output = unpacked(calls, address, Path(scratch) / "output", limit_gb=limit_gb, say=say)
        try:
            answered = read_prints(output / PRINTS_FILE)
            lines = (output / RECORDS_FILE).read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            raise BadArchiveError(address, f"its records cannot be read ({type(error).__name__})") from error
        for name, expected in prints.items():
            if answered.get(name) != expected:
                raise OtherModelAnsweredError(name)
        try:
            return take_records(store, lines)
        except UnreadableRecordError as error:
            raise BadArchiveError(address, error.problem) from error
