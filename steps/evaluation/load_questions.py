"""Step: golden questions as they can be asked today."""

from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.current import current_questions, documents_asked_about
from llm_engineering.application.evaluate.golden import GoldenSet
from llm_engineering.application.evaluate.golden_files import GOLDEN_FOLDER, read_golden_set
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the warehouse changes outside of ZenML
def load_questions(golden_version: str | None) -> Annotated[GoldenSet, "golden_questions"]:
    """Return the questions of a frozen set whose answers still stand in the warehouse."""
    settings = Settings()
    golden = read_golden_set(settings.data_folder / GOLDEN_FOLDER, golden_version)
    with opened_document_store(settings) as store:
        return current_questions(golden, documents_asked_about(store, golden))
