"""The LanguageModel port on a SageMaker endpoint whose container takes OpenAI's chat payload, such as that of vLLM."""

import asyncio
import codecs
import json
from collections.abc import AsyncGenerator, AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing, suppress
from threading import Event
from typing import Any, Final, Self
from urllib.parse import urlsplit

from llm_engineering.application.language_models.structured import require_usable_schema
from llm_engineering.domain.language_models import Completion, ModelIdentity, ModelRequest
from llm_engineering.infrastructure.aws.clients import AwsAccess
from llm_engineering.infrastructure.language_models.chat_dialects import Dialect, LearnedDialect
from llm_engineering.infrastructure.language_models.chat_replies import ChatReply
from llm_engineering.infrastructure.language_models.faults import Server
from llm_engineering.infrastructure.language_models.sagemaker_errors import named, status_and_message
from llm_engineering.infrastructure.language_models.timeouts import STANDARD_TIMEOUTS, ModelTimeouts, timed

CALLS_AT_ONCE: Final = 8
"""Further calls wait; the AWS client blocks a thread for each."""


class SageMakerModel:
    """Asks an endpoint.

    Nothing is tried again for a failure that may pass: `RetryingModel` does that, so that each try is counted. A call
    that is cancelled closes its stream; one that does not stream can only be left alone until it ends.

    Args:
        client: A client of boto3 for `sagemaker-runtime`, without retries of its own.
        endpoint: Name of the endpoint.
        timeouts: How long is waited.
        component: Name of the inference component, if the model is one.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - boto3 has no types
        endpoint: str,
        timeouts: ModelTimeouts = STANDARD_TIMEOUTS,
        *,
        component: str | None = None,
    ) -> None:
        self._client = client
        self._endpoint = endpoint
        self._place = {"EndpointName": endpoint}
        if component is not None:
            self._place["InferenceComponentName"] = component
        self._timeouts = timeouts
        self._server = Server(
            place=f"the SageMaker endpoint {endpoint}",
            model=endpoint,
            model_setting="SAGEMAKER_ENDPOINT_INFERENCE",
            place_setting="SAGEMAKER_ENDPOINT_INFERENCE",
            access="Sign in to AWS again (aws sso login), and check that it may invoke the endpoint.",
        )
        self._dialect = LearnedDialect(self._server.place, Dialect())
        self._threads = ThreadPoolExecutor(max_workers=CALLS_AT_ONCE, thread_name_prefix="sagemaker")

    @classmethod
    def connect(
        cls,
        endpoint: str,
        access: AwsAccess,
        timeouts: ModelTimeouts = STANDARD_TIMEOUTS,
        *,
        component: str | None = None,
    ) -> Self:
        """Return the model of an endpoint; nothing is asked yet.

        Args:
            endpoint: Name of the endpoint.
            access: As whom it is asked, and where it is.
            timeouts: How long is waited.
            component: Name of the inference component, if the model is one.

        Raises:
            AwsMissingError: boto3 is not installed, or there is no region.
        """
        client = aws_client("sagemaker-runtime", endpoint, access, timeouts)
        return cls(client, endpoint, timeouts, component=component)

    @property
    def identity(self) -> ModelIdentity:
        """Name of the endpoint."""
        return ModelIdentity(provider="sagemaker", name=self._endpoint)

    @property
    def host(self) -> str:
        """Host that calls go to."""
        return urlsplit(self._client.meta.endpoint_url).hostname or ""

    async def completion(self, request: ModelRequest) -> Completion:
        """Return what the model says."""
        if request.json_schema is not None:
            require_usable_schema(request.json_schema)
        try:
            async with asyncio.timeout(self._timeouts.whole):
                body = await asyncio.get_running_loop().run_in_executor(self._threads, self._body, request)
        except TimeoutError as error:
            raise self._server.late(self._timeouts.whole, "LANGUAGE_MODEL_TIMEOUT_SECONDS") from error
        return ChatReply(request, self._server).whole(body)

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
        """Let go of the connections; calls that are under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _body(self, request: ModelRequest) -> bytes:
        response = self._response(request, is_streamed=False)
        try:
            content: bytes = response["Body"].read()
        except Exception as error:
            raise named(error, self._server) from error
        return content

    def _response(self, request: ModelRequest, *, is_streamed: bool) -> dict[str, Any]:
        """Return the answer of the endpoint, whose body is yet to be read."""
        from botocore.exceptions import ClientError

        invoke = self._client.invoke_endpoint_with_response_stream if is_streamed else self._client.invoke_endpoint
        while True:
            dialect = self._dialect.current
            body = json.dumps(dialect.body(request, is_streamed=is_streamed))
            try:
                response: dict[str, Any] = invoke(**self._place, ContentType="application/json", Body=body.encode())
            except ClientError as error:
                if not self._dialect.learns(dialect, request, *status_and_message(error)):
                    raise named(error, self._server) from error
            except Exception as error:
                raise named(error, self._server) from error
            else:
                return response

    async def _lines(self, request: ModelRequest) -> AsyncGenerator[str]:
        """Yield the lines of the stream, which a thread reads."""
        reading = _Reading(asyncio.get_running_loop())
        self._threads.submit(self._read, request, reading)
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        rest = ""
        try:
            while (part := await reading.next_part()) is not None:
                *lines, rest = (rest + decoder.decode(part)).split("\n")
                for line in lines:
                    yield line
            if rest:
                yield rest
        finally:
            reading.stop()

    def _read(self, request: ModelRequest, reading: "_Reading") -> None:
        try:
            with closing(self._response(request, is_streamed=True)["Body"]) as stream:
                reading.begin(stream)
                for event in stream:
                    if reading.is_stopped:
                        return
                    reading.give(event.get("PayloadPart", {}).get("Bytes", b""))
        except Exception as error:  # noqa: BLE001 - raised where it is awaited
            reading.give(named(error, self._server))
        else:
            reading.give(None)


def aws_client(service: str, endpoint: str, access: AwsAccess, timeouts: ModelTimeouts) -> Any:  # noqa: ANN401
    """Return a client of boto3 without retries of its own; nothing is asked yet.

    Args:
        service: As boto3 calls it, such as "sagemaker-runtime".
        endpoint: What is to be asked, for errors.
        access: As whom, and where.
        timeouts: How long is waited.

    Raises:
        AwsMissingError: boto3 is not installed, or there is no region.
    """
    return access.client(
        service,
        purpose=f"the endpoint {endpoint!r}",
        connect_timeout=timeouts.connect,
        read_timeout=timeouts.whole,
        retries={"total_max_attempts": 1},
        max_pool_connections=CALLS_AT_ONCE,
    )


class _Reading:
    """A stream that a thread reads and a task waits for."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parts: asyncio.Queue[bytes | Exception | None] = asyncio.Queue()
        self._stopped = Event()
        self._stream: Any = None

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    def begin(self, stream: Any) -> None:  # noqa: ANN401 - botocore has no types
        """Take what is to be closed in the end."""
        self._stream = stream
        if self.is_stopped:
            self._shut()

    def give(self, part: bytes | Exception | None) -> None:
        """Hand on what was read, from the thread."""
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._parts.put_nowait, part)

    async def next_part(self) -> bytes | None:
        """Return what was read next; None at the end."""
        part = await self._parts.get()
        if isinstance(part, Exception):
            raise part
        return part

    def stop(self) -> None:
        """Close the stream, whose thread then ends."""
        self._stopped.set()
        self._shut()

    def _shut(self) -> None:
        raw = getattr(self._stream, "_raw_stream", None)
        # Closing would wait for the thread that reads; urllib3 has this for that purpose.
        if raw is not None and hasattr(raw, "shutdown"):
            with suppress(OSError, ValueError, RuntimeError):
                raw.shutdown()
