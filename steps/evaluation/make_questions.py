"""Step: questions with known answers."""

from typing import Annotated

from loguru import logger
from zenml import step

from llm_engineering.application.evaluate.golden import GoldenSet
from llm_engineering.application.evaluate.golden_files import GOLDEN_FOLDER, write_golden_set
from llm_engineering.application.evaluate.making import Asking, golden_set
from llm_engineering.application.preprocess.cleaning import CleanedDocuments
from llm_engineering.infrastructure.factory import term_encoder
from llm_engineering.infrastructure.question_writing import opened_writing
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.progress import growing_bar


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the file and the model lie outside of ZenML
def make_questions(documents: CleanedDocuments, asking: Asking) -> Annotated[GoldenSet, "golden_set"]:
    """Return the questions that the documents give, and write them to `golden/<version>.jsonl` in the data folder."""
    settings = Settings()
    with (
        growing_bar("Asking the language model") as progress,
        opened_writing(settings, asking, on_planned=progress.expect, on_progress=progress.advance) as write,
    ):
        golden = golden_set(documents.items, term_encoder().stem, asking, write)
    path = write_golden_set(settings.data_folder / GOLDEN_FOLDER, golden)
    logger.info("wrote {count} golden questions to {path}", count=len(golden.items), path=path)
    return golden
