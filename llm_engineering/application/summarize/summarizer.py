"""Summarizes documents by the dataflow of this package; any value on the way can be asked for or given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from llm_engineering.application.answer.dataflow import Dataflow, LifecycleAdapter
from llm_engineering.application.answer.drawing import Graph, graph_of
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.ports import Tokenizer
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.application.summarize import quoting, reading, writing
from llm_engineering.application.summarize.centrality import Terms
from llm_engineering.application.summarize.source_text import SourceText
from llm_engineering.application.summarize.summary import Summarizing, Summary
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.suggestions import did_you_mean


class UnknownValueError(InvalidInputError):
    """The dataflow has no value of a name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"The dataflow has no value {name!r}.{did_you_mean(name, known)}",
            remedy=f"Ask for one of: {', '.join(known)}.",
        )
        self.name = name
        self.known = tuple(known)


@dataclass(frozen=True, slots=True)
class Summarizer:
    """Summarizes documents; calls may run at the same time."""

    tokenizer: Tokenizer
    terms: Terms
    prompts: PromptSource
    summarizing: Summarizing
    language_model: LanguageModel | None = None
    """None: sentences of the document are quoted."""
    adapters: tuple[LifecycleAdapter, ...] = ()
    """Watch each value as it is computed."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the values that are computed, in alphabetical order."""
        variables = self._driver().list_available_variables()
        return tuple(sorted(each.name for each in variables if not each.is_external_input))

    async def summary(self, source: SourceText) -> Summary:
        """Return the summary of a document.

        Raises:
            NothingToSummarizeError: It has no text.
            TooManyPartsFailedError: Too many of its parts could not be summarized.
            LanguageModelError: The whole summary could not be made of those of the parts.
        """
        values = await self.values(source, ["summary"])
        summary: Summary = values["summary"]
        return summary

    async def values(
        self, source: SourceText, names: Sequence[str], overrides: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return some values of the dataflow by name, with others given.

        Raises:
            UnknownValueError: There is no value of a name.
        """
        known = self.names
        for name in (*names, *(overrides or {})):
            if name not in known:
                raise UnknownValueError(name, known)
        values: dict[str, Any] = await self._driver().execute(
            list(names), inputs=self._inputs(source), overrides=dict(overrides or {})
        )
        return values

    @property
    def graph(self) -> Graph:
        """What is computed from what."""
        areas = {reading: "Read the document", self._other_half: "Quote" if self.language_model is None else "Write"}
        return graph_of(self._driver(), "summary", areas, "source")

    @property
    def _other_half(self) -> ModuleType:
        return quoting if self.language_model is None else writing

    def _driver(self) -> Dataflow:
        return Dataflow({}, reading, self._other_half, adapters=self.adapters)

    def _inputs(self, source: SourceText) -> dict[str, Any]:
        given = {"source": source, "tokenizer": self.tokenizer, "summarizing": self.summarizing}
        if self.language_model is None:
            return {**given, "terms": self.terms}
        return {**given, "prompts": self.prompts, "language_model": self.language_model}
