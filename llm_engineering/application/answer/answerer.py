"""Answers questions by the dataflow of the nodes in `reading`, `finding`, `writing` and `checking`."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from types import ModuleType
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError

from llm_engineering.application.answer import checking, finding, reading, writing
from llm_engineering.application.answer.asking import AnswerDone, AnswerEvent, FoundPassage, Question
from llm_engineering.application.answer.checking import Clock
from llm_engineering.application.answer.configuration import Answering, QueryRewriting
from llm_engineering.application.answer.dataflow import Dataflow, LifecycleAdapter
from llm_engineering.application.answer.drawing import Graph, graph_of
from llm_engineering.application.answer.reading import Authors, LanguageOf
from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.answer.writing import EXTRACTIVE, Tell
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.application.retrieve.reranking import Reranker
from llm_engineering.application.tracing.ids import new_trace_id
from llm_engineering.domain.answers import Answer
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.suggestions import did_you_mean

AREAS: Final[Mapping[ModuleType, str]] = {
    reading: "Read the question",
    finding: "Find passages",
    writing: "Write",
    checking: "Check and cite",
}
"""The modules of the dataflow with what they do."""


class UnknownNodeError(InvalidInputError):
    """The dataflow has no value of a name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"The dataflow of an answer has no value {name[:80]!r}.{did_you_mean(name, known)}",
            remedy=f"It has: {', '.join(known)}.",
        )
        self.name = name
        self.known = tuple(known)


class UnfitValueError(InvalidInputError):
    """A value of the dataflow cannot be set to what was given."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(
            f"{name} cannot be set so: {problem}.", remedy="Ask for the value first, to see what it looks like as JSON."
        )
        self.name = name


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What answers are made with; whoever opened something also closes it."""

    retriever: Retriever
    """Its embedder may be used by several threads at once."""
    authors: Authors
    prompts: PromptSource
    model: LanguageModel
    quoting: LanguageModel
    """Quotes passages where `model` fails."""
    language_of: LanguageOf
    threads: Threads
    answering: Answering
    today: Callable[[], date] = date.today
    clock: Clock = time.perf_counter


class HamiltonAnswerer:
    """An `Answerer` whose every intermediate value can be asked for and set.

    Args:
        parts: What answers are made with.
        adapters: Take part in the lifecycle of each run, e.g. to trace it.
    """

    def __init__(self, parts: Parts, adapters: Sequence[LifecycleAdapter] = ()) -> None:
        self._parts = parts
        self._adapters = tuple(adapters)
        configuration = _configuration(
            parts.answering,
            is_written=parts.model.identity.provider != EXTRACTIVE,
            is_reranked=parts.retriever.reranker is not None,
        )
        self._driver = Dataflow(configuration, *AREAS, adapters=adapters)
        services = (
            "retriever",
            "authors",
            "prompts",
            "model",
            "quoting",
            "language_of",
            "threads",
            "answering",
            "clock",
        )
        self._services = {name: getattr(parts, name) for name in services}
        self._nodes = {
            variable.name: variable.type
            for variable in self._driver.list_available_variables()
            if not variable.is_external_input
        }

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names of the values that the dataflow computes, in alphabetical order."""
        return tuple(sorted(self._nodes))

    @property
    def retriever(self) -> Retriever:
        """What finds passages."""
        return self._parts.retriever

    @property
    def parts(self) -> Parts:
        """What answers are made with."""
        return self._parts

    @property
    def graph(self) -> Graph:
        """What is computed from what."""
        return graph_of(self._driver, "answer", AREAS, "question")

    def changed(self, answering: Answering, reranker: Reranker | None) -> "HamiltonAnswerer":
        """Return an answerer that answers in another way from the same open index, warehouse and models.

        Args:
            answering: How it answers.
            reranker: What `answering.retrieval.reranking` names.
        """
        retriever = replace(self._parts.retriever, retrieval=answering.retrieval, reranker=reranker)
        return HamiltonAnswerer(replace(self._parts, retriever=retriever, answering=answering), self._adapters)

    async def answer(self, question: Question) -> Answer:
        """Return the answer; see `Answerer.answer`."""
        answer: Answer = (await self._values(("answer",), question))["answer"]
        return answer

    async def events(self, question: Question) -> AsyncIterator[AnswerEvent]:
        """Yield what happens on the way to an answer; see `Answerer.events`.

        Whoever stops listening stops the work, too.
        """
        told: asyncio.Queue[AnswerEvent | None] = asyncio.Queue()
        work = asyncio.ensure_future(self._values(("answer",), question, tell=told.put_nowait))
        work.add_done_callback(lambda _: told.put_nowait(None))
        try:
            while (event := await told.get()) is not None:
                yield event
            yield AnswerDone(answer=(await work)["answer"])
        finally:
            work.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await work

    async def passages(self, question: Question) -> tuple[FoundPassage, ...]:
        """Return what an answer would rest on; see `Answerer.passages`."""
        considered: tuple[FoundPassage, ...] = (await self._values(("considered",), question))["considered"]
        return considered

    async def intermediates(
        self, question: Question, names: Sequence[str], overrides: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return named values of the dataflow; see `Answerer.intermediates`.

        Args:
            question: What is asked.
            names: Of values, each a name of a node.
            overrides: Values of nodes, as they are or as JSON that makes them; what follows from them is computed anew.

        Raises:
            UnknownNodeError: The dataflow has no value of a name.
            UnfitValueError: A value cannot be made of what was given.
        """
        for name in (*names, *overrides):
            if name not in self._nodes:
                raise UnknownNodeError(name, self.nodes)
        given = {name: _fit(name, value, self._nodes[name]) for name, value in overrides.items()}
        return await self._values(tuple(names), question, overrides=given)

    async def _values(
        self,
        names: Sequence[str],
        question: Question,
        *,
        tell: Tell | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        inputs = {
            **self._services,
            "question": question,
            "trace_id": new_trace_id(),
            "today": self._parts.today(),
            "asked_at": self._parts.clock(),
            "tell": tell,
        }
        values: dict[str, Any] = await self._driver.execute(list(names), inputs=inputs, overrides=dict(overrides or {}))
        return values


def dataflow_graph(answering: Answering, *, is_written: bool = True) -> Graph:
    """Return what is computed from what by a configuration, without opening anything.

    Args:
        answering: The configuration.
        is_written: Whether a language model writes; otherwise passages are quoted.
    """
    configuration = _configuration(
        answering, is_written=is_written, is_reranked=answering.retrieval.reranking is not None
    )
    return graph_of(Dataflow(configuration, *AREAS), "answer", AREAS, "question")


def _configuration(answering: Answering, *, is_written: bool, is_reranked: bool) -> dict[str, str]:
    rewriting = answering.query_rewriting if is_written else QueryRewriting.RULES
    return {
        "query_rewriting": rewriting.value,
        "reranking": "on" if is_reranked else "off",
        "writing": "written" if is_written else "quoted",
    }


def _fit(name: str, value: Any, wanted: Any) -> Any:  # noqa: ANN401 - any value of any node
    """Return a value as a node would have made it: as it is, or out of JSON."""
    try:
        adapter = TypeAdapter[Any](wanted)
        return adapter.validate_python(value)
    except PydanticUserError as error:
        if isinstance(wanted, type) and isinstance(value, wanted):
            return value
        raise UnfitValueError(name, "it holds vectors, which JSON has not; set what follows from it") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg']}" for each in error.errors())
        raise UnfitValueError(name, problems[:500]) from error
