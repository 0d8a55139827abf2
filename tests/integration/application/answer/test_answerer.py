"""Answers, from the question to the checked citations."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from llm_engineering.application.answer.answerer import HamiltonAnswerer, UnfitValueError, UnknownNodeError
from llm_engineering.application.answer.asking import (
    AnswerDone,
    AnswerEvent,
    PassagesFound,
    Question,
    TextWritten,
)
from llm_engineering.application.answer.checking import EMPTY_TEXT, QUOTED_NOTE, UNKNOWN_TEXT
from llm_engineering.application.language_models.port import ModelFailedError
from llm_engineering.application.preprocess.query import UnknownAuthorError
from llm_engineering.application.retrieve.passages import EmptyQuestionError
from llm_engineering.domain.answers import AnswerKind
from llm_engineering.domain.chunks import ChunkFilter, LineRange, Span
from llm_engineering.domain.documents import Category
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.language_models import ModelRequest
from tests.integration.application.answer.conftest import AnswererOf
from tests.support.answering import ScriptedModel
from tests.support.documents import chunk

pytestmark = pytest.mark.integration

T = TypeVar("T")
LOOM = chunk("The loom weaves silk. It needs threads.", chunk_id=identifier("1"), document_id="loom", start=10)
ENGINE = chunk("The engine counts numbers.", chunk_id=identifier("2"), document_id="engine")
CHUNKS = (LOOM, ENGINE)
QUESTION = Question(query="What does the loom weave?")


def ran(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def says(text: str) -> ScriptedModel:
    return ScriptedModel(lambda _: text)


def failing() -> ScriptedModel:
    return ScriptedModel(lambda _: ModelFailedError("The server failed.", remedy="Try later."))


async def events_of(answerer: HamiltonAnswerer, question: Question = QUESTION) -> list[AnswerEvent]:
    return [event async for event in answerer.events(question)]


def test_without_a_model_passages_are_quoted_and_cited(answerer_of: AnswererOf) -> None:
    answer = ran(answerer_of(CHUNKS).answer(QUESTION))

    assert answer.kind is AnswerKind.QUOTED
    assert answer.text == "The loom weaves silk. It needs threads. [1]"
    (citation,) = answer.citations
    assert (citation.number, citation.url, citation.quote) == (1, "https://ada.dev/loom", LOOM.text)
    assert citation.span == Span(start=10, end=49)
    assert all(statement.is_supported for statement in answer.statements)
    assert answer.notes == (QUOTED_NOTE,)
    assert (answer.prompt, answer.seconds) == (None, 0)


def test_a_written_answer_is_checked_sentence_by_sentence(answerer_of: AnswererOf) -> None:
    text = (
        "The loom weaves silk [1]. It was built in 1804 [1]. Engines sing loudly [2]. Looms are old machines. True [9]."
    )
    answer = ran(answerer_of(CHUNKS, model=says(text)).answer(QUESTION))

    assert answer.kind is AnswerKind.WRITTEN
    assert answer.prompt is not None
    assert (answer.prompt.name, answer.prompt.version, answer.cost) == ("answer", "v1", 0.25)
    assert [(each.citations, each.is_supported) for each in answer.statements] == [
        ((1,), True),
        ((1,), False),  # no passage has the number
        ((2,), False),
        ((), False),  # cites nothing
        ((), True),  # claims nothing
    ]
    assert answer.text.endswith("True.")
    assert "1 mark of a passage that was not given was taken out." in answer.notes
    assert [citation.quote for citation in answer.citations] == ["The loom weaves silk.", "The engine counts numbers."]


def test_a_failing_model_is_replaced_by_quotes(answerer_of: AnswererOf) -> None:
    answer = ran(answerer_of(CHUNKS, model=failing()).answer(QUESTION))

    assert answer.kind is AnswerKind.QUOTED
    assert answer.notes == (
        "The language model failed (ModelFailedError: The server failed.); passages are quoted in its place.",
    )
    assert answer.model.provider == "extractive"


def test_a_failing_model_is_an_error_where_that_is_set(answerer_of: AnswererOf) -> None:
    with pytest.raises(ModelFailedError, match="The server failed"):
        ran(answerer_of(CHUNKS, model=failing(), quote_on_failure=False).answer(QUESTION))


def test_too_little_evidence_is_told_and_nobody_is_asked(answerer_of: AnswererOf) -> None:
    model = says("Silk [1].")
    strict = {"min_similarity": 1, "sure_similarity": 1}
    question = Question(query="What does a cab weave?")  # cosines of 3 / √11 = 0.9
    answer = ran(answerer_of(CHUNKS, model=model, sufficiency=strict).answer(question))

    assert (answer.kind, answer.text, answer.citations) == (AnswerKind.UNKNOWN, UNKNOWN_TEXT, ())
    assert answer.notes == ("What comes closest: One (https://ada.dev/loom); One (https://ada.dev/engine).",)
    assert model.requests == []


def test_an_empty_place_has_no_passage(answerer_of: AnswererOf) -> None:
    nowhere = QUESTION.model_copy(update={"category": Category.POSTS})

    assert ran(answerer_of(CHUNKS).answer(nowhere)).text == EMPTY_TEXT


def test_an_answer_is_streamed(answerer_of: AnswererOf) -> None:
    first, *texts, last = ran(events_of(answerer_of(CHUNKS, model=says("The loom weaves silk [1]."))))

    assert isinstance(first, PassagesFound)
    assert [passage.number for passage in first.passages] == [1, 2]
    assert "".join(each.text for each in texts if isinstance(each, TextWritten)) == "The loom weaves silk [1]."
    assert isinstance(last, AnswerDone)
    assert last.answer.text == "The loom weaves silk [1]."
    assert last.answer.trace_id == first.trace_id


def test_a_stream_that_breaks_begins_anew(answerer_of: AnswererOf) -> None:
    kinds = [event.kind for event in ran(events_of(answerer_of(CHUNKS, model=failing())))]

    assert kinds == ["passages", "text", "text", "replaced", "text", "answer"]


def test_whoever_stops_listening_stops_the_work(answerer_of: AnswererOf) -> None:
    answerer = answerer_of(CHUNKS, model=says("silk " * 100))

    async def listened() -> tuple[str, int]:
        events = answerer.events(QUESTION)
        first = await anext(events)
        await events.aclose()  # type: ignore[attr-defined] # it is an asynchronous generator
        return first.kind, len(asyncio.all_tasks())

    assert ran(listened()) == ("passages", 1)


def test_questions_are_answered_at_the_same_time(answerer_of: AnswererOf) -> None:
    answerer = answerer_of(CHUNKS)

    async def answers() -> set[str]:
        found = await asyncio.gather(*(answerer.answer(QUESTION) for _ in range(20)))
        return {answer.text for answer in found}

    assert ran(answers()) == {"The loom weaves silk. It needs threads. [1]"}


def test_an_author_who_is_named_in_a_field_has_to_exist(answerer_of: AnswererOf) -> None:
    unknown = QUESTION.model_copy(update={"author": "Eve Mallory"})
    with pytest.raises(UnknownAuthorError, match="Nothing is stored of 'Eve Mallory'; there is Ada Lovelace, Charles"):
        ran(answerer_of(CHUNKS).answer(unknown))


def test_a_question_needs_words(answerer_of: AnswererOf) -> None:
    with pytest.raises(EmptyQuestionError):
        ran(answerer_of(CHUNKS).answer(Question(query="?!")))


def test_what_the_words_say_is_left_out_where_it_leaves_nothing(answerer_of: AnswererOf) -> None:
    question = Question(query="What does the loom weave, says Charles Babbage in 2024?")
    answer = ran(answerer_of(CHUNKS).answer(question))

    assert answer.citations[0].document_id == "loom"
    assert answer.notes[0].startswith("Nothing in the index is from where or when the question's words say")


def test_fields_win_over_words(answerer_of: AnswererOf) -> None:
    question = Question.model_validate({
        "query": "Looms in his posts since 2024?",
        "category": "articles",
        "until": "2020-01-01",
    })
    filters = ran(answerer_of(CHUNKS).intermediates(question, ["filters"], {}))["filters"]

    assert filters.read == filters.stated
    assert filters.read == ChunkFilter.model_validate({"category": "articles", "published_until": "2020-01-01"})


def test_a_value_can_be_given_and_the_rest_computed_anew(answerer_of: AnswererOf) -> None:
    answerer = answerer_of(CHUNKS)
    given = {"queries": {"texts": ["engine counts"]}}

    found = ran(answerer.intermediates(QUESTION, ["passages", "answer"], given))

    assert found["passages"][0].chunk.id == ENGINE.id


@pytest.mark.parametrize(
    ("names", "overrides", "error"),
    [
        (["answr"], {}, "no value 'answr'. Did you mean 'answer'?"),
        (["answer"], {"question": "x"}, "no value 'question'"),
    ],
)
def test_a_value_that_is_not_there_is_told(
    answerer_of: AnswererOf, names: list[str], overrides: dict[str, Any], error: str
) -> None:
    with pytest.raises(UnknownNodeError, match=error.replace("?", r"\?")):
        ran(answerer_of(CHUNKS).intermediates(QUESTION, names, overrides))


@pytest.mark.parametrize(("name", "value"), [("queries", {"text": "x"}), ("fused", 1)])
def test_a_value_that_does_not_fit_is_told(answerer_of: AnswererOf, name: str, value: object) -> None:
    with pytest.raises(UnfitValueError, match=f"{name} cannot be set so"):
        ran(answerer_of(CHUNKS).intermediates(QUESTION, ["answer"], {name: value}))


def test_a_model_reads_the_question_where_that_is_set(answerer_of: AnswererOf) -> None:
    def said(request: ModelRequest) -> str:
        wanted = str(request.json_schema)
        if "questions" in wanted:
            return '{"questions": ["silk threads", "  ", "engine"]}'
        return '{"author": "Ada Lovelace", "category": null}' if "since" in wanted else "The loom weaves silk [1]."

    answerer = answerer_of(CHUNKS, model=ScriptedModel(said), query_rewriting="model")
    found = ran(answerer.intermediates(QUESTION, ["queries", "scope"], {}))

    assert found["queries"].texts == (QUESTION.query, "silk threads", "engine")
    assert found["scope"].author.full_name == "Ada Lovelace"


def test_rules_take_over_where_the_model_says_nothing_usable(answerer_of: AnswererOf) -> None:
    answerer = answerer_of(CHUNKS, model=says("Certainly!"), query_rewriting="model")
    found = ran(answerer.intermediates(QUESTION, ["queries", "scope"], {}))

    assert found["queries"].texts == (QUESTION.query,)
    assert found["queries"].notes == (
        "The language model did not say other ways to ask (ValidationError); rules were used in its place.",
    )


def test_the_context_keeps_to_its_budget(answerer_of: AnswererOf) -> None:
    long = [
        chunk(f"loom {number}", chunk_id=identifier(str(number)), document_id=f"d{number}").model_copy(
            update={"token_count": 200}
        )
        for number in range(3)
    ]
    passages = ran(answerer_of(long, context_tokens=450).passages(QUESTION))

    assert [passage.number for passage in passages] == [1, 2, None]


def test_the_lines_of_a_quote_are_addressed(answerer_of: AnswererOf) -> None:
    source = LOOM.provenance.model_copy(
        update={"category": Category.REPOSITORIES, "link": "https://github.com/ada/loom/blob/HEAD/loom.py"}
    )
    code = LOOM.model_copy(
        update={"provenance": source, "text": "silk = 1\n# The loom weaves.\n", "lines": LineRange(first=5, last=6)}
    )
    answer = ran(answerer_of([code], model=says("The loom weaves. [1]")).answer(QUESTION))

    assert answer.citations[0].lines == LineRange(first=6, last=6)
    assert answer.citations[0].url == "https://github.com/ada/loom/blob/HEAD/loom.py#L6-L6"


def test_what_is_answered_from_is_what_evaluation_measures(answerer_of: AnswererOf) -> None:
    answerer = answerer_of(CHUNKS)
    measured = answerer.retriever.passages(QUESTION.query, limit=5, where=ChunkFilter())

    served = ran(answerer.passages(QUESTION))

    assert [passage.chunk.id for passage in served] == [passage.found.chunk.id for passage in measured]
