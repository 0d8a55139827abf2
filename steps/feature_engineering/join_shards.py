"""Step: what all shards did, after what is stale and gone has left the index."""

from datetime import UTC, datetime
from typing import Annotated

from zenml import step

from llm_engineering.application.index.building import note_synced
from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.shards.joining import joined_shards
from llm_engineering.application.index.shards.planning import ShardPlan
from llm_engineering.application.index.shards.writing import WrittenShard
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.infrastructure.factory import opened_catalog, opened_collection, opened_document_store
from llm_engineering.settings import Settings
from steps.materializers import ResultMaterializer


@step(enable_cache=False, output_materializers=ResultMaterializer)  # the index changes outside of ZenML
def join_shards(plan: ShardPlan, written: list[WrittenShard]) -> Annotated[IndexReport, "index_report"]:
    """Delete what no document has any more, and note that the collection is up to date."""
    settings, target, now = Settings(), plan.target, datetime.now(UTC)
    with (
        opened_document_store(settings) as store,
        opened_catalog(settings) as catalog,
        opened_collection(settings, target.collection, target.fingerprint.embedding) as vectors,
    ):
        index = DocumentIndex(vectors, Manifest(store, target.collection), target.fingerprint.digest)
        report = joined_shards(plan, written, index=index, vectors=vectors, now=now)
        note_synced(catalog, target.collection, vectors, now)
        return report
