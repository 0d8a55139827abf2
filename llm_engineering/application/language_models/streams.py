"""Streams of a model that are closed as soon as nobody reads them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.domain.language_models import Completion, ModelRequest

Items = AsyncIterator[str | Completion]
"""Pieces of a text, and last the whole completion."""


@asynccontextmanager
async def opened_stream(model: LanguageModel, request: ModelRequest) -> AsyncIterator[Items]:
    """Yield the stream of a model; at the end of the block it is closed, read to its end or not.

    An asynchronous generator that is only left would be closed at some later time, and the model would go on writing.
    """
    items = model.stream(request)
    try:
        yield items
    finally:
        close = getattr(items, "aclose", None)
        if close is not None:
            await close()
