"""How a server keeps a collection: in how many shards and copies, with which graph, rounded or not."""

from typing import Any, Final, Self

from pydantic import Field, model_validator
from qdrant_client import models

from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.vector_stores.graphs import (
    FULL_SCAN_KILOBYTES,
    GRAPH_BUILD,
    GRAPH_EDGES,
    LARGE_FROM_KILOBYTES,
    OVERSAMPLING,
    ROUNDED_QUANTILE,
    SEARCH_CANDIDATES,
)
from llm_engineering.infrastructure.vector_stores.payloads import VECTOR_NAME
from llm_engineering.settings import Settings

_ONE: Final = 1


class ServerLayout(FrozenModel):
    """What the project wants of a collection on a server.

    Shards and copies that are None are one each of a new collection, and whatever it has of one that is there.
    """

    shards: int | None = Field(default=None, ge=1)
    replicas: int | None = Field(default=None, ge=1)
    write_consistency: int | None = Field(default=None, ge=1)
    """Copies that have to have a write before it is answered."""
    rounded: bool = True
    """Whether a byte per number lies in memory beside the exact vectors."""
    vectors_on_disk: bool = False
    """Whether the exact vectors are read from the disk when they are needed."""
    graph_edges: int = Field(default=GRAPH_EDGES, ge=4)
    graph_build: int = Field(default=GRAPH_BUILD, ge=4)
    search_candidates: int = Field(default=SEARCH_CANDIDATES, ge=1)
    oversampling: float = Field(default=OVERSAMPLING, ge=1)

    @model_validator(mode="after")
    def _require_copies_for_writes(self) -> Self:
        if (self.write_consistency or _ONE) > (self.replicas or _ONE):
            raise ValueError("a write cannot wait for more copies than there are")
        return self

    @property
    def creation(self) -> dict[str, Any]:
        """Arguments of `create_collection`, but for the vectors and what the collection says of itself."""
        return {
            "shard_number": self.shards or _ONE,
            "replication_factor": self.replicas or _ONE,
            "write_consistency_factor": self.write_consistency or _ONE,
            "hnsw_config": self._graph,
            "optimizers_config": models.OptimizersConfigDiff(indexing_threshold=LARGE_FROM_KILOBYTES),
            "quantization_config": self._rounding,
        }

    @property
    def search(self) -> models.SearchParams:
        """How the dense vectors are searched."""
        rounding = models.QuantizationSearchParams(rescore=True, oversampling=self.oversampling)
        return models.SearchParams(hnsw_ef=self.search_candidates, quantization=rounding if self.rounded else None)

    def changes(self, held: models.CollectionConfig) -> dict[str, Any]:
        """Return the arguments of `update_collection` that bring a collection to this; none if it is so already."""
        found = {
            "collection_params": self._copies(held.params),
            "hnsw_config": None if self._has_graph(held.hnsw_config) else self._graph,
            "optimizers_config": self._optimizers(held.optimizer_config),
            "quantization_config": self._rounding_change(held),
            "vectors_config": self._place(held.params),
        }
        return {name: change for name, change in found.items() if change is not None}

    def other_shards(self, held: models.CollectionConfig) -> int | None:
        """Return how many shards a collection has, if these are not as many as are wanted: they cannot be changed."""
        number = held.params.shard_number or _ONE
        return None if self.shards in {None, number} else number

    def more_copies(self, held: models.CollectionConfig) -> bool:
        """Whether more copies are wanted than a collection was made with."""
        return (self.replicas or _ONE) > (held.params.replication_factor or _ONE)

    @property
    def _graph(self) -> models.HnswConfigDiff:
        return models.HnswConfigDiff(
            m=self.graph_edges, ef_construct=self.graph_build, full_scan_threshold=FULL_SCAN_KILOBYTES
        )

    @property
    def _rounding(self) -> models.ScalarQuantization | None:
        if not self.rounded:
            return None
        scalar = models.ScalarQuantizationConfig(
            type=models.ScalarType.INT8, quantile=ROUNDED_QUANTILE, always_ram=True
        )
        return models.ScalarQuantization(scalar=scalar)

    def _has_graph(self, held: models.HnswConfig) -> bool:
        wanted = (self.graph_edges, self.graph_build, FULL_SCAN_KILOBYTES)
        return (held.m, held.ef_construct, held.full_scan_threshold) == wanted

    def _copies(self, held: models.CollectionParams) -> models.CollectionParamsDiff | None:
        wanted = {"replication_factor": self.replicas, "write_consistency_factor": self.write_consistency}
        changed = {name: number for name, number in wanted.items() if number not in {None, getattr(held, name) or _ONE}}
        return models.CollectionParamsDiff(**changed) if changed else None

    @staticmethod
    def _optimizers(held: models.OptimizersConfig) -> models.OptimizersConfigDiff | None:
        if held.indexing_threshold == LARGE_FROM_KILOBYTES:
            return None
        return models.OptimizersConfigDiff(indexing_threshold=LARGE_FROM_KILOBYTES)

    def _rounding_change(self, held: models.CollectionConfig) -> models.ScalarQuantization | models.Disabled | None:
        if _is_rounded(held) if self.rounded else held.quantization_config is None:
            return None
        return self._rounding or models.Disabled.DISABLED

    def _place(self, held: models.CollectionParams) -> dict[str, models.VectorParamsDiff] | None:
        vectors = held.vectors if isinstance(held.vectors, dict) else {}
        dense = vectors.get(VECTOR_NAME)
        if dense is None or bool(dense.on_disk) == self.vectors_on_disk:
            return None
        return {VECTOR_NAME: models.VectorParamsDiff(on_disk=self.vectors_on_disk)}


def layout_of(settings: Settings) -> ServerLayout:
    """Return the layout that the settings ask for."""
    return ServerLayout(
        shards=settings.qdrant_shards,
        replicas=settings.qdrant_replicas,
        write_consistency=settings.qdrant_write_consistency,
        rounded=settings.qdrant_rounded_vectors,
        vectors_on_disk=settings.qdrant_vectors_on_disk,
        graph_edges=settings.qdrant_hnsw_m,
        graph_build=settings.qdrant_hnsw_ef_construct,
        search_candidates=settings.qdrant_hnsw_ef,
        oversampling=settings.qdrant_oversampling,
    )


def _is_rounded(held: models.CollectionConfig) -> bool:
    """Whether a collection keeps a byte per number in memory; servers name the memory in one way or in the other."""
    if not isinstance(held.quantization_config, models.ScalarQuantization):
        return False
    scalar = held.quantization_config.scalar
    is_in_memory = bool(scalar.always_ram) or scalar.memory is not None
    return (scalar.type, scalar.quantile, is_in_memory) == (models.ScalarType.INT8, ROUNDED_QUANTILE, True)


STANDARD_LAYOUT: Final = ServerLayout()
"""That of one server."""
