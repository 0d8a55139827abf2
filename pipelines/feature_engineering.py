"""Pipeline: documents of the warehouse become chunks in the index."""

from collections.abc import Sequence

from zenml import pipeline
from zenml.enums import ExecutionMode
from zenml.steps.entrypoint_function_utils import StepArtifact

from llm_engineering.application.index.switch_rule import Switching
from llm_engineering.application.preprocess.chunking import Chunking
from steps.feature_engineering.chunk_documents import chunk_documents
from steps.feature_engineering.clean_documents import clean_documents
from steps.feature_engineering.load_to_vector_db import load_to_vector_db
from steps.feature_engineering.query_data_warehouse import query_data_warehouse
from steps.feature_engineering.switch_index import switch_index


@pipeline(execution_mode=ExecutionMode.FAIL_FAST)  # raises what the step raised
def feature_engineering(author_full_names: list[str], chunking: Chunking, switching: Switching) -> None:
    """Bring the index up to date with all documents of the authors.

    Args:
        author_full_names: Whose documents.
        chunking: How documents are cut.
        switching: When a collection that had to be built anew becomes the one that answers.
    """
    index_documents(author_full_names, chunking, switching)


def index_documents(
    author_full_names: list[str], chunking: Chunking, switching: Switching, after: Sequence[StepArtifact] = ()
) -> None:
    """Call the steps of the pipeline, inside whichever pipeline is being built, after the given outputs are made."""
    documents = query_data_warehouse(author_full_names, after=list(after))
    chunks = chunk_documents(clean_documents(documents), chunking)
    loaded = load_to_vector_db(documents, author_full_names, chunking, after=[chunks])
    switch_index(author_full_names, chunking, switching, after=[loaded])
