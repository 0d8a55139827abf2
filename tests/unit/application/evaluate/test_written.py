"""Questions that a scripted model writes about passages of five essays."""

import asyncio
import json

import pytest

from llm_engineering.application.evaluate.candidates import Candidate
from llm_engineering.application.evaluate.written import QuestionWriter, Writing, WrittenQuestions, passages
from llm_engineering.application.evaluate.written_checks import QuestionChecks
from llm_engineering.application.language_models.port import BudgetSpentError, ModelFailedError
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.language_models import ModelIdentity, ModelRequest
from llm_engineering.domain.outcomes import counted
from tests.support.golden import document, words
from tests.support.scripted_model import Said, Script, ScriptedModel

pytestmark = pytest.mark.anyio

FAILED = ModelFailedError("It broke.", remedy="Mend it.")
SPENT = BudgetSpentError("Nothing is left.", remedy="Wait.")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def essay(number: int) -> CleanedDocument:
    text = f"# Weaving\n\nLoom{number} {words(40, f'x{number}y')}."
    return document(text, link=f"https://ada.dev/{number}", title=f"Essay {number}")


FIVE = [essay(number) for number in range(5)]


def asked_about(request: ModelRequest) -> str:
    """Return the name of the loom in the passage that a request is about."""
    return request.messages[-1].content.partition("<passage>\n")[2].split()[0]


def reply(question: str, answer: str) -> str:
    return json.dumps({"question": question, "answer": answer})


def good(request: ModelRequest) -> str:
    return reply(f"Which machine is {asked_about(request)}?", asked_about(request))


def writer(model: ScriptedModel, concurrency: int = 1) -> QuestionWriter:
    return QuestionWriter(model, code_prompts(), QuestionChecks(lambda _: None), Writing(concurrency=concurrency))


async def written(*script: Script, count: int) -> tuple[WrittenQuestions, ScriptedModel]:
    model = ScriptedModel(*script, otherwise=good)
    return await writer(model).questions(FIVE, count, seed=1), model


def kept(found: WrittenQuestions) -> list[Candidate]:
    return [each for each in found.found if isinstance(each, Candidate)]


def reasons(found: WrittenQuestions) -> dict[str, int]:
    return counted(each.reason for each in found.found if not isinstance(each, Candidate))


async def test_a_question_is_asked_about_each_document() -> None:
    found, model = await written(count=5)

    assert sorted(each.text for each in kept(found)) == [f"Which machine is Loom{number}?" for number in range(5)]
    assert reasons(found) == {}
    assert len(model.requests) == 5
    assert found.figures is not None
    assert (found.figures.passages, found.figures.replies) == (5, 5)


async def test_a_question_says_who_wrote_it_by_what_and_where_the_answer_is() -> None:
    found, model = await written(count=1)

    (question,) = (each.question for each in kept(found))
    loom = asked_about(model.requests[0])
    assert question.kind == "written"
    assert question.written is not None
    assert question.written.model == ModelIdentity(provider="scripted", name="scripted")
    assert question.written.prompt == code_prompts().prompt("golden_question", "v1").reference
    assert question.written.quote == loom
    assert [place.beginning[:5] for place in question.places] == [loom]
    assert model.requests[0].purpose == "golden_question v1"
    assert "Essay" in model.requests[0].messages[-1].content


async def test_another_passage_is_asked_about_for_each_reply_that_is_no_question() -> None:
    found, model = await written(reply("", ""), reply("Which machine is it?", "Jenny"), count=2)

    assert len(kept(found)) == 2
    assert reasons(found) == {"nothing_to_ask": 1, "answer_not_in_passage": 1}
    assert len(model.requests) == 4


async def test_no_more_than_twice_as_many_passages_are_asked_about() -> None:
    found, model = await written(*[reply("", "")] * 4, count=2)

    assert reasons(found) == {"nothing_to_ask": 4}
    assert len(model.requests) == 4


async def test_what_was_written_is_kept_when_the_budget_is_spent() -> None:
    model = ScriptedModel(otherwise=good)
    model.otherwise = lambda request: SPENT if len(model.requests) > 2 else good(request)

    found = await writer(model).questions(FIVE, 5, seed=1)

    assert len(kept(found)) == 2
    assert reasons(found) == {"budget_spent": 3}
    assert len(model.requests) == 3  # the model is not asked again


async def test_a_failure_costs_one_question() -> None:
    found, _ = await written(FAILED, reply("no", "no") + "no", count=2)

    assert len(kept(found)) == 0
    assert reasons(found) == {"model_failed": 1, "broken_reply": 1}


async def test_a_model_that_does_not_answer_is_not_asked_on() -> None:
    found, model = await written(*[FAILED] * 9, count=2)

    assert reasons(found) == {"model_failed": 2}
    assert len(model.requests) == 2


async def test_a_question_that_two_passages_answer_is_kept_once() -> None:
    model = ScriptedModel(otherwise=lambda request: reply("Which machine is it?", asked_about(request)))

    found = await writer(model).questions(FIVE, 2, seed=1)

    assert len(kept(found)) == 1
    assert reasons(found) == {"ambiguous": 3}


async def test_only_so_many_passages_are_asked_about_at_the_same_time() -> None:
    goes_on = asyncio.Event()
    model = ScriptedModel(otherwise=lambda request: Said(good(request), before=goes_on))
    asking = asyncio.create_task(writer(model, concurrency=3).questions(FIVE, 5, seed=1))
    async with asyncio.timeout(5):
        while model.under_way < 3:
            await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(model.requests) == 3
    goes_on.set()

    assert len(kept(await asking)) == 5
    assert len(model.requests) == 5


async def test_the_same_seed_asks_about_the_same_passages_in_the_same_order() -> None:
    asked = []
    for seed, concurrency in ((1, 1), (1, 4), (2, 1)):
        model = ScriptedModel(otherwise=good)
        found = await writer(model, concurrency).questions(FIVE, 3, seed)
        asked.append([each.text for each in kept(found)])

    assert asked[0] == asked[1]
    assert asked[0] != asked[2]


def test_short_passages_and_copies_are_not_asked_about() -> None:
    short = document(f"{words(29)}.", link="https://ada.dev/short")
    copy = document(essay(1).text, link="https://ada.dev/copy")

    found = list(passages([short, essay(1), copy]))

    assert [each.text[:5] for each in found] == ["Loom1"]
    assert [each.document.provenance.link for each in found[0].alike] == ["https://ada.dev/1", "https://ada.dev/copy"]


def test_what_stands_in_four_places_is_furniture() -> None:
    copies = [document(essay(1).text, link=f"https://ada.dev/{number}") for number in range(4)]

    assert list(passages(copies)) == []
