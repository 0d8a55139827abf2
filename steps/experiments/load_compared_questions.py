"""Step: the questions that both variants are asked."""

from pathlib import Path
from typing import Annotated

from zenml import step

from llm_engineering.application.evaluate.current import current_questions, documents_asked_about
from llm_engineering.application.evaluate.golden_files import GOLDEN_FOLDER, read_golden_set
from llm_engineering.application.experiments.configuration import QuestionSource
from llm_engineering.application.experiments.questions import (
    ComparedQuestions,
    questions_of_file,
    questions_of_golden_set,
)
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the file and the warehouse change outside of ZenML
def load_compared_questions(source: QuestionSource) -> Annotated[ComparedQuestions, "compared_questions"]:
    """Return the questions of a file, or those of a golden set whose answers still stand in the warehouse."""
    if source.file:
        return questions_of_file(Path(source.file), source.limit)
    settings = Settings()
    golden = read_golden_set(settings.data_folder / GOLDEN_FOLDER, source.golden_version)
    with opened_document_store(settings) as store:
        return questions_of_golden_set(current_questions(golden, documents_asked_about(store, golden)), source.limit)
