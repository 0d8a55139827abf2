"""What is opened to answer questions, with the real embedding model."""

import asyncio
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from llm_engineering.application.answer.asking import Question
from llm_engineering.application.answer.configuration import Answering
from llm_engineering.domain.chunks import EmbeddedChunk
from llm_engineering.infrastructure.answering import opened_answerer
from llm_engineering.infrastructure.factory import embedder, opened_catalog, opened_collection, term_encoder
from llm_engineering.settings import Settings
from tests.support.documents import chunk

pytestmark = pytest.mark.integration

PLUM = "A plum is a fruit that grows on trees."
NEW_PLUM = "A plum is a fruit with a stone."


def blas_threads() -> set[int]:
    """Return over how many threads the libraries behind NumPy and SciPy spread a product."""
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def build(settings: Settings, collection: str, text: str) -> None:
    """Make a collection of one passage."""
    model = embedder(settings)
    with opened_collection(settings, collection, model.identity) as vectors:
        made = chunk(text, chunk_id=str(UUID(int=1)))
        vectors.upsert([EmbeddedChunk(made, model.embed_query(text), term_encoder().document(text))])


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))
    return Settings()


def test_products_are_computed_in_one_thread_while_an_answerer_is_open(settings: Settings) -> None:
    build(settings, settings.qdrant_collection, PLUM)
    assert np.ones(2) @ np.ones(2) == 2  # the library is loaded
    before = blas_threads()

    async def threads_meanwhile() -> set[int]:
        async with opened_answerer(settings, Answering()):
            return blas_threads()

    assert asyncio.run(threads_meanwhile()) == {1}
    assert blas_threads() == before


def test_an_answerer_that_is_open_keeps_its_index_and_the_next_one_takes_the_new(settings: Settings) -> None:
    question = Question(query="What is a plum?", limit=1)
    build(settings, settings.qdrant_collection, PLUM)
    rebuilt = f"{settings.qdrant_collection}-0123456789ab"

    async def quoted() -> str:
        async with opened_answerer(settings, Answering()) as answerer:
            return (await answerer.answer(question)).citations[0].quote

    async def quoted_after_a_switch() -> str:
        async with opened_answerer(settings, Answering()) as answerer:
            build(settings, rebuilt, NEW_PLUM)
            with opened_catalog(settings) as catalog:
                catalog.switch(rebuilt)
            return (await answerer.answer(question)).citations[0].quote

    assert asyncio.run(quoted_after_a_switch()) == PLUM
    assert asyncio.run(quoted()) == NEW_PLUM


def test_an_answerer_that_follows_the_index_takes_the_new_one_without_being_opened_anew(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICE_INDEX_SECONDS", "0.05")
    question = Question(query="What is a plum?", limit=1)
    build(settings, settings.qdrant_collection, PLUM)
    rebuilt = f"{settings.qdrant_collection}-0123456789ab"

    async def quotes() -> list[str]:
        async with opened_answerer(Settings(), Answering(), follows_index=True) as answerer:
            found = [(await answerer.answer(question)).citations[0].quote]
            build(settings, rebuilt, NEW_PLUM)
            with opened_catalog(settings) as catalog:
                catalog.switch(rebuilt)
            async with asyncio.timeout(30):
                while found[-1] == PLUM:
                    found.append((await answerer.answer(question)).citations[0].quote)
            return found

    found = asyncio.run(quotes())
    assert {*found[:-1]} == {PLUM}
    assert found[-1] == NEW_PLUM
