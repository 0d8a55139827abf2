"""What is opened to answer questions, with the real embedding model."""

import asyncio
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from llm_engineering.application.answer.configuration import Answering
from llm_engineering.domain.chunks import EmbeddedChunk
from llm_engineering.infrastructure.answering import opened_answerer
from llm_engineering.infrastructure.factory import embedder, opened_collection, term_encoder
from llm_engineering.settings import Settings
from tests.support.documents import chunk

pytestmark = pytest.mark.integration

PLUM = "A plum is a fruit that grows on trees."


def blas_threads() -> set[int]:
    """Return over how many threads the libraries behind NumPy and SciPy spread a product."""
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_products_are_computed_in_one_thread_while_an_answerer_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))
    settings = Settings()
    model = embedder(settings)
    with opened_collection(settings, settings.qdrant_collection, model.identity) as vectors:
        vectors.upsert([
            EmbeddedChunk(
                chunk(PLUM, chunk_id=str(UUID(int=1))), model.embed_query(PLUM), term_encoder().document(PLUM)
            )
        ])
    assert np.ones(2) @ np.ones(2) == 2  # the library is loaded
    before = blas_threads()

    async def threads_meanwhile() -> set[int]:
        async with opened_answerer(settings, Answering()):
            return blas_threads()

    assert asyncio.run(threads_meanwhile()) == {1}
    assert blas_threads() == before
