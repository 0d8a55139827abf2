import asyncio

import pytest

from llm_engineering.application.answer.asking import AnswerDone, PassagesFound, Question
from llm_engineering.application.evaluate.model_scoring.answering import CUT, ModelAnswerer
from llm_engineering.application.evaluate.model_scoring.configuration import Speaking
from llm_engineering.domain.answers import Answer
from llm_engineering.domain.language_models import FinishReason, Role
from llm_engineering.domain.prompt_contracts import PromptContract
from tests.support.scripted_model import Said, ScriptedModel

CONTRACT = PromptContract(system_prompt="You are Ada.", formats={"instruction": "### {instruction}"})


def answered(model: ScriptedModel, speaking: Speaking) -> Answer:
    times = iter([10.0, 12.5])
    answerer = ModelAnswerer(model, CONTRACT, speaking, lambda: next(times))

    async def events() -> list[object]:
        return [event async for event in answerer.events(Question(query="What of {silk}?"))]

    first, last = asyncio.run(events())
    assert isinstance(first, PassagesFound)
    assert first.passages == ()
    assert isinstance(last, AnswerDone)
    return last.answer


def test_a_model_is_asked_as_its_samples_were_made() -> None:
    model = ScriptedModel(" Silk is spun. ")

    answer = answered(model, Speaking(max_output_tokens=40, seed=3))

    (request,) = model.requests
    assert [(each.role, each.content) for each in request.messages] == [
        (Role.SYSTEM, "You are Ada."),
        (Role.USER, "### What of {silk}?"),
    ]
    assert (request.max_output_tokens, request.temperature, request.seed, request.evidence) == (40, 0, 3, ())
    assert (answer.text, answer.seconds, answer.notes) == ("Silk is spun.", 2.5, ())


@pytest.mark.parametrize(("reason", "notes"), [(FinishReason.LENGTH, (CUT,)), (FinishReason.STOP, ())])
def test_an_answer_that_was_cut_says_so(reason: FinishReason, notes: tuple[str, ...]) -> None:
    assert answered(ScriptedModel(Said("Silk is", finish_reason=reason)), Speaking()).notes == notes
