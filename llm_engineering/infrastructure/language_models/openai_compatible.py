"""The LanguageModel port on servers with OpenAI's chat interface: OpenAI, vLLM, TensorRT-LLM, Ollama, LM Studio."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Self

from loguru import logger
from pydantic import SecretStr

from llm_engineering.application.language_models.port import LanguageModelError
from llm_engineering.application.language_models.structured import require_usable_schema
from llm_engineering.domain.language_models import Completion, ModelIdentity, ModelRequest
from llm_engineering.infrastructure.http_statuses import asked_wait_seconds
from llm_engineering.infrastructure.language_models.addresses import OPENAI, ModelAddress
from llm_engineering.infrastructure.language_models.chat_dialects import Dialect
from llm_engineering.infrastructure.language_models.chat_replies import ChatReply
from llm_engineering.infrastructure.language_models.faults import Server
from llm_engineering.infrastructure.language_models.timeouts import STANDARD_TIMEOUTS, ModelTimeouts, timed

if TYPE_CHECKING:
    import httpx
    from openai import AsyncOpenAI

_KEPT_HEADERS: Final = frozenset({
    "accept", "accept-encoding", "connection", "content-length", "content-type", "host", "transfer-encoding",
})  # fmt: skip
"""All other headers are removed: the client would tell the system, the processor and the version of Python, and send
what stands in further variables of its own."""
_NOT_SDK_KEY: Final = "set by the request hook"
_REFUSALS: Final = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY})


class OpenAICompatibleModel:
    """Asks a server. What it turns out not to take is left out from then on.

    Nothing is tried again for a failure that may pass: `RetryingModel` does that, so that each try is counted.

    Args:
        client: Connected to the server; closed with the model.
        server: How errors name it.
        timeouts: How long is waited.
        dialect: What is tried first.
    """

    def __init__(self, client: "AsyncOpenAI", server: Server, timeouts: ModelTimeouts, dialect: Dialect) -> None:
        self._client = client
        self._server = server
        self._timeouts = timeouts
        self._dialect = dialect

    @classmethod
    def connect(
        cls, address: ModelAddress, key: SecretStr | None, name: str, timeouts: ModelTimeouts = STANDARD_TIMEOUTS
    ) -> Self:
        """Return the model of a name on a server; nothing is asked yet.

        Raises:
            ModelKeyInTheClearError: The key would leave this machine unencrypted.
            UnsendableModelKeyError: It does not fit into a header.
        """
        from openai import AsyncOpenAI

        address.require_fit_for(key)
        server = Server(
            place=address.url,
            model=name,
            model_setting="OPENAI_MODEL_ID",
            place_setting="OPENAI_BASE_URL",
            access="Check OPENAI_API_KEY and what it allows at the provider.",
        )
        client = AsyncOpenAI(
            api_key=_NOT_SDK_KEY,
            base_url=address.url,
            max_retries=0,
            http_client=_http_client(address, key, timeouts),
        )
        field = "max_completion_tokens" if address.url.startswith(OPENAI) else "max_tokens"
        return cls(client, server, timeouts, Dialect(length_field=field))

    @property
    def identity(self) -> ModelIdentity:
        """Name of the model as the server knows it."""
        return ModelIdentity(provider="openai", name=self._server.model)

    async def completion(self, request: ModelRequest) -> Completion:
        """Return what the model says."""
        if request.json_schema is not None:
            require_usable_schema(request.json_schema)
        try:
            async with asyncio.timeout(self._timeouts.whole):
                content = await self._content(request)
        except TimeoutError as error:
            raise self._server.late(self._timeouts.whole, "LANGUAGE_MODEL_TIMEOUT_SECONDS") from error
        return ChatReply(request, self._server).whole(content)

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        """Yield what the model says; JSON of a schema in one piece, because it is checked first."""
        if request.json_schema is not None:
            completion = await self.completion(request)
            if completion.text:
                yield completion.text
            yield completion
            return
        reply = ChatReply(request, self._server)
        async with (
            aclosing(self._lines(request)) as lines,
            aclosing(timed(lines, self._timeouts, self._server.late)) as timely,
        ):
            async for line in timely:
                piece = reply.piece_of_line(line)
                if piece:
                    yield piece
        yield reply.completion()

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _content(self, request: ModelRequest) -> bytes:
        while True:
            dialect = self._dialect
            body = dialect.body(request, is_streamed=False)
            try:
                raw = await self._client.chat.completions.with_raw_response.create(model=self._server.model, **body)
            except Exception as error:  # noqa: BLE001 - named, or raised again
                self._adapt(error, dialect, request)
                continue
            content: bytes = raw.http_response.content
            return content

    async def _lines(self, request: ModelRequest) -> AsyncGenerator[str]:
        while True:
            dialect = self._dialect
            body = dialect.body(request, is_streamed=True)
            has_begun = False
            try:
                async with self._client.chat.completions.with_streaming_response.create(
                    model=self._server.model, **body
                ) as response:
                    async for line in response.iter_lines():
                        has_begun = True
                        yield line
            except Exception as error:
                if has_begun:
                    raise _named(error, self._server) from error
                self._adapt(error, dialect, request)
            else:
                return

    def _adapt(self, error: Exception, dialect: Dialect, request: ModelRequest) -> None:
        """Leave out from now on what the server refused.

        Raises:
            LanguageModelError: The error as the port names it, if it is no such refusal.
        """
        from openai import APIStatusError

        simpler = None
        if isinstance(error, APIStatusError) and error.status_code in _REFUSALS:
            simpler = dialect.simpler(f"{error.param or ''} {_said(error)}", request)
        if simpler is None:
            raise _named(error, self._server) from error
        logger.info(
            "{place} does not take all of a request; it is asked with {dialect} from now on",
            place=self._server.place, dialect=simpler,
        )  # fmt: skip
        self._dialect = simpler


def _http_client(address: ModelAddress, key: SecretStr | None, timeouts: ModelTimeouts) -> "httpx.AsyncClient":
    import httpx

    async def only_what_is_needed(request: "httpx.Request") -> None:
        for name in set(request.headers) - _KEPT_HEADERS:
            del request.headers[name]
        request.headers["user-agent"] = "llm-twin"
        if key is not None:
            request.headers["authorization"] = f"Bearer {key.get_secret_value()}"

    return httpx.AsyncClient(
        timeout=httpx.Timeout(timeouts.whole, connect=timeouts.connect),
        event_hooks={"request": [only_what_is_needed]},
        # A key is for the server that was checked, not for one that this one names.
        follow_redirects=False,
        # A proxy of the environment is no way to this machine, and would read a key that is not encrypted.
        trust_env=address.is_encrypted and not address.is_loopback,
    )


def _named(error: Exception, server: Server) -> Exception:
    """Return the error of the port for one of the client."""
    import httpx
    from openai import APIConnectionError, APIStatusError

    if isinstance(error, LanguageModelError):
        return error
    if isinstance(error, APIStatusError):
        return server.of_status(
            error.status_code,
            _said(error),
            asked_wait_seconds(error.response.headers.get("retry-after", "").strip(), datetime.now(UTC)),
        )
    cause = error.__cause__ if isinstance(error, APIConnectionError) else error
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol):
        return server.unreachable(f"no connection ({type(cause).__name__})", was_sent=False)
    if isinstance(cause, httpx.HTTPError | httpx.StreamError):
        return server.unreachable(f"the connection broke ({type(cause).__name__})", was_sent=True)
    return error


def _said(error: Any) -> str:  # noqa: ANN401 - an APIStatusError, which is imported where it is used
    """Return what a server said, as text."""
    body = error.body
    if isinstance(body, dict):
        parts = [str(body[key]) for key in ("code", "message", "detail", "error") if body.get(key)]
        return ": ".join(parts) or str(body)
    return str(body or "")
