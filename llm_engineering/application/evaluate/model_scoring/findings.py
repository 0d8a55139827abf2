"""What was found of each model, summed up as a report."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel, ModelEvaluating
from llm_engineering.application.evaluate.model_scoring.copies import CopiedText
from llm_engineering.application.evaluate.model_scoring.grading import GradeReport
from llm_engineering.application.evaluate.model_scoring.promotion import ScoreRule, promotion_verdict
from llm_engineering.application.evaluate.model_scoring.questions import EvaluatedQuestion, EvaluationMaterial
from llm_engineering.application.evaluate.model_scoring.report import (
    EvaluationReport,
    ReportedModel,
    ReportedQuestion,
    SaidAnswer,
)
from llm_engineering.application.evaluate.model_scoring.scores import FAILED, ScoreValues
from llm_engineering.application.evaluate.model_scoring.source import ModelSource
from llm_engineering.application.evaluate.style.model import StyleFigures
from llm_engineering.application.experiments.comparison import VariantCost
from llm_engineering.application.experiments.judge_figures import JudgeReport
from llm_engineering.application.experiments.running import Answers
from llm_engineering.domain.model_scores import ModelEvaluation, ModelScores, PromotionVerdict


@dataclass(slots=True)
class Findings:
    """What is known of one model."""

    model: EvaluatedModel
    answers: Answers
    scores: list[ScoreValues] = field(default_factory=list)
    grades: GradeReport | None = None
    compared: JudgeReport | None = None


def evaluation_report(
    evaluating: ModelEvaluating,
    material: EvaluationMaterial,
    *,
    source: ModelSource,
    style: StyleFigures | None,
    found: Mapping[str, Findings],
    copied: Callable[[str], CopiedText],
) -> EvaluationReport:
    """Return the scores of all models with what they rest on.

    Args:
        evaluating: What was wanted.
        material: What was asked.
        source: Where each model is, and which weights it has.
        style: How well styles are told apart; None: they cannot be.
        found: What is known of each model, by name.
        copied: Finds copies.
    """
    baseline = found[evaluating.baseline]
    scored = {name: _model_scores(each, baseline, source) for name, each in found.items()}
    evaluation = ModelEvaluation(
        models=tuple(scored.values()),
        verdict=_verdict(evaluating, scored, found),
        questions=len(material.items),
        texts=len(material.held_out),
    )
    return EvaluationReport(
        evaluation=evaluation,
        baseline=evaluating.baseline,
        candidate=evaluating.candidate,
        source=material.source,
        author=material.author,
        models={
            name: ReportedModel(
                cost=VariantCost.of(each.answers),
                scores=tuple(each.scores),
                grades=each.grades,
                compared=each.compared,
            )
            for name, each in found.items()
        },
        questions=tuple(_reported(question, found, copied) for question in material.items),
        training_texts=len(material.training),
        style=style,
        document_ids=material.document_ids,
    )


def _model_scores(found: Findings, baseline: Findings, source: ModelSource) -> ModelScores:
    before = {} if found is baseline else {each.definition.name: each for each in baseline.scores}
    named = {each.definition.name: each for each in found.scores}
    intervals = {name: each.interval for name, each in named.items()}
    differences = {name: each.difference(before[name]) for name, each in named.items() if name in before}
    return ModelScores(
        model=found.model.name,
        place=source.place(found.model),
        scores={name: each for name, each in intervals.items() if each is not None},
        missing={name: each.missing_by_reason for name, each in named.items() if each.missing},
        differences={name: each for name, each in differences.items() if each is not None},
        weights_hash=source.weights_hash(found.model),
    )


def _verdict(
    evaluating: ModelEvaluating, scored: Mapping[str, ModelScores], found: Mapping[str, Findings]
) -> PromotionVerdict | None:
    """Return whether the candidate is promoted; who fails too often is not, whatever the rules say."""
    if evaluating.candidate is None or not evaluating.gate.rules:
        return None
    rules = (*evaluating.gate.rules, ScoreRule(score=FAILED.name, at_most=evaluating.max_failed_share))
    directions = {each.definition.name: each.definition.direction for each in found[evaluating.candidate].scores}
    return promotion_verdict(rules, scored[evaluating.candidate], scored[evaluating.baseline], directions)


def _reported(
    question: EvaluatedQuestion, found: Mapping[str, Findings], copied: Callable[[str], CopiedText]
) -> ReportedQuestion:
    return ReportedQuestion(
        id=question.id,
        text=question.text,
        origin=question.origin,
        reference=question.reference,
        answers={name: _said(question, each.answers, copied) for name, each in found.items()},
    )


def _said(question: EvaluatedQuestion, answers: Answers, copied: Callable[[str], CopiedText]) -> SaidAnswer:
    given = answers.given.get(question.id)
    if given is None:
        failure = answers.failed.get(question.id)
        return SaidAnswer(text=None, failure=failure.detail if failure else "It was not asked.")
    return SaidAnswer(text=given.answer.text, copies=copied(given.answer.text).spans)
