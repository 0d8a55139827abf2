"""Summaries as a service makes them: nothing that takes long keeps its event loop from other work."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.summarize.source_text import SourceText
from llm_engineering.application.summarize.stored_documents import stored_document
from llm_engineering.application.summarize.summarizer import Summarizer
from llm_engineering.application.summarize.summary import Summary

_PROMPTS: Final = ("summarize_chunk", "summarize_document")
_READ: Final = ("cleaned", "parts")
"""What is computed of a text before a language model is asked."""


@dataclass(frozen=True, slots=True, eq=False)
class ServedSummaries:
    """Summarizes stored documents and given texts; it reads no files and asks no other host for them."""

    store: DocumentStore
    summarizer: Summarizer
    """Its language model belongs to the event loop of whoever asks."""
    threads: Threads
    """For reading and for quoting. What has begun there is not interrupted."""

    async def stored(self, link: str) -> SourceText:
        """Return the stored document of a link.

        Raises:
            UnknownDocumentError: There is none.
            StoreUnavailableError: The store could not be read.
        """
        return SourceText.of(await self.threads.result(stored_document, link, self.store))

    async def summary(self, source: SourceText, prompt_version: str | None = None) -> Summary:
        """Return the summary of a text.

        Args:
            source: The text.
            prompt_version: Version of both prompts; None: the configured one. Without a language model it does not
                matter, but has to be one that there is.

        Raises:
            UnknownPromptError: There is no such version.
            NothingToSummarizeError: There is no text.
            TooManyPartsFailedError: Too many of its parts could not be summarized.
            LanguageModelError: The whole summary could not be made of those of the parts.
        """
        summarizer = self.summarizer
        if prompt_version is not None:
            chosen = summarizer.summarizing.model_copy(update={"prompt_version": prompt_version})
            summarizer = replace(summarizer, summarizing=chosen)
        await self.threads.result(_looked_up, summarizer)
        if summarizer.language_model is None:
            return await self.threads.result(_quoted, summarizer, source)
        read = await self.threads.result(_read, summarizer, source)
        summary: Summary = (await summarizer.values(source, ["summary"], read))["summary"]
        return summary


def _looked_up(summarizer: Summarizer) -> None:
    """Have the prompts at hand, which may lie in a store."""
    for name in _PROMPTS:
        summarizer.prompts.prompt(name, summarizer.summarizing.prompt_version)


def _quoted(summarizer: Summarizer, source: SourceText) -> Summary:
    return asyncio.run(summarizer.summary(source))


def _read(summarizer: Summarizer, source: SourceText) -> dict[str, object]:
    return asyncio.run(replace(summarizer, adapters=()).values(source, _READ))
