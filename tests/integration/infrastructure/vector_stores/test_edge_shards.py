"""What a large collection's rounded vectors find is what the true ones find."""

from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from numpy.typing import NDArray
from qdrant_edge import (
    EdgeOptimizersConfig,
    EdgeShard,
    Point,
    QuantizationSearchParams,
    Query,
    QueryRequest,
    SearchParams,
    UpdateOperation,
)

from llm_engineering.infrastructure.vector_stores.edge_shards import RESCORED, edge_config
from llm_engineering.infrastructure.vector_stores.payloads import VECTOR_NAME

pytestmark = pytest.mark.integration

DIMENSION = 48
ROUNDED_AT_ONCE = EdgeOptimizersConfig(indexing_threshold=1)


def nearest(shard: EdgeShard, vector: NDArray[np.float32], params: SearchParams) -> dict[int | str | UUID, float]:
    query = Query.Nearest(vector.tolist(), using=VECTOR_NAME)
    return {point.id: point.score for point in shard.query(QueryRequest(query=query, limit=10, params=params))}


def test_rounded_vectors_find_the_nearest_with_their_true_scores(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).standard_normal((2_000, DIMENSION), dtype=np.float32)
    (tmp_path / "shard").mkdir()
    shard = EdgeShard.create(str(tmp_path / "shard"), edge_config(DIMENSION, ROUNDED_AT_ONCE))
    shard.update(
        UpdateOperation.upsert_points([
            Point(number, {VECTOR_NAME: row.tolist()}, {}) for number, row in enumerate(rows)
        ])
    )
    assert shard.optimize()

    for question in rows[:20] + rows[20:40]:
        exact = nearest(shard, question, SearchParams(exact=True))
        assert nearest(shard, question, SearchParams(quantization=RESCORED)) == pytest.approx(exact, abs=1e-5)
        rounded = nearest(shard, question, SearchParams(quantization=QuantizationSearchParams(rescore=False)))
        assert max(rounded.values()) != max(exact.values())
    shard.close()
