"""What every Answerer promises, as tests: a suite subclasses this and defines `answerer` over `CHUNKS`."""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar, cast

import pytest

from llm_engineering.application.answer.asking import (
    AnswerDone,
    Answerer,
    AnswerEvent,
    AnswerReplaced,
    PassagesFound,
    Question,
    TextWritten,
)
from llm_engineering.application.preprocess.query import UnknownAuthorError
from llm_engineering.application.retrieve.passages import EmptyQuestionError
from llm_engineering.domain.answers import AnswerKind
from llm_engineering.domain.authors import Author
from llm_engineering.domain.chunks import Chunk, Span
from llm_engineering.domain.documents import Category, Provenance
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import identifier

ResultT = TypeVar("ResultT")


def passage(name: str, text: str, *, author: str, category: Category, platform: str, day: int, start: int = 0) -> Chunk:
    return Chunk(
        id=identifier("chunk", name),
        provenance=Provenance(
            document_id=identifier("document", name),
            content_hash="0f" * 32,
            author_id=Author.from_full_name(author).id,
            author_full_name=author,
            category=category,
            platform=platform,
            link=f"https://{platform}/{name}",
            title=name.capitalize(),
            language="en",
            published_at=datetime(2024, 5, day, tzinfo=UTC),
        ),
        span=Span(start=start, end=start + len(text)),
        text=text,
        heading_path=("Notes",),
        context=f"{name.capitalize()} > Notes",
        token_count=40,
    )


CHUNKS: Final = (
    passage(
        "engines",
        "The analytical engine weaves algebraic patterns. It works just as the loom of Jacquard weaves flowers.",
        author="Ada Lovelace", category=Category.ARTICLES, platform="ada.dev", day=1, start=7,
    ),
    passage(
        "looms",
        "A loom of Jacquard reads punched cards. Each card of the loom is one row of the pattern.",
        author="Ada Lovelace", category=Category.POSTS, platform="medium", day=2,
    ),
    passage(
        "compilers",
        "A compiler translates words into the code of a machine. The first compiler was a library of punched cards.",
        author="Grace Hopper", category=Category.ARTICLES, platform="grace.dev", day=3,
    ),
)  # fmt: skip
"""All that the answerer of a suite knows; Ada Lovelace and Grace Hopper are the authors."""
LOOM: Final = Question(query="How does the loom of Jacquard read punched cards?")


def awaited(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    return asyncio.run(work)


async def all_events(answerer: Answerer, question: Question) -> list[AnswerEvent]:
    return [event async for event in answerer.events(question)]


class AnswererContract:
    """Holds for every answerer and every fake."""

    @pytest.fixture
    def answerer(self) -> Answerer:
        raise NotImplementedError

    def test_an_answer_belongs_to_its_question(self, answerer: Answerer) -> None:
        answer = awaited(answerer.answer(LOOM))

        assert answer.question == LOOM.query
        assert answer.kind is not AnswerKind.UNKNOWN
        assert answer.text
        assert len(answer.trace_id) == 36

    def test_it_cites_what_it_was_given_word_for_word(self, answerer: Answerer) -> None:
        answer = awaited(answerer.answer(LOOM))

        chunks = {chunk.id: chunk for chunk in CHUNKS}
        assert answer.citations
        for each in answer.citations:
            chunk = chunks[each.chunk_id]
            assert chunk.text[each.span.start - chunk.span.start : each.span.end - chunk.span.start] == each.quote
            assert each.url.startswith(chunk.provenance.link)
            assert each.author == chunk.provenance.author_full_name
            assert f"[{each.number}]" in answer.text
        assert len({each.number for each in answer.citations}) == len(answer.citations)

    def test_statements_name_citations_that_exist(self, answerer: Answerer) -> None:
        answer = awaited(answerer.answer(LOOM))

        numbers = {each.number for each in answer.citations}
        assert answer.statements
        assert {number for each in answer.statements for number in each.citations} <= numbers

    def test_two_answers_have_two_traces(self, answerer: Answerer) -> None:
        async def two() -> set[str]:
            return {answer.trace_id for answer in await asyncio.gather(answerer.answer(LOOM), answerer.answer(LOOM))}

        assert len(awaited(two())) == 2

    def test_passages_come_first_and_the_answer_last(self, answerer: Answerer) -> None:
        events = awaited(all_events(answerer, LOOM))

        first, last = events[0], events[-1]
        assert isinstance(first, PassagesFound)
        assert isinstance(last, AnswerDone)
        assert first.trace_id == last.answer.trace_id
        assert all(isinstance(event, TextWritten | AnswerReplaced) for event in events[1:-1])
        numbers = {each.number for each in first.passages}
        assert {each.number for each in last.answer.citations} <= numbers

    def test_pieces_of_text_are_never_empty(self, answerer: Answerer) -> None:
        pieces = [event.text for event in awaited(all_events(answerer, LOOM)) if isinstance(event, TextWritten)]

        assert pieces
        assert all(pieces)

    def test_events_and_answer_say_the_same_of_the_same_question(self, answerer: Answerer) -> None:
        last = cast("AnswerDone", awaited(all_events(answerer, LOOM))[-1]).answer
        answer = awaited(answerer.answer(LOOM))

        assert (last.text, last.citations, last.kind) == (answer.text, answer.citations, answer.kind)

    def test_passages_are_numbered_and_scored_best_first(self, answerer: Answerer) -> None:
        found = awaited(answerer.passages(LOOM))

        scores = [each.score for each in found]
        assert found[0].chunk.provenance.title == "Looms"
        assert scores == sorted(scores, reverse=True)
        assert all(0 <= score <= 1 for score in scores)
        assert [each.number for each in found if each.number is not None][:1] == [1]

    def test_no_more_passages_than_asked_for_can_be_cited(self, answerer: Answerer) -> None:
        found = awaited(answerer.passages(LOOM.model_copy(update={"limit": 1})))

        assert [each.number for each in found if each.number is not None] == [1]

    @pytest.mark.parametrize(
        ("where", "titles"),
        [
            ({"author": "Ada Lovelace"}, {"Engines", "Looms"}),
            ({"category": Category.POSTS}, {"Looms"}),
            ({"platform": "grace.dev"}, {"Compilers"}),
            ({"since": date(2024, 5, 2)}, {"Looms", "Compilers"}),
            ({"until": date(2024, 5, 2)}, {"Engines", "Looms"}),
        ],
    )
    def test_filters_hold(self, answerer: Answerer, where: dict[str, Any], titles: set[str]) -> None:
        found = awaited(answerer.passages(LOOM.model_copy(update=where)))

        assert {each.chunk.provenance.title for each in found} <= titles
        assert found

    def test_nothing_is_claimed_where_nothing_is_found(self, answerer: Answerer) -> None:
        answer = awaited(answerer.answer(LOOM.model_copy(update={"platform": "nowhere.dev"})))

        assert answer.kind is AnswerKind.UNKNOWN
        assert answer.citations == ()
        assert answer.text

    @pytest.mark.parametrize("query", [" ", "?!"])
    def test_a_question_without_letters_is_refused(self, answerer: Answerer, query: str) -> None:
        question = Question(query=query)

        with pytest.raises(EmptyQuestionError):
            awaited(answerer.answer(question))
        with pytest.raises(EmptyQuestionError):
            awaited(all_events(answerer, question))
        with pytest.raises(EmptyQuestionError):
            awaited(answerer.passages(question))

    def test_an_unknown_author_is_named(self, answerer: Answerer) -> None:
        question = LOOM.model_copy(update={"author": "Charles Babbage"})

        with pytest.raises(UnknownAuthorError, match="Charles Babbage"):
            awaited(answerer.answer(question))
        with pytest.raises(UnknownAuthorError, match="Charles Babbage"):
            awaited(all_events(answerer, question))

    def test_a_value_on_the_way_can_be_asked_for(self, answerer: Answerer) -> None:
        values = awaited(answerer.intermediates(LOOM, ["considered"], {}))

        assert list(values) == ["considered"]

    def test_a_value_that_there_is_not_is_refused(self, answerer: Answerer) -> None:
        with pytest.raises(InvalidInputError, match="no_such_value"):
            awaited(answerer.intermediates(LOOM, ["no_such_value"], {}))

    def test_one_that_stops_listening_disturbs_nobody(self, answerer: Answerer) -> None:
        async def first_then_another() -> tuple[AnswerEvent, int]:
            async with aclosing(cast("Any", answerer.events(LOOM))) as events:
                first = await anext(events)
            return first, len(await answerer.passages(LOOM))

        first, found = awaited(first_then_another())
        assert isinstance(first, PassagesFound)
        assert found > 0
