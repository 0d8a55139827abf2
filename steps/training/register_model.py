"""Step: a trained model in the registry."""

from typing import Annotated

from zenml import get_step_context, step
from zenml.client import Client

from llm_engineering.application.train.registry import Registration
from llm_engineering.domain.registered_models import RegisteredModel
from llm_engineering.domain.training import TrainedModel
from llm_engineering.infrastructure.models.registering import registered_folder
from llm_engineering.infrastructure.models.zenml_registry import ZenmlModelRegistry
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # registry and folder lie outside of the artifacts
def register_model(model: TrainedModel, registration: Registration) -> Annotated[RegisteredModel, "registered_model"]:
    """Return the version that a trained model has in the registry, with a card and a copy that no training overwrites.

    The run and the artifact that the model came as are linked to the version.
    """
    registry = ZenmlModelRegistry(Client())
    registered = registered_folder(registry, model, registration, Settings().data_folder)
    link_to_run(registry, registered)
    return registered


def link_to_run(registry: ZenmlModelRegistry, registered: RegisteredModel) -> None:
    """Tell ZenML which run, and which artifacts of it, a version belongs to; nothing outside of a run."""
    try:
        context = get_step_context()
    except RuntimeError:
        return
    inputs = context.step_run.inputs.values()
    registry.link(
        registered, run=context.pipeline_run.id, artifacts=[each.id for versions in inputs for each in versions]
    )
