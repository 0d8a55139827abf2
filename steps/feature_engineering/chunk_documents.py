"""Step: chunks that the embedder reads whole."""

from typing import Annotated

from zenml import step

from llm_engineering.application.preprocess.chunking import Chunking, Chunks, chunks_of_documents
from llm_engineering.application.preprocess.cleaning import CleanedDocuments
from llm_engineering.infrastructure.factory import embedder
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the embedding model is set outside of ZenML
def chunk_documents(documents: CleanedDocuments, chunking: Chunking) -> Annotated[Chunks, "chunks"]:
    """Return the chunks of the documents."""
    return chunks_of_documents(documents.items, embedder(Settings()).tokenizer, chunking)
