"""What is found in a large collection by rounded vectors and a graph."""

from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray
from qdrant_edge import (
    EdgeOptimizersConfig,
    EdgeShard,
    HnswIndexConfig,
    Point,
    QuantizationSearchParams,
    Query,
    QueryRequest,
    SearchParams,
    UpdateOperation,
)

from llm_engineering.infrastructure.vector_stores.edge_shards import GRAPH, SEARCH, edge_config
from llm_engineering.infrastructure.vector_stores.payloads import VECTOR_NAME

pytestmark = pytest.mark.integration

DIMENSION = 48
LARGE_AT_ONCE = EdgeOptimizersConfig(indexing_threshold=1)


def nearest(shard: EdgeShard, vector: NDArray[np.float32], params: SearchParams) -> dict[int | str | UUID, float]:
    query = Query.Nearest(vector.tolist(), using=VECTOR_NAME)
    return {point.id: point.score for point in shard.query(QueryRequest(query=query, limit=10, params=params))}


def shard_of(folder: Path, rows: NDArray[np.float32], graph: HnswIndexConfig) -> EdgeShard:
    """Return a shard that is as large ones are: rounded, and with a graph."""
    folder.mkdir()
    shard = EdgeShard.create(str(folder), edge_config(DIMENSION, LARGE_AT_ONCE, graph))
    points = [Point(number, {VECTOR_NAME: row.tolist()}, {}) for number, row in enumerate(rows)]
    shard.update(UpdateOperation.upsert_points(points))
    assert shard.optimize()
    return shard


def test_rounded_vectors_find_the_nearest_with_their_true_scores(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((2_000, DIMENSION), dtype=np.float32)
    shard = shard_of(tmp_path / "shard", rows, GRAPH)

    for question in rows[:20] + rows[20:40]:
        exact = nearest(shard, question, SearchParams(exact=True))
        assert nearest(shard, question, SEARCH) == pytest.approx(exact, abs=1e-5)
        rounded = nearest(shard, question, SearchParams(quantization=QuantizationSearchParams(rescore=False)))
        assert max(rounded.values()) != max(exact.values())
    shard.close()


def test_the_graph_misses_next_to_none_of_the_nearest(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((4_000, DIMENSION), dtype=np.float32)
    # In use so small a shard is searched without it.
    graph = HnswIndexConfig(m=GRAPH.m, ef_construct=GRAPH.ef_construct, full_scan_threshold=1)
    shard = shard_of(tmp_path / "shard", rows, graph)

    questions = rows[:40] + rows[40:80]
    hasty = SearchParams(hnsw_ef=10, quantization=QuantizationSearchParams(rescore=True, oversampling=1.0))
    found, found_hastily = 0, 0
    for question in questions:
        exact = nearest(shard, question, SearchParams(exact=True)).keys()
        found += len(exact & nearest(shard, question, SEARCH).keys())
        found_hastily += len(exact & nearest(shard, question, hasty).keys())
    shard.close()
    assert found >= 396  # of 400; at random there are no neighbours worth the name, which is the hardest case
    assert found_hastily < found  # so there is a graph
