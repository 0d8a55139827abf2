"""Step: a registered model on the Hugging Face Hub."""

from typing import Annotated

from zenml import step

from llm_engineering.domain.registered_models import RegisteredModel
from llm_engineering.infrastructure.hub import required_token
from llm_engineering.infrastructure.models.folders import whole_folder
from llm_engineering.infrastructure.models.hub import ModelPublication, PushedModel, push_model_to_huggingface
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the Hub lies outside of ZenML
def push_model(model: RegisteredModel, publication: ModelPublication) -> Annotated[PushedModel, "pushed_model"]:
    """Push a version with its card, and return where it lies; a folder that holds other weights now is not pushed."""
    token = required_token(publication, Settings().huggingface_access_token, "model")
    return push_model_to_huggingface(whole_folder(model), publication, token)
