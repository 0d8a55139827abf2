"""The LanguageModel port on a chat model that runs in this process, through transformers."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Final, Self

from pydantic import SecretStr

from llm_engineering.application.language_models.port import ModelOverloadedError
from llm_engineering.application.language_models.streams import opened_stream
from llm_engineering.application.language_models.structured import json_text, require_usable_schema
from llm_engineering.domain.language_models import Completion, ModelIdentity, ModelRequest
from llm_engineering.infrastructure.language_models.chat_dialects import told_schema
from llm_engineering.infrastructure.language_models.transformers_chat import TransformersChat, UnusableChatModelError

MAX_WAITING: Final = 8
"""Calls that may wait for the one that is computed; each takes seconds to minutes."""

MODEL_FILES: Final = ("*.safetensors", "*.json", "*.jinja", "*.txt", "*.model")
"""What is downloaded of a model. Weights in other formats would come besides; those of torch are pickles, which run
code."""


class TransformersModel:
    """Computes one reply at a time in a thread of its own; the weights are loaded at the first call.

    Args:
        folder: Folder of the model.
        name: Its name.
        max_waiting: Calls that may wait; a further one is refused for now.
    """

    def __init__(self, folder: Path, name: str, *, max_waiting: int = MAX_WAITING) -> None:
        self.folder = folder
        self._name = name
        self._chat = TransformersChat(folder)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="transformers")
        self._max_waiting = max_waiting
        self._unfinished = 0

    @classmethod
    def from_model_id(cls, model_id: str, token: SecretStr | None = None) -> Self:
        """Return the model of a local folder or of an id on the Hugging Face Hub, which may be downloaded now.

        Raises:
            UnusableChatModelError: It is neither a folder, nor to be had from the Hub.
        """
        local = Path(model_id).expanduser()
        return cls(local if local.is_dir() else downloaded_folder(model_id, token), local.name)

    @property
    def identity(self) -> ModelIdentity:
        """Name of the folder or the last part of the id."""
        return ModelIdentity(provider="transformers", name=self._name)

    async def completion(self, request: ModelRequest) -> Completion:
        """Return what the model says.

        Raises:
            ModelRefusedError: The prompt is longer than the model reads, or the folder holds no chat model.
            ModelOverloadedError: Too many calls are waiting.
            BrokenReplyError: The reply is not of the schema.
        """
        async with opened_stream(self, request) as items:
            async for item in items:
                if isinstance(item, Completion):
                    return item
        raise AssertionError  # a stream ends with the completion or an error

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        """Yield what the model says; JSON of a schema in one piece, because it is checked first."""
        if request.json_schema is not None:
            require_usable_schema(request.json_schema)
        pieces: list[str] = []
        asked = request if request.json_schema is None else told_schema(request)
        reading = _Generation(asyncio.get_running_loop())
        self._submit(asked, reading)
        try:
            while isinstance(item := await reading.next_item(), str):
                pieces.append(item)
                if request.json_schema is None:
                    yield item
        finally:
            reading.stop()
        text = "".join(pieces)
        if request.json_schema is not None:
            text = json_text(text, request.json_schema)
            yield text
        yield item.model_copy(update={"text": text, "model": self._name})

    async def close(self) -> None:
        """Let go of the thread and the weights; what is computed is stopped at its next token."""
        self._chat.stop()
        await asyncio.to_thread(self._thread.shutdown, wait=True, cancel_futures=True)

    def _submit(self, request: ModelRequest, generation: "_Generation") -> None:
        if self._unfinished > self._max_waiting:
            raise ModelOverloadedError(
                f"The model {self._name!r} computes one reply at a time, and {self._max_waiting} calls wait already.",
                remedy="Wait and try again.",
            )
        self._unfinished += 1
        future = self._thread.submit(self._generate, request, generation)
        generation.future = future
        loop = asyncio.get_running_loop()
        future.add_done_callback(lambda _: self._done(loop))

    def _done(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(self._count_down)

    def _count_down(self) -> None:
        self._unfinished -= 1

    def _generate(self, request: ModelRequest, generation: "_Generation") -> None:
        try:
            completion = self._chat.generate(request, generation.give, generation.stopped)
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            generation.give(error)
        else:
            generation.give(completion)


class _Generation:
    """A reply that a thread computes and a task waits for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.stopped = Event()
        self.future: Future[None] | None = None
        self._loop = loop
        self._items: asyncio.Queue[str | Completion | Exception] = asyncio.Queue()

    def give(self, item: str | Completion | Exception) -> None:
        """Hand on what was computed, from the thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)

    async def next_item(self) -> str | Completion:
        """Return a piece of the text, or the completion at its end."""
        item = await self._items.get()
        if isinstance(item, Exception):
            raise item
        return item

    def stop(self) -> None:
        """Compute no more; a call that still waits is not begun."""
        self.stopped.set()
        if self.future is not None:
            self.future.cancel()


def downloaded_folder(model_id: str, token: SecretStr | None) -> Path:
    """Return where the files of a model of the Hugging Face Hub lie, which may be downloaded now.

    Raises:
        UnusableChatModelError: The Hub does not give it.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(
            snapshot_download(
                model_id,
                token=token.get_secret_value() if token is not None else None,
                allow_patterns=[*MODEL_FILES],
            )
        )
    except (HFValidationError, HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        cause = f"it is no local folder, and the Hub did not give it ({type(error).__name__})"
        raise UnusableChatModelError(model_id, cause) from error
