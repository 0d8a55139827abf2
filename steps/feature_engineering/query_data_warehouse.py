"""Step: the documents of some authors."""

from typing import Annotated

from zenml import step

from llm_engineering.application.preprocess.query import RawDocuments, raw_documents
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the warehouse changes outside of ZenML
def query_data_warehouse(author_full_names: list[str]) -> Annotated[RawDocuments, "raw_documents"]:
    """Return all documents of the authors."""
    with opened_document_store(Settings()) as store:
        return raw_documents(store, author_full_names)
