"""Models answer, are read and judged, with a real SQLite store."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating
from llm_engineering.application.evaluate.model_scoring.evaluation import Judges, Tools, evaluated_models
from llm_engineering.application.evaluate.model_scoring.grades import ANSWER_GRADES
from llm_engineering.application.evaluate.model_scoring.grading import Grader
from llm_engineering.application.evaluate.model_scoring.likelihood import MODEL_LIKELIHOODS
from llm_engineering.application.evaluate.model_scoring.questions import EvaluationMaterial, NamedText
from llm_engineering.application.evaluate.model_scoring.report import (
    EvaluationReport,
    TooManyUnansweredError,
    require_answered,
)
from llm_engineering.application.experiments.given_answers import EXPERIMENT_ANSWERS, Failure, forget_answers
from llm_engineering.application.experiments.judge import Judge, NothingJudgedError
from llm_engineering.application.experiments.judging import EXPERIMENT_JUDGEMENTS, Judging
from llm_engineering.application.experiments.running import NothingAnsweredError
from llm_engineering.application.experiments.style_metric import StyleScore
from llm_engineering.application.language_models.port import ModelFailedError
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.domain.language_models import ModelRequest
from tests.support.dying_store import DyingStore, KilledError
from tests.support.experiments import NOW
from tests.support.scored import (
    ANSWERS,
    QUESTIONS,
    LetterReader,
    ScriptedSource,
    WordSetOverlap,
    asked_of,
    evaluating,
    quiet_progress,
)
from tests.support.scripted_model import Script, ScriptedModel

pytestmark = pytest.mark.integration

TEXTS = (NamedText(name="One", text="Held out."), NamedText(name="Two", text="Held out as well."))
MATERIAL = EvaluationMaterial(
    items=QUESTIONS, source="a test", training=(NamedText(name="On silk", text=ANSWERS[0]),), held_out=TEXTS
)
NO_STYLE = StyleScore(Failure(reason="too_few_authors_for_style", detail="There is one author."))
BROKEN = ModelFailedError("It broke.", remedy="Wait.")


def copying(question: str) -> Script:
    return ANSWERS[0] if "silk" in question else ANSWERS[1]


def evading(question: str) -> Script:
    return "I cannot answer that." if "silk" in question else ""


def failing(question: str) -> Script:
    return BROKEN if "silk" in question else ANSWERS[1]


def judging(request: ModelRequest) -> Script:
    """Grade by whether the answer is the expected one, with 5 or 1, and let the longer answer win."""
    said = request.messages[-1].content
    if "<question_answer_graded>" in said:
        grade = 5 if any(answer in said.partition("graded>")[2] for answer in ANSWERS) else 1
        return json.dumps({"reason": "So it is.", "accuracy": grade, "style": 3})
    first, second = (said.partition(f"<question_answer_{each}>")[2].partition("</")[0] for each in ("first", "second"))
    longer = "first" if len(first) > len(second) else "second"
    return json.dumps({"reason": "So it is.", "accuracy": longer, "style": "tie"})


def judges(model: ScriptedModel, samples: int = 1) -> Judges:
    judging = Judging(samples=samples, temperature=0.7 if samples > 1 else 0)
    grade, judge = code_prompts().prompt("grade"), code_prompts().prompt("judge")
    return Judges(Grader(model, grade, judging), Judge(model, judge, judging), concurrency=2)


def scored(
    store: DocumentStore,
    source: ScriptedSource,
    wanted: ModelEvaluating | None = None,
    *,
    material: EvaluationMaterial = MATERIAL,
    judge: ScriptedModel | None = None,
    samples: int = 1,
) -> EvaluationReport:
    tools = Tools(
        source=source,
        store=store,
        overlap=WordSetOverlap(),
        style=NO_STYLE,
        judges=None if judge is None else judges(judge, samples),
        progress=quiet_progress,
        now=lambda: NOW,
    )
    return asyncio.run(evaluated_models(wanted or evaluating(), material, tools))


def source(base: Callable[[str], Script] = evading, sft: Callable[[str], Script] = copying) -> ScriptedSource:
    return ScriptedSource({"base": base, "sft": sft}, readers={"base": LetterReader(), "sft": LetterReader()})


def means(report: EvaluationReport, place: int) -> dict[str, float]:
    return {name: each.value for name, each in report.evaluation.models[place].scores.items()}


def test_each_model_has_its_scores_and_one_is_open_at_a_time(documents: DocumentStore) -> None:
    models = source()

    report = scored(documents, models)

    assert models.most_open == 1
    assert asked_of(models, "sft") == ["What of silk?", "What of wool?"]
    base, sft = means(report, 0), means(report, 1)
    assert (base["empty"], base["refused"], base["rouge_l"]) == (0.5, 0.5, 0)
    assert (sft["empty"], sft["refused"], sft["rouge_l"]) == (0, 0, 1)
    # The answer on silk is the training text, all 13 words of it; that on wool is in no training text.
    assert (sft["copied_share"], sft["longest_copy"], sft["memorised"]) == (0.5, 6.5, 0)
    assert report.evaluation.models[0].missing["copied_share"] == {"too_short_to_copy": 2}
    assert sft["bits_per_byte"] == pytest.approx(8)
    assert sft["perplexity"] == pytest.approx(256)
    assert report.evaluation.models[1].differences["rouge_l"].value == 1
    assert report.evaluation.models[0].differences == {}
    assert report.evaluation.models[1].missing["style_score"] == {"too_few_authors_for_style": 2}
    assert (report.evaluation.questions, report.evaluation.texts, report.evaluation.verdict) == (2, 2, None)


@pytest.mark.parametrize("writes", [0, 1, 3, 5, 7, 9, 11])
def test_a_run_that_is_killed_goes_on_where_it_was(documents: DocumentStore, writes: int) -> None:
    whole = scored(documents, source(), judge=ScriptedModel(otherwise=judging))
    for collection in (EXPERIMENT_ANSWERS, MODEL_LIKELIHOODS, ANSWER_GRADES, EXPERIMENT_JUDGEMENTS):
        ids = [each["_id"] for each in documents.find(collection, {})]
        documents.delete(collection, {"_id": ids})
    with pytest.raises(KilledError):
        scored(DyingStore(documents, writes), source(), judge=ScriptedModel(otherwise=judging))
    models, judge = source(), ScriptedModel(otherwise=judging)

    report = scored(documents, models, judge=judge)

    # 4 answers, 4 likelihoods, 4 grades and 4 comparisons, each of which is done once.
    done = sum(len(each.requests) for each in models.models.values()) + sum(
        len(reader.read) for reader in models.readers.values()
    )
    assert done + len(judge.requests) == 16 - writes
    assert report.evaluation == whole.evaluation


def test_a_failed_answer_is_counted_everywhere_and_may_not_be_too_frequent(documents: DocumentStore) -> None:
    report = scored(documents, source(sft=failing), judge=ScriptedModel(otherwise=judging))

    sft = report.evaluation.models[1]
    assert sft.scores["failed"].value == 0.5
    assert sft.missing["rouge_1"] == sft.missing["judge_accuracy"] == {"model_failed": 1}
    assert sft.missing["judge_wins_accuracy"] == {"model_failed": 1}
    assert report.questions[0].answers["sft"].failure == "It broke. Wait."
    assert require_answered(report, 0.5) is report
    with pytest.raises(TooManyUnansweredError, match=r"'sft' left 50.0% of the questions .*\(model_failed 1\)"):
        require_answered(report, 0.4)


def test_a_candidate_that_fails_often_is_kept_back_whatever_the_rules_say(documents: DocumentStore) -> None:
    wanted = evaluating(gate={"rules": [{"score": "rouge_l", "at_least": 0.5}]})

    verdict = scored(documents, source(sft=failing), wanted).evaluation.verdict

    assert verdict is not None
    assert verdict.reasons == (
        "broken: failed is 0.5 on average, at most 0.1",
        "kept: rouge_l is 1 on average, at least 0.5",
    )


def test_a_model_that_answers_nothing_is_told(documents: DocumentStore) -> None:
    with pytest.raises(NothingAnsweredError, match=r"base answered none of the questions; .* It broke"):
        scored(documents, source(base=lambda _: BROKEN))


def test_a_judge_grades_and_compares_and_agrees_with_himself(documents: DocumentStore) -> None:
    report = scored(documents, source(), judge=ScriptedModel(otherwise=judging), samples=3)

    base, sft = means(report, 0), means(report, 1)
    assert (base["judge_accuracy"], sft["judge_accuracy"], sft["judge_style"]) == (1, 5, 3)
    assert (sft["judge_wins_accuracy"], sft["judge_wins_style"]) == (1, 0.5)
    assert "judge_wins_accuracy" not in base
    grades, compared = report.models["sft"].grades, report.models["sft"].compared
    assert grades is not None
    assert compared is not None
    assert (grades.grades, grades.agreement["accuracy"].same, grades.agreement["accuracy"].within_one) == (6, 1, 1)
    assert (compared.judgements, compared.agreement["accuracy"].orders) == (12, 1)
    assert report.figures["judge_grades"]["sft"]["grades"] == 6


def test_judgements_that_fail_are_counted_and_asked_again(documents: DocumentStore) -> None:
    replies: list[Any] = ["no JSON", BROKEN]
    first = scored(documents, source(), judge=ScriptedModel(*replies, otherwise=judging))
    judge = ScriptedModel(otherwise=judging)

    second = scored(documents, source(), judge=judge)

    base = first.models["base"].grades
    assert base is not None
    assert base.grades == 0
    assert base.failed == {"reply_not_of_schema": 1, "model_failed": 1}
    assert first.evaluation.models[0].missing["judge_style"] == {"reply_not_of_schema": 1, "model_failed": 1}
    assert len(judge.requests) == 2
    assert second.evaluation.models[0].scores["judge_style"].count == 2


def test_a_judge_who_says_nothing_ends_the_run_and_the_answers_are_kept(documents: DocumentStore) -> None:
    with pytest.raises(NothingJudgedError, match="judged none of the answers"):
        scored(documents, source(), judge=ScriptedModel(otherwise=lambda _: BROKEN))

    assert documents.count(EXPERIMENT_ANSWERS, {}) == 4


def test_answers_are_reused_and_the_copies_of_each_are_shown(documents: DocumentStore) -> None:
    scored(documents, source())
    models = source()

    report = scored(documents, models)

    assert asked_of(models, "base") == asked_of(models, "sft") == []
    assert models.readers["sft"].read == []
    assert report.models["sft"].cost.reused == 2
    (span,) = report.questions[0].answers["sft"].copies
    assert (ANSWERS[0][span.start : span.end], span.words, span.source) == (ANSWERS[0][:-1], 13, "On silk")


def test_answers_to_questions_made_of_a_forgotten_document_are_deleted(documents: DocumentStore) -> None:
    about_one = QUESTIONS[0].model_copy(update={"document_ids": ("gone",)})
    report = scored(documents, source(), material=MATERIAL.model_copy(update={"items": (about_one, QUESTIONS[1])}))

    assert report.document_ids == ("gone",)
    assert forget_answers(documents, ["gone"]) == 2
    assert documents.count(EXPERIMENT_ANSWERS, {}) == 2
