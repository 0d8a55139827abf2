"""Step: which documents of some authors have changed, in shards."""

from datetime import UTC, datetime
from typing import Annotated

from zenml import step

from llm_engineering.application.index.building import collection_for, note_begun
from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.index.manifest import Manifest, drop_manifest
from llm_engineering.application.index.reading import DocumentReader, StoredDocuments
from llm_engineering.application.index.shards.planning import ShardPlan, ShardTarget, planned_shards
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.application.preprocess.query import known_author
from llm_engineering.domain.chunks import STANDARD_TERMS
from llm_engineering.infrastructure.factory import (
    embedder,
    opened_catalog,
    opened_collection,
    opened_document_store,
)
from llm_engineering.settings import Settings
from steps.shard_materializer import ShardMaterializer


@step(enable_cache=False, output_materializers=ShardMaterializer)  # warehouse and index change outside of ZenML
def plan_shards(author_full_names: list[str], chunking: Chunking, shards: int) -> Annotated[ShardPlan, "shard_plan"]:
    """Make the collection of the fingerprint if it is not there, and return what of it each shard has to look at."""
    settings, model, now = Settings(), embedder(Settings()), datetime.now(UTC)
    fingerprint = IndexFingerprint.of(model, chunking, STANDARD_TERMS)
    with opened_document_store(settings) as store, opened_catalog(settings) as catalog:
        author_ids = [known_author(store, full_name).id for full_name in author_full_names]
        name = collection_for(catalog, fingerprint, now)
        if name not in catalog.names():
            drop_manifest(store, name)  # of one that was deleted by hand
        with opened_collection(settings, name, model.identity) as vectors:
            note_begun(catalog, name, fingerprint, model_id=settings.text_embedding_model_id, now=now)
            return planned_shards(
                author_ids,
                reader=DocumentReader(StoredDocuments(store), model.tokenizer, chunking),
                index=DocumentIndex(vectors, Manifest(store, name), fingerprint.digest),
                target=ShardTarget(collection=name, fingerprint=fingerprint),
                shards=shards,
                now=now,
            )
