"""Answers questions by the dataflow of the nodes in `reading`, `finding`, `writing` and `checking`."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import uuid4

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError

from llm_engineering.application.answer import checking, finding, reading, writing
from llm_engineering.application.answer.asking import AnswerDone, AnswerEvent, FoundPassage, Question
from llm_engineering.application.answer.checking import Clock
from llm_engineering.application.answer.configuration import Answering, QueryRewriting
from llm_engineering.application.answer.dataflow import AsyncDriver, Builder, LifecycleAdapter, silenced
from llm_engineering.application.answer.drawing import Graph, graph_of
from llm_engineering.application.answer.reading import Authors, LanguageOf
from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.answer.writing import EXTRACTIVE, Tell
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.domain.answers import Answer
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.suggestions import did_you_mean

NODE_MODULES: Final = (reading, finding, writing, checking)


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
        silenced()
        self._driver = _driver(parts, adapters)
        services = ("retriever", "authors", "prompts", "model", "quoting", "language_of", "threads", "answering", "clock")
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
    def graph(self) -> Graph:
        """What is computed from what."""
        return graph_of(self._driver, NODE_MODULES)

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
            "trace_id": str(uuid4()),
            "today": self._parts.today(),
            "asked_at": self._parts.clock(),
            "tell": tell,
        }
        values: dict[str, Any] = await self._driver.execute(list(names), inputs=inputs, overrides=dict(overrides or {}))
        return values


def _driver(parts: Parts, adapters: Sequence[LifecycleAdapter]) -> AsyncDriver:
    is_quoted = parts.model.identity.provider == EXTRACTIVE
    rewriting = QueryRewriting.RULES if is_quoted else parts.answering.query_rewriting
    configuration = {
        "query_rewriting": rewriting.value,
        "reranking": "off" if parts.retriever.reranker is None else "on",
        "writing": "quoted" if is_quoted else "written",
    }
    builder = Builder().with_modules(*NODE_MODULES).with_config(configuration).with_adapters(*adapters)
    return builder.build_without_init()


def _fit(name: str, value: Any, wanted: Any) -> Any:  # noqa: ANN401 - any value of any node
    """Return a value as a node would have made it: as it is, or out of JSON."""
    try:
        adapter = TypeAdapter[Any](wanted)
        return adapter.validate_python(value)
    except PydanticSchemaGenerationError as error:
        if isinstance(wanted, type) and isinstance(value, wanted):
            return value
        raise UnfitValueError(name, "it holds vectors, which JSON has not; set what follows from it") from error
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, each['loc'])) or 'it'}: {each['msg']}" for each in error.errors())
        raise UnfitValueError(name, problems[:500]) from error
