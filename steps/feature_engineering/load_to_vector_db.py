"""Step: an index that holds the chunks."""

from typing import Annotated

from zenml import step

from llm_engineering.application.index.plan import index_plan
from llm_engineering.application.index.sync import IndexReport, synced_index
from llm_engineering.application.preprocess.chunking import Chunks
from llm_engineering.application.preprocess.query import RawDocuments
from llm_engineering.infrastructure.factory import embedder, opened_vector_store, term_encoder
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.progress import progress_bar


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the index changes outside of ZenML
def load_to_vector_db(documents: RawDocuments, chunks: Chunks) -> Annotated[IndexReport, "index_report"]:
    """Embed the chunks that are new, write them, and delete what the authors' documents no longer have."""
    settings = Settings()
    model = embedder(settings)
    with opened_vector_store(settings, model.identity) as vectors:
        plan = index_plan(chunks.items, documents.author_ids, vectors)
        with progress_bar("Embedding chunks", len(plan.new)) as advance:
            return synced_index(plan, embedder=model, encoder=term_encoder(), vectors=vectors, on_progress=advance)
