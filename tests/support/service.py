"""The service with a fake answerer: as an app, and as a real server on loopback."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from threading import Event, Thread
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from llm_engineering.application.answer.asking import Answerer
from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.retrieve.facets import Facets, FacetValue
from llm_engineering.application.summarize.served import ServedSummaries
from llm_engineering.application.summarize.summarizer import Summarizer
from llm_engineering.application.summarize.summary import Summarizing
from llm_engineering.application.tracing.port import Recorded, Trace
from llm_engineering.domain.answers import Feedback
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.http_api.parts import ServiceParts
from llm_engineering.infrastructure.http_api.server import address_of, bound_socket, server_config
from tests.contracts.answerer import CHUNKS
from tests.support.fake_answerer import FakeAnswerer
from tests.support.fakes import LetterEmbedder, word_encoder

PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><title>question to answer</title></svg>'
FACETS = Facets(
    authors=(FacetValue(value="Ada Lovelace", passages=2), FacetValue(value="Grace Hopper", passages=1)),
    categories=(FacetValue(value="articles", passages=2), FacetValue(value="posts", passages=1)),
    platforms=(
        FacetValue(value="ada.dev", passages=1),
        FacetValue(value="grace.dev", passages=1),
        FacetValue(value="medium", passages=1),
    ),
    languages=(FacetValue(value="en", passages=3),),
)


@dataclass
class HeardTracer:
    """A tracer that keeps what it is given."""

    traces: list[Trace] = field(default_factory=list)
    feedback: list[Feedback] = field(default_factory=list)
    known: set[str] | None = None
    """The traces that it knows; None: it keeps none."""

    def record(self, trace: Recorded) -> None:
        self.traces.append(trace.made())

    def record_feedback(self, feedback: Feedback) -> None:
        self.feedback.append(feedback)

    def knows(self, trace_id: str) -> bool | None:
        return None if self.known is None else trace_id in self.known

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        """Nothing waits."""


def service_parts(store: DocumentStore, answerer: Answerer | None = None, **changed: Any) -> ServiceParts:
    """Return parts of which everything that is not given is small and known."""
    parts: dict[str, Any] = {
        "answerer": answerer or FakeAnswerer(CHUNKS),
        "has_model": False,
        "feedback_store": store,
        "tracer": HeardTracer(),
        "facets": lambda: FACETS,
        "graph_svg": lambda: PICTURE,
        "summaries": summaries_of(store),
    }
    return ServiceParts(**{**parts, **changed})


def summaries_of(store: DocumentStore, model: LanguageModel | None = None) -> ServedSummaries:
    """Return what summarizes with the prompts of the code; by default it quotes."""
    summarizer = Summarizer(
        tokenizer=LetterEmbedder().tokenizer,
        terms=word_encoder().stems,
        prompts=code_prompts(),
        summarizing=Summarizing(sentences=2),
        language_model=model,
    )
    return ServedSummaries(store, summarizer, Threads(ThreadPoolExecutor(2)))


@dataclass
class RunningService:
    """A server in a thread."""

    url: str
    server: uvicorn.Server
    loop: asyncio.AbstractEventLoop
    clients: list[httpx.Client] = field(default_factory=list)

    def client(self, **options: Any) -> httpx.Client:
        """Return a client of it, which is closed with it."""
        self.clients.append(httpx.Client(base_url=self.url, timeout=20, **options))
        return self.clients[-1]

    def call(self, function: Any) -> None:
        """Call a function in the loop of the server."""
        self.loop.call_soon_threadsafe(function)


@contextmanager
def running_service(app: FastAPI) -> Iterator[RunningService]:
    """Yield the app, served on a free port of loopback."""
    bound = bound_socket("127.0.0.1", 0)
    server, started, loops = uvicorn.Server(server_config(app, drain_seconds=5)), Event(), []

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        serving = asyncio.ensure_future(server._serve([bound]))
        while not server.started:
            await asyncio.sleep(0.005)
        started.set()
        await serving

    thread = Thread(target=asyncio.run, args=[main()])
    thread.start()
    assert started.wait(20)
    service = RunningService(address_of(bound).rstrip("/"), server, loops[0])
    try:
        yield service
    finally:
        for client in service.clients:
            client.close()
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def sent_events(text: str) -> list[tuple[str, Any]]:
    """Return the server-sent events of a body: each name with its data, JSON read."""
    found = []
    for block in text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":") and line)
        if "data" in lines:
            found.append((lines.get("event", "message"), json.loads(lines["data"])))
    return found


def opened_store() -> SqliteDocumentStore:
    """Return a document store in a folder of its own."""
    return SqliteDocumentStore.open(Path(mkdtemp()) / "documents.sqlite3", timeout_seconds=5)
