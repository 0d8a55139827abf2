"""Step: an index that holds the documents."""

from datetime import UTC, datetime
from typing import Annotated

from zenml import step
from zenml.artifacts.unmaterialized_artifact import UnmaterializedArtifact

from llm_engineering.application.index.building import collection_for, note_begun, note_synced
from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.index.following import followed_documents
from llm_engineering.application.index.manifest import Manifest, drop_manifest
from llm_engineering.application.index.reading import DocumentReader, StoredDocuments
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.index.writing import Writer
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.preprocess.query import known_author
from llm_engineering.infrastructure.factory import (
    embedder,
    opened_catalog,
    opened_collection,
    opened_document_store,
    term_encoder,
)
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer
from steps.progress import growing_bar


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the index changes outside of ZenML
def load_to_vector_db(
    documents: UnmaterializedArtifact,  # noqa: ARG001 - not read: it shows in the lineage what the index was made of
    author_full_names: list[str],
    chunking: Chunking,
) -> Annotated[IndexReport, "index_report"]:
    """Bring the collection of the fingerprint up to date; where that is not the live one, it is left alone.

    The documents are read from the warehouse one by one: an artifact with all of them would have to fit into memory.
    """
    settings, model, now = Settings(), embedder(Settings()), datetime.now(UTC)
    encoder = term_encoder()
    fingerprint = IndexFingerprint.of(model, chunking, encoder.scheme)
    with opened_document_store(settings) as store, opened_catalog(settings) as catalog:
        author_ids = [known_author(store, full_name).id for full_name in author_full_names]
        name = collection_for(catalog, fingerprint, now)
        if name not in catalog.names():
            drop_manifest(store, name)  # of one that was deleted by hand
        with opened_collection(settings, name, model.identity) as vectors, growing_bar("Embedding chunks") as progress:
            note_begun(catalog, name, fingerprint, model_id=settings.text_embedding_model_id, now=now)
            report = followed_documents(
                author_ids,
                reader=DocumentReader(StoredDocuments(store), model.tokenizer, chunking),
                index=DocumentIndex(vectors, Manifest(store, name), fingerprint.digest),
                writer=Writer(model, encoder, vectors, progress.advance),
                now=now,
                on_planned=progress.expect,
            )
            note_synced(catalog, name, vectors, now)
            return report
