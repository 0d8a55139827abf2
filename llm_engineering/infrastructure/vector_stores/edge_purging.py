"""Takes what was deleted from a Qdrant Edge collection off the disk.

Edge marks points as deleted and keeps their payloads in its files until so many are gone that a rewriting pays; its
write-ahead log keeps every payload until it is 32 MB long (qdrant-edge-py 0.9, seen in the files).
"""

import shutil
from pathlib import Path
from typing import Final

from qdrant_edge import EdgeOptimizersConfig, EdgeShard

from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.infrastructure.vector_stores.edge_shards import USUAL, edge_config, edge_errors, shard_folder
from llm_engineering.infrastructure.vector_stores.holders import exclusive, writing_to

_LOG: Final = "wal"
_OLD_LOG: Final = "wal.old"
_EVERYTHING: Final = EdgeOptimizersConfig(deleted_threshold=1e-9, vacuum_min_vector_number=1)
"""Rewrites a segment for a single deleted point."""


def purge_deleted_points(folder: Path, collection: str, identity: EmbeddingIdentity) -> None:
    """Rewrite the files of a closed collection without the points that were deleted; nothing if there is none.

    A kill at any point leaves a whole collection; the call can be repeated.

    Raises:
        CollectionHeldError: It is open, in this process or another one.
        UnwritableFolderError: The folder cannot be written.
        UnusableCollectionError: The engine failed.
    """
    home = folder.absolute() / collection
    if not shard_folder(home).exists():
        return
    with exclusive(home), edge_errors(home), writing_to(home):
        shard = _loaded(home, identity, _EVERYTHING)
        shard.optimize()
        shard.flush()
        shard.close()
        # All that the log holds is in the segments by now, on the disk, and Edge begins a new one. Renamed first: it
        # reads no log, but not a half of one.
        _remove(shard_folder(home) / _OLD_LOG)
        (shard_folder(home) / _LOG).rename(shard_folder(home) / _OLD_LOG)
        _remove(shard_folder(home) / _OLD_LOG)
        _loaded(home, identity, USUAL).close()


def _loaded(home: Path, identity: EmbeddingIdentity, optimizers: EdgeOptimizersConfig) -> EdgeShard:
    return EdgeShard.load(str(shard_folder(home)), edge_config(identity.dimension, optimizers))


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
