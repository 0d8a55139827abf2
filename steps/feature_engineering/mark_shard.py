"""Step, once for each shard: the chunks of its documents, with the marks by which those alike are found."""

from typing import Annotated

from zenml import step
from zenml.enums import StepRuntime

from llm_engineering.application.index.reading import DocumentReader, StoredDocuments
from llm_engineering.application.index.shards.marking import MarkedShard, marked_shard
from llm_engineering.application.index.shards.planning import PlannedShard
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.infrastructure.shard_parts import shard_embedder
from llm_engineering.settings import Settings
from steps.shard_materializer import ShardMaterializer


@step(
    enable_cache=False,  # the warehouse changes outside of ZenML
    output_materializers=ShardMaterializer,
    runtime=StepRuntime.ISOLATED,  # a job of its own, where the stack has such
)
def mark_shard(shard: PlannedShard) -> Annotated[MarkedShard, "marked_shard"]:
    """Clean and cut the documents of a shard."""
    settings = Settings()
    with opened_document_store(settings) as store:
        tokenizer = shard_embedder(settings, shard.target).tokenizer
        reader = DocumentReader(StoredDocuments(store), tokenizer, shard.target.fingerprint.chunking)
        return marked_shard(shard, reader)
