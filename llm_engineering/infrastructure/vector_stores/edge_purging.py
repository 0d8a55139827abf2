"""Takes what was deleted from a Qdrant Edge collection off the disk.

Edge marks points as deleted and keeps their payloads in its files until so many are gone that a rewriting pays; its
write-ahead log keeps every payload until it is 32 MB long (qdrant-edge-py 0.9, seen in the files). The log cannot be
taken away by itself: a new one counts its operations from 0, and Edge passes over an operation on a point that an
operation of a higher number has written. So what is left is written anew.
"""

from pathlib import Path

from qdrant_edge import EdgeShard, Point, ScrollRequest, UpdateOperation

from llm_engineering.domain.chunks import STANDARD_TERMS, EmbeddingIdentity
from llm_engineering.infrastructure.vector_stores.batches import POINTS_PER_WRITE
from llm_engineering.infrastructure.vector_stores.edge_shards import (
    collection_record,
    draft_shard,
    edge_errors,
    opened_shard,
    replace_shard,
    shard_folder,
)
from llm_engineering.infrastructure.vector_stores.holders import exclusive, writing_to


def purge_deleted_points(folder: Path, collection: str, identity: EmbeddingIdentity) -> None:
    """Rewrite the files of a closed collection without the points that were deleted; nothing if there is none.

    A kill at any point leaves a whole collection; the call can be repeated.

    Raises:
        CollectionHeldError: It is open, in this process or another one.
        UnwritableFolderError: The folder cannot be written.
        UnusableCollectionError: The engine failed.
        IdentityMismatchError: It was made with another model, dimension or precision.
    """
    home = folder.absolute() / collection
    if not shard_folder(home).parent.exists():
        return
    with exclusive(home), edge_errors(home), writing_to(home):
        old = opened_shard(home, identity, collection_record(home).terms or STANDARD_TERMS)
        new = draft_shard(home, identity)
        _copy(old, new)
        new.flush()
        new.close()
        old.close()
        replace_shard(home)


def _copy(old: EdgeShard, new: EdgeShard) -> None:
    """Write all points of a shard to another one."""
    offset = None
    while True:
        request = ScrollRequest(offset=offset, limit=POINTS_PER_WRITE, with_payload=True, with_vector=True)
        page, offset = old.scroll(request)
        if page:
            points = [Point(record.id, record.vector or {}, record.payload) for record in page]
            new.update(UpdateOperation.upsert_points(points))
        if offset is None:
            return
