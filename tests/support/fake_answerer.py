"""A fake of the Answerer port: it quotes from passages that it is made with, and says nothing of its own."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from llm_engineering.application.answer.asking import (
    AnswerDone,
    AnswerEvent,
    FoundPassage,
    PassagesFound,
    Question,
    TextWritten,
)
from llm_engineering.application.preprocess.query import UnknownAuthorError
from llm_engineering.application.retrieve.passages import EmptyQuestionError
from llm_engineering.domain.answers import Answer, AnswerKind, Citation, Statement
from llm_engineering.domain.chunks import Chunk, Span
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.language_models import ModelIdentity

EXTRACTIVE = ModelIdentity(provider="extractive", name="extractive")


class UnknownValueError(InvalidInputError):
    """The fake has no value of a name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no value {name[:80]!r}.", remedy="Choose one of: query, considered.")


@dataclass
class FakeAnswerer:
    """Finds the passages that share a word with the question, and quotes the first sentence of each."""

    chunks: Sequence[Chunk]
    extra: dict[str, Any] = field(default_factory=dict)
    """Fields of every answer that are to be others."""

    async def answer(self, question: Question) -> Answer:
        return [event async for event in self.events(question)][-1].answer  # type: ignore[union-attr]  # the last one

    async def events(self, question: Question) -> AsyncIterator[AnswerEvent]:
        passages, trace_id = await self.passages(question), str(uuid4())
        yield PassagesFound(trace_id=trace_id, passages=passages)
        answer = self._answer(question, passages, trace_id)
        for piece in re.findall(r"\S+\s*", answer.text):
            yield TextWritten(text=piece)
        yield AnswerDone(answer=answer)

    async def passages(self, question: Question) -> tuple[FoundPassage, ...]:
        if not any(sign.isalnum() for sign in question.query):
            raise EmptyQuestionError
        known = sorted({chunk.provenance.author_full_name for chunk in self.chunks})
        if question.author is not None and question.author not in known:
            raise UnknownAuthorError(question.author, known)
        asked = _words(question.query)
        shared = {chunk.id: len(asked & _words(chunk.text)) for chunk in self.chunks}
        passing = [chunk for chunk in self.chunks if shared[chunk.id] and _passes(chunk, question)]
        found = sorted(passing, key=lambda chunk: -shared[chunk.id])[: question.limit]
        return tuple(
            FoundPassage(
                number=number,
                chunk=chunk,
                score=shared[chunk.id] / len(asked),
                similarity=0.5,
                word_score=float(shared[chunk.id]),
            )
            for number, chunk in enumerate(found, start=1)
        )

    async def intermediates(
        self, question: Question, names: Sequence[str], overrides: Mapping[str, Any]
    ) -> dict[str, Any]:
        values: dict[str, Any] = {"query": question.query, "considered": await self.passages(question)}
        for name in (*names, *overrides):
            if name not in values:
                raise UnknownValueError(name)
        return {name: overrides.get(name, values[name]) for name in names}

    def _answer(self, question: Question, passages: Sequence[FoundPassage], trace_id: str) -> Answer:
        citations = tuple(_citation(passage) for passage in passages)
        text = "\n\n".join(f"{each.quote} [{each.number}]" for each in citations)
        answer = Answer(
            trace_id=trace_id,
            question=question.query,
            kind=AnswerKind.QUOTED if citations else AnswerKind.UNKNOWN,
            text=text or "The index says nothing about this.",
            statements=tuple(
                Statement(text=f"{each.quote} [{each.number}]", citations=(each.number,), is_supported=True)
                for each in citations
            ),
            citations=citations,
            model=EXTRACTIVE,
            prompt=None,
            seconds=0.01,
        )
        return answer.model_copy(update=self.extra)


@dataclass
class FailingAnswerer(FakeAnswerer):
    """Fails after some pieces of text."""

    error: BaseException = field(default_factory=RuntimeError)
    pieces: int = 0
    """How much it says before; 0 fails before anything is found."""

    async def events(self, question: Question) -> AsyncIterator[AnswerEvent]:
        if self.pieces == 0:
            raise self.error
        said = 0
        async for event in super().events(question):
            if isinstance(event, TextWritten):
                if said == self.pieces:
                    raise self.error
                said += 1
            yield event

    async def passages(self, question: Question) -> tuple[FoundPassage, ...]:
        if self.pieces == 0:
            raise self.error
        return await super().passages(question)


@dataclass
class HeldAnswerer(FakeAnswerer):
    """Waits for a word before it says anything beyond the passages, and notes who stopped waiting."""

    go: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    cancelled: int = 0

    async def events(self, question: Question) -> AsyncIterator[AnswerEvent]:
        self.asked += 1
        try:
            async for event in super().events(question):
                yield event
                if isinstance(event, PassagesFound):
                    await self.go.wait()
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled += 1
            raise


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _passes(chunk: Chunk, question: Question) -> bool:
    about = chunk.provenance
    day = about.published_at.date() if about.published_at else None
    return (
        question.author in {None, about.author_full_name}
        and question.category in {None, about.category}
        and question.platform in {None, about.platform}
        and question.language in {None, about.language}
        and (question.since is None or (day is not None and day >= question.since))
        and (question.until is None or (day is not None and day <= question.until))
    )


def _citation(passage: FoundPassage) -> Citation:
    chunk, about = passage.chunk, passage.chunk.provenance
    quote = re.split(r"(?<=[.!?])\s", chunk.text, maxsplit=1)[0]
    start = chunk.span.start + chunk.text.index(quote)
    return Citation(
        number=passage.number or 1,
        title=about.title,
        url=about.link,
        heading_path=chunk.heading_path,
        author=about.author_full_name,
        category=about.category,
        platform=about.platform,
        published_at=about.published_at,
        document_id=about.document_id,
        chunk_id=chunk.id,
        quote=quote,
        span=Span(start=start, end=start + len(quote)),
        lines=None,
        also_at=chunk.also_at,
    )
