"""Step: which passages of all shards are indexed, and which others these stand for."""

from typing import Annotated

from zenml import step

from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.estimate import NothingStored
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.reading import DocumentReader, StoredDocuments
from llm_engineering.application.index.shards.deciding import ShardDecisions, decided_shards
from llm_engineering.application.index.shards.marking import MarkedShard
from llm_engineering.application.index.shards.planning import ShardPlan
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.infrastructure.shard_parts import shard_embedder
from llm_engineering.settings import Settings
from steps.shard_materializer import ShardMaterializer


@step(enable_cache=False, output_materializers=ShardMaterializer)  # it writes to the manifest
def decide_passages(plan: ShardPlan, marked: list[MarkedShard]) -> Annotated[ShardDecisions, "shard_decisions"]:
    """Decide it by the marks of all shards, and mark their documents as unfinished."""
    settings, target = Settings(), plan.target
    with opened_document_store(settings) as store:
        tokenizer = shard_embedder(settings, target).tokenizer
        return decided_shards(
            plan,
            marked,
            reader=DocumentReader(StoredDocuments(store), tokenizer, target.fingerprint.chunking),
            # It decides by the manifest alone; what the collection holds is for the shards to ask.
            index=DocumentIndex(NothingStored(), Manifest(store, target.collection), target.fingerprint.digest),
        )
