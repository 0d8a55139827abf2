"""Serves the twin over HTTP: `python -m tools.ml_service --help`."""

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    import socket
    from concurrent.futures import Executor

    from llm_engineering.application.answer.answerer import HamiltonAnswerer
    from llm_engineering.application.answer.configuration import Answering
    from llm_engineering.application.ports import DocumentStore
    from llm_engineering.application.summarize.served import ServedSummaries
    from llm_engineering.application.tracing.port import Tracer
    from llm_engineering.infrastructure.http_api.access import Access
    from llm_engineering.infrastructure.http_api.limits import ServiceLimits
    from llm_engineering.infrastructure.http_api.parts import ServiceParts
    from llm_engineering.infrastructure.http_api.variants import Variants
    from llm_engineering.settings import Settings

CONFIG = "answering.yaml"
SUMMARIZING_THREADS = 2
_OBJECTS_BETWEEN_SEARCHES = 10_000


@click.command(
    context_settings={"max_content_width": 120},
    help="""Serve the twin over HTTP until Ctrl-C: a page to ask on, a JSON interface, and one for OpenAI's clients.

    \b
    Examples:
      python -m tools.ml_service
      python -m tools.ml_service --port 8080
      curl -s localhost:8000/rag -H 'Content-Type: application/json' -d '{"query": "What is RAG?"}'

    It listens on this machine only. SERVICE_HOST and SERVICE_API_KEYS let others in; docs/service.md says how.""",
)
@click.option("--host", help="Address to listen at, instead of SERVICE_HOST.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port, instead of SERVICE_PORT; 0 takes a free one.")
@click.option("--config", default=CONFIG, show_default=True, help="How to answer: a path, or a file in configs/.")
@click.option("--servers-only", is_flag=True, help="Start only if both stores are servers, as several copies need it.")
@told_errors
def main(host: str | None, port: int | None, config: str, servers_only: bool) -> None:
    """Serve the twin."""
    configured_console()
    # numpy reads it when it is imported. The matrices of a question are small, and threads that waited for each other
    # over them took half of the processor time of an answer.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from llm_engineering.infrastructure.http_api.server import bound_socket, ending_gracefully
    from llm_engineering.infrastructure.shared_stores import settings_of_servers
    from llm_engineering.settings import Settings
    from tools.rag import configured_answering

    given = {"service_host": host, "service_port": port}
    settings = Settings().model_copy(update={name: value for name, value in given.items() if value is not None})
    if servers_only:
        settings_of_servers(settings)
    access, limits, answering = access_of(settings), limits_of(settings), configured_answering(config)
    with ending_gracefully(), bound_socket(settings.service_host, settings.service_port) as bound:
        asyncio.run(_served(settings, answering, access, limits, bound))
    click.echo("The service has ended.")


def access_of(settings: "Settings") -> "Access":
    """Return who may ask, as the settings say.

    Raises:
        KeyMissingError: Others than this machine could ask, and no key is set.
        WeakKeyError: A key is too short.
        InvalidNameError: A host or an origin is not written as one.
    """
    from llm_engineering.infrastructure.http_api.access import Access

    return Access.of(
        host=settings.service_host,
        keys=settings.service_api_keys,
        allowed_hosts=settings.service_allowed_hosts,
        cors_origins=settings.service_cors_origins,
    )


def limits_of(settings: "Settings") -> "ServiceLimits":
    """Return what may be asked of the service, as the settings say.

    Raises:
        InvalidRateError: The rate is not written as one.
    """
    from llm_engineering.infrastructure.http_api.limits import ServiceLimits, rates_of

    return ServiceLimits(
        rates=rates_of(settings.service_rate_limit),
        max_body_bytes=settings.service_max_body_bytes,
        max_concurrency=settings.service_max_concurrency,
        max_waiting=settings.service_max_waiting,
        deadline_seconds=settings.service_deadline_seconds,
    )


async def _served(
    settings: "Settings", answering: "Answering", access: "Access", limits: "ServiceLimits", bound: "socket.socket"
) -> None:
    from llm_engineering.infrastructure.http_api.app import service_app
    from llm_engineering.infrastructure.http_api.server import address_of, serve

    click.echo("Loading the index and the model ...")
    async with opened_parts(settings, answering) as parts:
        app = service_app(parts, access=access, limits=limits, has_docs=settings.service_docs)
        key = "" if not access.keys else " It asks for one of SERVICE_API_KEYS."
        # What is loaded stays to the end: some 600,000 objects. Looking through them for garbage held up all answers
        # for more than half a second, time and again. An answer leaves hardly any garbage that only a search finds, and
        # searching at each 700 new objects, as Python does by default, took an eighth of the time.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_OBJECTS_BETWEEN_SEARCHES)
        await serve(
            app,
            [bound],
            drain_seconds=settings.service_drain_seconds,
            on_start=lambda: click.echo(f"The twin is at {address_of(bound)} (Ctrl-C ends it).{key}"),
        )


@asynccontextmanager
async def opened_parts(settings: "Settings", answering: "Answering") -> AsyncIterator["ServiceParts"]:
    """Yield what the service is made of, opened as the settings say; what is first asked for is loaded before.

    Raises:
        NoLiveIndexError: No index has been built yet.
        StoreLockedError: Another process has the embedded index open.
        StoreUnavailableError: A store could not be reached or opened.
        UnknownExperimentError: ONLINE_EXPERIMENT names no experiment that was started.
    """
    from llm_engineering.application.answer.asking import Question
    from llm_engineering.application.tracing.tracers import NoTracer
    from llm_engineering.infrastructure.answering import opened_answerer
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.infrastructure.tracing.recorders import trace_recorder, tracer

    with opened_document_store(settings) as documents:
        traces = tracer(settings, documents)
        # Where nobody keeps traces none are made: that is more than half of the work of a quoted answer.
        recorders = [] if isinstance(traces, NoTracer) else [trace_recorder(settings, traces, name="answer")]
        try:
            follows_index = settings.service_index_seconds > 0
            async with opened_answerer(
                settings, answering, adapters=recorders, follows_index=follows_index
            ) as answerer:
                # The model is loaded now, so that the first to ask does not wait for it.
                await answerer.passages(Question(query="warm up"))
                variants = online_variants(settings.online_experiment, answerer, documents)
                with ThreadPoolExecutor(SUMMARIZING_THREADS, thread_name_prefix="summarizing") as executor:
                    summaries = served_summaries(settings, answerer, documents, executor, traces)
                    yield service_parts(answerer, documents, traces, summaries, variants)
        finally:
            await asyncio.to_thread(traces.close)


def online_variants(name: str | None, answerer: "HamiltonAnswerer", documents: "DocumentStore") -> "Variants | None":
    """Return the variants of an experiment, both on the same open index; None without a name.

    Raises:
        UnknownExperimentError: No experiment of the name was started.
        UnusableRerankerError: A variant names a reranker that is not to be had.
    """
    if name is None:
        return None
    from llm_engineering.application.experiments.figures import VARIANTS
    from llm_engineering.application.experiments.serving import ServedExperiment
    from llm_engineering.infrastructure.factory import reranker
    from llm_engineering.infrastructure.http_api.variants import Variants

    served = ServedExperiment(documents, name, lambda: datetime.now(UTC))
    usual = answerer.parts.answering
    answering = {each: served.experiment.changes_of(each).over(usual) for each in VARIANTS}
    answerers = {each: answerer.changed(one, reranker(one.retrieval.reranking)) for each, one in answering.items()}
    if not served.is_running:
        click.echo(f"The experiment {name} was stopped: everybody sees the answer as it is configured.")
    return Variants(served, answerers)


def served_summaries(
    settings: "Settings",
    answerer: "HamiltonAnswerer",
    documents: "DocumentStore",
    executor: "Executor",
    traces: "Tracer",
) -> "ServedSummaries":
    """Return what summarizes, with the models that answer; `configs/summarize.yaml` is for the command and pipeline."""
    from llm_engineering.application.answer.threads import Threads
    from llm_engineering.application.answer.writing import EXTRACTIVE
    from llm_engineering.application.summarize.served import ServedSummaries
    from llm_engineering.application.summarize.summarizer import Summarizer
    from llm_engineering.application.summarize.summary import Summarizing
    from llm_engineering.application.tracing.tracers import NoTracer
    from llm_engineering.infrastructure.tracing.recorders import trace_recorder

    parts = answerer.parts
    is_written = parts.model.identity.provider != EXTRACTIVE
    recorders = () if isinstance(traces, NoTracer) else (trace_recorder(settings, traces, name="summary"),)
    summarizer = Summarizer(
        tokenizer=parts.retriever.embedder.tokenizer,
        terms=parts.retriever.encoder.stems,
        prompts=parts.prompts,
        summarizing=Summarizing(),
        language_model=parts.model if is_written else None,
        adapters=recorders,
    )
    return ServedSummaries(documents, summarizer, Threads(executor))


def service_parts(
    answerer: "HamiltonAnswerer",
    documents: "DocumentStore",
    traces: "Tracer",
    summaries: "ServedSummaries",
    variants: "Variants | None",
) -> "ServiceParts":
    """Return the parts of the service around an answerer."""
    from llm_engineering.application.answer.writing import EXTRACTIVE
    from llm_engineering.application.ports import USERS
    from llm_engineering.application.retrieve.facets import index_facets
    from llm_engineering.domain.chunks import ChunkFilter
    from llm_engineering.infrastructure.graph_pictures import picture
    from llm_engineering.infrastructure.http_api.parts import ServiceParts

    vectors = answerer.parts.retriever.vectors
    return ServiceParts(
        answerer=answerer,
        has_model=answerer.parts.model.identity.provider != EXTRACTIVE,
        feedback_store=documents,
        tracer=traces,
        summaries=summaries,
        variants=variants,
        facets=lambda: index_facets(vectors, documents),
        graph_svg=lambda: picture(answerer.graph.dot, "svg").decode("utf-8"),
        checks={"documents": partial(documents.count, USERS, {}), "index": partial(vectors.count, ChunkFilter())},
    )


if __name__ == "__main__":
    main()
