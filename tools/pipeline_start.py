"""Prepares and starts runs of pipelines; imports ZenML, so command lines import it only when they start one."""

import logging  # noqa: TID251 - ZenML logs through it, and one of its lines is mended here
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module

from zenml.client import Client
from zenml.exceptions import StepExecutionException
from zenml.models import PipelineRunResponse
from zenml.pipelines.pipeline_definition import Pipeline

from llm_engineering.domain.errors import TwinError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.datasets.sharing import Sharing
from llm_engineering.infrastructure.factory import opened_catalog, opened_document_store
from llm_engineering.infrastructure.hub import required_token
from llm_engineering.infrastructure.models.hub import ModelPublication
from llm_engineering.infrastructure.zenml_stacks.remote_stack import active_remote_stack
from llm_engineering.settings import Settings
from pipelines.parameters import FeatureEngineering
from tools.remote_runs import placed_options, sent
from tools.run_configuration import RunConfiguration, configuration_path, run_configuration
from tools.zenml_server import checked_zenml_server

SHARDED = "sharded_feature_engineering"
"""The pipeline that does in shards what `feature_engineering` does at once."""
_STEP_STARTS = "zenml.orchestrators.step_launcher"
_STEP_FAILURES = "zenml.orchestrators.local.local_orchestrator"


def without_known_traceback(record: logging.LogRecord) -> bool:
    """Take the traceback from a log record whose error says by itself what to do; every record passes."""
    if record.exc_info and isinstance(record.exc_info[1], TwinError):
        record.exc_info = None
    return True


def without_runtime_warning(record: logging.LogRecord) -> bool:
    """Drop what ZenML says of each shard on this machine: that a job of its own is not to be had here."""
    return "does not support running steps in isolated runtimes" not in record.getMessage()


def cause_of(error: BaseException) -> BaseException:
    """Return what a step raised, out of what ZenML wraps it in where steps run as threads."""
    while isinstance(error, StepExecutionException) and error.original_exception is not None:
        error = error.original_exception
    return error


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A pipeline with a configuration that was checked."""

    name: str
    configuration: RunConfiguration[FrozenModel]

    def start(
        self, *, use_cache: bool, on_failure: Callable[[PipelineRunResponse], None] = lambda _run: None
    ) -> PipelineRunResponse:
        """Run the pipeline on the active ZenML stack and return the run: a finished one where the stack is local.

        Args:
            use_cache: Whether steps whose input did not change may be left out.
            on_failure: Called with the run, as far as it came, if a step raises an error of the project.

        Raises:
            ZenmlServerSilentError: Runs are recorded by a server that does not answer.
            Exception: What a step raised.
        """
        checked_zenml_server()
        logging.getLogger(_STEP_FAILURES).addFilter(without_known_traceback)
        logging.getLogger(_STEP_STARTS).addFilter(without_runtime_warning)
        pipeline = getattr(import_module(f"pipelines.{self.name}"), self.name)
        parameters = self.configuration.parameters.model_dump(mode="json")
        stack = active_remote_stack()
        placed = placed_options(self.configuration, stack, lambda: _step_names(pipeline, parameters))
        begun = datetime.now(UTC)
        name = f"{self.name}_{begun:%Y_%m_%d-%H_%M_%S_%f}"
        run = pipeline.with_options(
            run_name=name,
            enable_cache=None if use_cache else False,  # None leaves each step its own choice
            settings=placed.settings,
            steps=placed.steps,
            execution_mode=placed.execution_mode,
        )
        try:
            with sent(stack, self.name, name, begun):
                finished: PipelineRunResponse = run(**parameters)
        except (TwinError, StepExecutionException) as error:
            for failed in Client().list_pipeline_runs(name=name):
                on_failure(failed)
            raise cause_of(error)  # noqa: B904 - it is the cause itself, with its own context
        return finished


def _step_names(pipeline: Pipeline, parameters: Mapping[str, object]) -> list[str]:
    """Return the names of the steps that a pipeline has with these parameters; nothing is run."""
    drawn = pipeline.copy()
    drawn.prepare(**parameters)
    return list(drawn.invocations)


def prepared_run(name: str, config_filename: str, parameters: str, switched_on: Collection[str] = ()) -> PreparedRun:
    """Return a run of a pipeline with the configuration of a file.

    Args:
        name: The pipeline.
        config_filename: A path, or a name in `configs/`.
        parameters: The model of its parameters in `pipelines.parameters`.
        switched_on: Names of parameters that are true, whatever the file says.

    Raises:
        ConfigurationError: The file cannot be used.
    """
    parameters_type = getattr(import_module("pipelines.parameters"), parameters)
    configuration = run_configuration(configuration_path(config_filename), parameters_type)
    switched = configuration.parameters.model_copy(update=dict.fromkeys(switched_on, True))
    return chosen_run(PreparedRun(name, replace(configuration, parameters=switched)))


def chosen_run(run: PreparedRun) -> PreparedRun:
    """Return the run of the pipeline that does in shards what a run is to do, if its parameters name several."""
    parameters = run.configuration.parameters
    sharded = parameters.sharded if isinstance(parameters, FeatureEngineering) else None
    return run if sharded is None else PreparedRun(SHARDED, replace(run.configuration, parameters=sharded))


def checked_publication(run: PreparedRun) -> None:
    """See that a run that ends on the Hugging Face Hub can be let in there, as far as that can be told here.

    Raises:
        InvalidInputError: There is no token, or what is to be public has no licence; better told now than in the end.
    """
    sharing = getattr(run.configuration.parameters, "sharing", None)
    if isinstance(sharing, Sharing) and sharing.hub is not None:
        required_token(sharing.hub, Settings().huggingface_access_token)
    publication = getattr(run.configuration.parameters, "publication", None)
    if isinstance(publication, ModelPublication):
        required_token(publication, Settings().huggingface_access_token, "model")


def checked_stores(names: Collection[str]) -> list[str]:
    """See that the named stores of the settings ("documents", "vectors") can be used, and return their locations.

    Raises:
        TwinError: One of them cannot be used; better now than after an hour of work.
    """
    settings = Settings()
    locations = []
    if "documents" in names:
        with opened_document_store(settings) as documents:
            locations.append(documents.location)
    if "vectors" in names:
        with opened_catalog(settings) as catalog:
            catalog.check()
            locations.append(catalog.location)
    return locations
