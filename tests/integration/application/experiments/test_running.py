"""Both variants answer all questions, with a real SQLite store."""

import asyncio
from collections.abc import Callable

import pytest

from llm_engineering.application.answer.asking import Question
from llm_engineering.application.experiments.comparison import AnswerComparison
from llm_engineering.application.experiments.configuration import OfflineExperiment
from llm_engineering.application.experiments.given_answers import (
    EXPERIMENT_ANSWERS,
    counted_look,
    forget_answers,
    stored_answers,
)
from llm_engineering.application.experiments.offline import NothingToAskError, compared_answers
from llm_engineering.application.experiments.questions import ComparedQuestion, ComparedQuestions
from llm_engineering.application.experiments.running import NothingAnsweredError
from llm_engineering.application.experiments.verdict import Decision
from llm_engineering.application.language_models.port import BudgetSpentError, ModelFailedError
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.answers import Answer
from llm_engineering.domain.errors import TwinError
from tests.support.dying_store import DyingStore, KilledError
from tests.support.experiments import NOW, ScriptedAnswerer, asked, found, variants

pytestmark = pytest.mark.integration

QUESTIONS = asked(*(f"Question {number}?" for number in range(30)))
EXPERIMENT = OfflineExperiment.model_validate({
    "name": "shorter",
    "b": {"temperature": 0.5},
    "metrics": ["length", "answered"],
    "rule": {"primary_metric": "length", "smallest_effect": 2},
})


def long_answer(question: str) -> str:
    return f"{question} " * 5


def failing(*names: str, says: Callable[[str], str | TwinError] = long_answer) -> Callable[[str], str | TwinError]:
    """Return what fails on some questions."""
    return lambda text: ModelFailedError("It broke.", remedy="Wait.") if text in names else says(text)


def compared(
    store: DocumentStore,
    a: ScriptedAnswerer,
    b: ScriptedAnswerer,
    questions: tuple[ComparedQuestion, ...] = QUESTIONS,
    experiment: OfflineExperiment = EXPERIMENT,
) -> AnswerComparison:
    asked_questions = ComparedQuestions(items=questions, source="test")
    return asyncio.run(compared_answers(experiment, asked_questions, variants(a, b), store, now=lambda: NOW))


def test_the_shorter_answers_win_and_both_are_costed(documents: DocumentStore) -> None:
    a, b = ScriptedAnswerer(long_answer), ScriptedAnswerer(lambda text: text)

    outcome = compared(documents, a, b)

    assert outcome.verdict.decision is Decision.B
    assert outcome.verdict.primary.mean_a == 10
    assert outcome.verdict.primary.mean_b == 2
    cost = outcome.costs["A"]
    assert (cost.answers, cost.prompt_tokens, cost.completion_tokens, cost.cost, cost.seconds) == (30, 300, 600, 15, 15)
    assert outcome.figures["metrics"]["length"]["difference"] == -8


def test_no_question_is_asked_twice_and_the_same_questions_are_the_same_look(documents: DocumentStore) -> None:
    first = compared(documents, ScriptedAnswerer(long_answer), ScriptedAnswerer(str))
    a, b = ScriptedAnswerer(long_answer), ScriptedAnswerer(str)
    second = compared(documents, a, b)

    assert (a.asked, b.asked) == ([], [])
    assert (second.costs["A"].reused, second.costs["B"].reused) == (30, 30)
    assert second.verdict == first.verdict
    assert second.verdict.look == 1


def test_more_questions_are_another_look_at_a_smaller_level(documents: DocumentStore) -> None:
    compared(documents, ScriptedAnswerer(long_answer), ScriptedAnswerer(str), QUESTIONS[:25])
    a = ScriptedAnswerer(long_answer)

    outcome = compared(documents, a, ScriptedAnswerer(str))

    assert sorted(a.asked) == sorted(question.text for question in QUESTIONS[25:])
    assert outcome.verdict.look == 2
    assert outcome.verdict.alpha == pytest.approx(0.05 * 2 / 9)


@pytest.mark.parametrize("writes", [0, 7, 45, 60])
def test_a_run_that_is_killed_loses_only_what_was_under_way(documents: DocumentStore, writes: int) -> None:
    a, b = ScriptedAnswerer(long_answer), ScriptedAnswerer(str)
    with pytest.raises(KilledError):
        compared(DyingStore(documents, writes), a, b)
    assert documents.count(EXPERIMENT_ANSWERS, {}) == writes

    again_a, again_b = ScriptedAnswerer(long_answer), ScriptedAnswerer(str)
    outcome = compared(documents, again_a, again_b)

    assert len(again_a.asked) + len(again_b.asked) == 60 - writes
    assert (outcome.verdict.primary.pairs, outcome.verdict.decision, outcome.verdict.look) == (30, Decision.B, 1)


def test_failures_are_counted_by_question_and_asked_again(documents: DocumentStore) -> None:
    b = ScriptedAnswerer(failing("Question 3?", "Question 4?", says=str))
    first = compared(documents, ScriptedAnswerer(long_answer), b)

    assert first.verdict.primary.missing == {"A": {}, "B": {"model_failed": 2}}
    assert (first.verdict.primary.pairs, first.verdict.primary.one_sided) == (28, 2)
    assert first.costs["B"].failed == {"model_failed": 2}
    assert [question.text_b for question in first.questions[2:5]] == ["Question 2?", None, None]

    mended = ScriptedAnswerer(str)
    second = compared(documents, ScriptedAnswerer(long_answer), mended)
    assert sorted(mended.asked) == ["Question 3?", "Question 4?"]
    assert second.verdict.primary.pairs == 30


def test_a_variant_that_fails_often_gets_no_verdict(documents: DocumentStore) -> None:
    b = ScriptedAnswerer(failing(*(f"Question {number}?" for number in range(4)), says=str))

    assert compared(documents, ScriptedAnswerer(long_answer), b).verdict.decision is Decision.TOO_MANY_FAILURES


def test_a_variant_that_answers_nothing_is_told_with_the_first_failure(documents: DocumentStore) -> None:
    b = ScriptedAnswerer(failing(*(question.text for question in QUESTIONS)))

    with pytest.raises(NothingAnsweredError, match=r"Variant B answered none .* It broke\."):
        compared(documents, ScriptedAnswerer(long_answer), b)


def test_a_spent_budget_ends_the_run_and_keeps_what_was_paid(documents: DocumentStore) -> None:
    spent = BudgetSpentError("The budget is spent.", remedy="Raise it.")
    b = ScriptedAnswerer(lambda text: spent if text == "Question 9?" else text)

    with pytest.raises(BudgetSpentError):
        compared(documents, ScriptedAnswerer(long_answer), b)
    assert documents.count(EXPERIMENT_ANSWERS, {}) >= 9


def test_no_more_questions_are_under_way_than_allowed(documents: DocumentStore) -> None:
    class Slow(ScriptedAnswerer):
        async def answer(self, question: Question) -> Answer:
            for _ in range(3):
                await asyncio.sleep(0)
            return await super().answer(question)

    a = Slow(long_answer)
    compared(documents, a, ScriptedAnswerer(str))

    assert 1 < a.most_under_way <= 4


def test_each_variant_is_asked_first_about_as_often(documents: DocumentStore) -> None:
    order: list[str] = []

    def says(name: str) -> Callable[[str], str]:
        def told(text: str) -> str:
            order.append(f"{name} {text}")
            return text

        return told

    experiment = EXPERIMENT.model_copy(update={"concurrency": 1})
    compared(documents, ScriptedAnswerer(says("A")), ScriptedAnswerer(says("B")), experiment=experiment)

    assert 8 <= sum(each.startswith("A") for each in order[::2]) <= 22
    assert [each[2:] for each in order[::2]] == [each[2:] for each in order[1::2]]


def test_another_text_under_the_same_id_is_asked_anew(documents: DocumentStore) -> None:
    compared(documents, ScriptedAnswerer(long_answer), ScriptedAnswerer(str), asked("One?", "Two?"))
    a = ScriptedAnswerer(long_answer)

    compared(documents, a, ScriptedAnswerer(str), asked("One?", "Three?"))

    assert a.asked == ["Three?"]


def test_without_a_question_there_is_nothing_to_compare(documents: DocumentStore) -> None:
    with pytest.raises(NothingToAskError, match="No question of test is left"):
        compared(documents, ScriptedAnswerer(str), ScriptedAnswerer(str), ())


def test_answers_with_words_of_a_forgotten_document_are_deleted(documents: DocumentStore) -> None:
    quoting = ScriptedAnswerer(str, [found("secret", "gone"), found("plain", "kept")])
    compared(documents, quoting, ScriptedAnswerer(str, [found("plain", "kept")]))

    assert forget_answers(documents, []) == 0
    assert forget_answers(documents, ["gone"]) == 30
    assert stored_answers(documents, "shorter", "print of A") == {}
    assert len(stored_answers(documents, "shorter", "print of B")) == 30


def test_looks_are_counted_in_their_order(documents: DocumentStore) -> None:
    assert [
        counted_look(documents, "one", key, NOW.replace(day=day)) for day, key in ((2, "x"), (3, "y"), (4, "x"))
    ] == [
        1,
        2,
        1,
    ]
    assert counted_look(documents, "other", "x", NOW) == 1
