"""Opens all that answers questions, as the settings ask for it."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from datetime import date
from typing import Final

from threadpoolctl import threadpool_limits

from llm_engineering.application.answer.answerer import HamiltonAnswerer, Parts
from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.answer.dataflow import LifecycleAdapter
from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.prompts.chosen import ChosenPrompts
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.application.tracing.recording import TraceRecorder
from llm_engineering.application.warehouse.known_authors import KnownAuthors
from llm_engineering.infrastructure.embedders.shared_embedder import SharedEmbedder
from llm_engineering.infrastructure.factory import (
    embedder,
    language_model,
    opened_document_store,
    opened_live_index,
    opened_vector_store,
    prompt_source,
    reranker,
    term_encoder,
)
from llm_engineering.infrastructure.language_models.extractive import ExtractiveModel
from llm_engineering.infrastructure.languages import QuestionLanguage
from llm_engineering.infrastructure.tracing.recorders import trace_recorder, tracer
from llm_engineering.settings import Settings

ANSWER: Final = "answer"
"""What traces of answers are called."""
ANSWERING_THREADS: Final = 8
"""For the calls of all questions that are answered at the same time. Those that wait to be embedded have one each, and
are embedded together; more would only take cores from each other."""


@asynccontextmanager
async def opened_answerer(
    settings: Settings,
    answering: Answering,
    *,
    model: LanguageModel | None = None,
    adapters: Sequence[LifecycleAdapter] = (),
    follows_index: bool = False,
    today: Callable[[], date] = date.today,
) -> AsyncIterator[HamiltonAnswerer]:
    """Yield an answerer on the live index of the settings, for any number of questions, also at the same time.

    The index, the warehouse and the models are opened once. A collection of Qdrant Edge is open in one process at a
    time: while the answerer is open, no other process can write to it.

    Args:
        settings: Of the stores and models.
        answering: How questions are answered.
        model: Writes the answers; whoever made it closes it. By default that of the settings.
        adapters: Take part in each run of the dataflow, e.g. to trace it.
        follows_index: Whether answers come from another collection as soon as it has gone live. By default all come
            from one, as those that are compared with each other must.
        today: The day that "last year" is counted from.

    Raises:
        NoLiveIndexError: No index has been built yet.
        LiveIndexMismatchError: The live index was made with another embedding model.
        StoreLockedError: Another process has the embedded collection open.
        StoreUnavailableError: A store could not be reached or opened.
        InvalidInputError: The settings of the language model contradict each other, or one is missing.
        ContractMismatchError: The language model was trained under another prompt contract.
        UnusableRerankerError: The reranker that is configured is not to be had.
    """
    embedding, encoder = SharedEmbedder(embedder(settings)), term_encoder()
    async with AsyncExitStack() as opened:
        # The products of an answer are small: computing them takes less than waking a thread for a part of them, and
        # threads that are done keep a core busy while they wait. With one, an answer to a known question took 21 ms of
        # processors instead of 46.
        opened.enter_context(threadpool_limits(limits=1, user_api="blas"))
        documents = opened.enter_context(opened_document_store(settings))
        prompts = prompt_source(settings, documents)
        if model is None:
            model = language_model(settings, ChosenPrompts(prompts, answering.prompts.model_dump()))
            opened.push_async_callback(model.close)
        open_index = opened_live_index if follows_index else opened_vector_store
        vectors = opened.enter_context(open_index(settings, embedding.identity))
        executor = opened.enter_context(ThreadPoolExecutor(ANSWERING_THREADS, thread_name_prefix="answering"))
        second_look = reranker(answering.retrieval.reranking)
        parts = Parts(
            retriever=Retriever(embedding, encoder, vectors, answering.retrieval, second_look),
            authors=KnownAuthors(documents),
            prompts=prompts,
            model=model,
            quoting=ExtractiveModel(encoder.stems),
            language_of=QuestionLanguage(),
            threads=Threads(executor),
            answering=answering,
            today=today,
        )
        yield HamiltonAnswerer(parts, adapters)


@contextmanager
def opened_recorder(settings: Settings, name: str = ANSWER) -> Iterator[TraceRecorder]:
    """Yield what records the runs of a dataflow, as the settings say; at the end it waits until all is written.

    It has a connection to the document store of its own: whoever answers does not wait for what it writes.

    Raises:
        InvalidInputError: Opik cannot be used as it is set.
        StoreUnavailableError: The document store could not be opened.
    """
    with opened_document_store(settings) as store:
        taking = tracer(settings, store)
        try:
            yield trace_recorder(settings, taking, name=name)
        finally:
            taking.close()
