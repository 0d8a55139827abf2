"""Step: documents without noise."""

from typing import Annotated

from zenml import step

from llm_engineering.application.preprocess.cleaning import CleanedDocuments, cleaned_documents
from llm_engineering.application.preprocess.query import RawDocuments
from steps.materializers import ResultMaterializer


@step(output_materializers=ResultMaterializer)
def clean_documents(documents: RawDocuments) -> Annotated[CleanedDocuments, "cleaned_documents"]:
    """Return the documents with cleaned text."""
    return cleaned_documents(documents.items)
