"""Builds what summarizes documents, as the settings say."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from llm_engineering.application.answer.dataflow import LifecycleAdapter
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.summarize.summarizer import Summarizer
from llm_engineering.application.summarize.summary import Summarizing
from llm_engineering.infrastructure.factory import embedder, language_model, prompt_source, term_encoder
from llm_engineering.settings import Settings

EXTRACTIVE = "extractive"
"""The provider of the model that only quotes."""


@contextmanager
def opened_summarizer(
    settings: Settings,
    store: DocumentStore,
    summarizing: Summarizing,
    runner: asyncio.Runner,
    adapters: Sequence[LifecycleAdapter] = (),
) -> Iterator[Summarizer]:
    """Yield what summarizes: with the language model of the settings, or with the documents' own sentences.

    Args:
        settings: Which language model, and where prompts come from.
        store: Where prompts lie that are no code.
        summarizing: How documents are summarized.
        runner: Runs the connections of the language model; what is yielded is used in its loop only.
        adapters: Watch each value as it is computed.

    Raises:
        TwinError: The language model or the tokenizer cannot be used.
    """
    prompts = prompt_source(settings, store)
    model = language_model(settings, prompts)
    try:
        yield Summarizer(
            tokenizer=embedder(settings).tokenizer,
            terms=term_encoder().stems,
            prompts=prompts,
            summarizing=summarizing,
            language_model=None if model.identity.provider == EXTRACTIVE else model,
            adapters=tuple(adapters),
        )
    finally:
        runner.run(model.close())
