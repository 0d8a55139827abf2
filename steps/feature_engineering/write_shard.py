"""Step, once for each shard: its passages are in the index."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

from zenml import step
from zenml.enums import StepRuntime

from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.reading import DocumentReader, StoredDocuments
from llm_engineering.application.index.shards.deciding import DecidedShard
from llm_engineering.application.index.shards.marking import MarkedShard
from llm_engineering.application.index.shards.writing import WrittenShard, written_shard
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.infrastructure.shard_parts import SHARED, opened_writer, shard_embedder
from llm_engineering.settings import Settings
from steps.progress import growing_bar
from steps.shard_materializer import ShardMaterializer


@step(
    enable_cache=False,  # the index changes outside of ZenML
    output_materializers=ShardMaterializer,
    runtime=StepRuntime.ISOLATED,  # a job of its own, where the stack has such
)
def write_shard(marked: MarkedShard, decided: DecidedShard) -> Annotated[WrittenShard, "written_shard"]:
    """Embed and write what was decided for a shard; the shards that are threads of this process have one bar."""
    settings, target = Settings(), decided.target
    with (
        opened_document_store(settings) as store,
        opened_writer(settings, target) as writer,
        SHARED.using("bar", lambda: growing_bar("Embedding chunks")) as bar,
    ):
        tokenizer = shard_embedder(settings, target).tokenizer
        return written_shard(
            decided,
            marked,
            reader=DocumentReader(StoredDocuments(store), tokenizer, target.fingerprint.chunking),
            index=DocumentIndex(writer.vectors, Manifest(store, target.collection), target.fingerprint.digest),
            writer=replace(writer, on_progress=bar.advance),
            clock=lambda: datetime.now(UTC),
            on_planned=bar.expect,
        )
