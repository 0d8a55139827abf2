"""Syncs an index in shards, as the sharded pipeline does: what is handed on goes through JSON, as artifacts do."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.estimate import NothingStored
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.index.shards.deciding import decided_shards
from llm_engineering.application.index.shards.joining import joined_shards
from llm_engineering.application.index.shards.marking import marked_shard
from llm_engineering.application.index.shards.planning import ShardPlan, ShardTarget, planned_shards
from llm_engineering.application.index.shards.writing import WrittenShard, written_shard
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.index.writing import Writer
from llm_engineering.domain.chunks import STANDARD_TERMS
from llm_engineering.domain.models import FrozenModel
from tests.support.fakes import word_encoder
from tests.support.indexing import NOW, Indexing

ModelT = TypeVar("ModelT", bound=FrozenModel)

Order = Callable[[Sequence[int]], Sequence[int]]
"""Returns places of shards in the order in which these are worked on."""


def reversed_order(places: Sequence[int]) -> Sequence[int]:
    """Return the last one first."""
    return places[::-1]


def handed_on(model: ModelT) -> ModelT:
    """Return what another process reads of a result."""
    return type(model).model_validate_json(model.model_dump_json())


def target_of(indexing: Indexing) -> ShardTarget:
    """Return what the shards of an index write to."""
    fingerprint = IndexFingerprint.of(indexing.embedder, indexing.chunking, STANDARD_TERMS)
    return ShardTarget(collection="letters", fingerprint=fingerprint)


def index_of(indexing: Indexing) -> DocumentIndex:
    """Return the collection, known by the fingerprint of its target."""
    return DocumentIndex(indexing.vectors, Manifest(indexing.store, "letters"), target_of(indexing).fingerprint.digest)


def plan_of(indexing: Indexing, shards: int) -> ShardPlan:
    """Return what there is to do."""
    plan = planned_shards(
        indexing.author_ids,
        reader=indexing.new_reader(),
        index=index_of(indexing),
        target=target_of(indexing),
        shards=shards,
        now=NOW,
    )
    return handed_on(plan)


def sharded_run(indexing: Indexing, shards: int, order: Order = lambda places: places) -> IndexReport:
    """Bring an index up to date in shards, each with a reader of its own.

    Args:
        indexing: What it is done with.
        shards: How many.
        order: In which order shards are marked, and written.
    """
    plan = plan_of(indexing, shards)
    places = order(range(len(plan.shards)))
    marked = {place: handed_on(marked_shard(plan.shards[place], indexing.new_reader())) for place in places}
    index = index_of(indexing)
    unread = DocumentIndex(NothingStored(), index.manifest, index.fingerprint)
    decisions = handed_on(
        decided_shards(plan, [marked[place] for place in places], reader=indexing.new_reader(), index=unread)
    )
    written: list[WrittenShard] = []
    for place in places:
        shard = written_shard(
            decisions.shards[place],
            marked[place],
            reader=indexing.new_reader(),
            index=index,
            writer=Writer(indexing.embedder, word_encoder(), indexing.vectors),
            clock=lambda: NOW,
        )
        written.append(handed_on(shard))
    return joined_shards(plan, written, index=index, vectors=indexing.vectors, now=NOW)
