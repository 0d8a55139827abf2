"""The files of a Qdrant Edge collection: made whole or not at all, and refused when they do not fit.

A collection's folder holds `store/` with the record (`collection.json`) and Edge's files (`shard/`). All of it
is built in `store.new/` and renamed, so that a kill leaves either nothing or a complete, empty collection. Edge's files
are replaced in the same way: a `shard.new/` without a `shard/` is complete and takes its place when it is opened.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from loguru import logger
from pydantic import ValidationError
from qdrant_edge import (
    Distance,
    EdgeConfig,
    EdgeOptimizersConfig,
    EdgeShard,
    EdgeSparseVectorParams,
    EdgeVectorParams,
    HnswIndexConfig,
    Memory,
    Modifier,
    PayloadSchemaType,
    QuantizationSearchParams,
    ScalarQuantizationConfig,
    ScalarType,
    SearchParams,
    UpdateOperation,
)

from llm_engineering.domain.chunks import EmbeddingIdentity, TermScheme
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.vector_stores.graphs import (
    FULL_SCAN_KILOBYTES,
    GRAPH_BUILD,
    GRAPH_EDGES,
    LARGE_FROM_KILOBYTES,
    OVERSAMPLING,
    ROUNDED_QUANTILE,
    SEARCH_CANDIDATES,
)
from llm_engineering.infrastructure.vector_stores.holders import writing_to
from llm_engineering.infrastructure.vector_stores.payloads import (
    DATE_FIELD,
    FILTER_FIELDS,
    TENANT_FIELD,
    TERMS_NAME,
    VECTOR_NAME,
)
from llm_engineering.infrastructure.vector_stores.records import FORMAT_VERSION, CollectionRecord, check_record

_STORE: Final = "store"
_DRAFT: Final = "store.new"
_SHARD: Final = "shard"
_SHARD_DRAFT: Final = "shard.new"
_OLD_SHARD: Final = "shard.old"
_RECORD: Final = "collection.json"

GRAPH: Final = HnswIndexConfig(m=GRAPH_EDGES, ef_construct=GRAPH_BUILD, full_scan_threshold=FULL_SCAN_KILOBYTES)
"""A large collection has a graph of neighbours, with more edges between points that pass the same filter."""
ROUNDED: Final = ScalarQuantizationConfig(type=ScalarType.Int8, quantile=ROUNDED_QUANTILE, memory=Memory.Cached)
"""Beside its vectors a large collection keeps them rounded to a byte per number, which is a quarter to read."""
USUAL: Final = EdgeOptimizersConfig(
    deleted_threshold=0.2, vacuum_min_vector_number=1_000, indexing_threshold=LARGE_FROM_KILOBYTES
)
"""When segments are rewritten. The first two are Edge's own defaults, named because it keeps what it was given last."""
SEARCH: Final = SearchParams(
    hnsw_ef=SEARCH_CANDIDATES, quantization=QuantizationSearchParams(rescore=True, oversampling=OVERSAMPLING)
)
IDENTIFIERS: Final = (TENANT_FIELD, "document_id")
"""Fields whose values nearly always are UUIDs, indexed as numbers of 16 bytes: to compare them with a filter takes half
the time of texts. Edge finds other values, which imported authors and documents may have, too, by reading payloads."""


class UnusableCollectionError(StoreUnavailableError):
    """The engine cannot read or write a collection's files."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The vector collection in {folder} cannot be used: {reason[:300]}.",
            remedy=(
                "See that the disk has room. If files are damaged, delete that folder and run the feature pipeline "
                "again: the collection is built anew from the documents."
            ),
        )
        self.folder = folder
        self.reason = reason


@contextmanager
def edge_errors(folder: Path) -> Iterator[None]:
    """Raise `UnusableCollectionError` where Edge fails."""
    try:
        yield
    except BaseException as error:
        # Edge has no error classes: it raises plain `Exception`, and on some damaged files its engine panics.
        if type(error) is not Exception and type(error).__name__ != "PanicException":
            raise
        raise UnusableCollectionError(folder, str(error)) from error


def shard_folder(folder: Path) -> Path:
    """Return where Edge's own files lie in a collection's folder."""
    return folder / _STORE / _SHARD


def opened_shard(folder: Path, identity: EmbeddingIdentity, terms: TermScheme) -> EdgeShard:
    """Open the collection in a folder that this process holds; make it if there is none.

    Raises:
        UnwritableFolderError: The folder cannot be written.
        UnusableCollectionError: Files are damaged or missing.
        OtherFormatError: The collection was written by another version.
        IdentityMismatchError: It was made with another model, dimension or precision.
        TermsMismatchError: It has no term vectors, or those of another scheme.
    """
    if not (folder / _STORE).exists():
        _make(folder, CollectionRecord(format_version=FORMAT_VERSION, identity=identity, terms=terms))
    check_record(collection_record(folder), str(folder), identity, terms)
    _settle(folder)
    with edge_errors(folder):
        # With the configuration, which an older version may have written otherwise.
        return EdgeShard.load(str(shard_folder(folder)), edge_config(identity.dimension))


def draft_shard(folder: Path, identity: EmbeddingIdentity) -> EdgeShard:
    """Return an empty shard that `replace_shard` puts in the place of the collection's own."""
    path = folder / _STORE / _SHARD_DRAFT
    _make_shard(path, identity.dimension)
    return EdgeShard.load(str(path))


def replace_shard(folder: Path) -> None:
    """Put the draft in the place of the collection's shard; both are closed."""
    shard_folder(folder).rename(folder / _STORE / _OLD_SHARD)
    _settle(folder)


def _settle(folder: Path) -> None:
    """Finish the replacing of a shard that a kill may have stopped, and remove what it has left."""
    shard, draft, old = (folder / _STORE / name for name in (_SHARD, _SHARD_DRAFT, _OLD_SHARD))
    with writing_to(folder):
        if draft.exists() and not shard.exists():
            draft.rename(shard)
        for path in (draft, old):
            if path.exists():
                shutil.rmtree(path)


def collection_record(folder: Path) -> CollectionRecord:
    """Return what a collection says of its vectors; it need not be held.

    Raises:
        UnusableCollectionError: There is no such collection, or its record is damaged.
    """
    try:
        return CollectionRecord.model_validate_json((folder / _STORE / _RECORD).read_bytes())
    except (OSError, ValidationError) as error:
        raise UnusableCollectionError(folder, f"{_RECORD}: {error}") from error


def _make(folder: Path, record: CollectionRecord) -> None:
    draft = folder / _DRAFT
    with writing_to(folder):
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir()
        _write_record(draft / _RECORD, record)
        with edge_errors(folder):
            _make_shard(draft / _SHARD, record.identity.dimension)
        draft.rename(folder / _STORE)
    logger.info("made the vector collection in {folder} for {model}", folder=folder, model=record.identity.model)


def edge_config(dimension: int, optimizers: EdgeOptimizersConfig = USUAL, graph: HnswIndexConfig = GRAPH) -> EdgeConfig:
    """Return how Edge keeps the vectors of a collection.

    Args:
        dimension: Of the dense vectors.
        optimizers: When Edge rewrites its files.
        graph: That of large segments.
    """
    return EdgeConfig(
        vectors={VECTOR_NAME: EdgeVectorParams(size=dimension, distance=Distance.Cosine)},
        sparse_vectors={TERMS_NAME: EdgeSparseVectorParams(modifier=Modifier.Idf)},
        hnsw_config=graph,
        quantization_config=ROUNDED,
        optimizers=optimizers,
    )


def _make_shard(path: Path, dimension: int) -> None:
    shard = EdgeShard.create(str(path), edge_config(dimension))
    for field in FILTER_FIELDS:
        kind = PayloadSchemaType.Uuid if field in IDENTIFIERS else PayloadSchemaType.Keyword
        shard.update(UpdateOperation.create_field_index(field, kind))
    shard.update(UpdateOperation.create_field_index(DATE_FIELD, PayloadSchemaType.Datetime))
    shard.flush()
    shard.close()


def _write_record(path: Path, record: CollectionRecord) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(record.model_dump_json())
        file.flush()
        # The rename that follows must not reach the disk before the words do.
        os.fsync(file.fileno())
