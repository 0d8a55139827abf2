"""One evaluation of models from their questions to the verdict."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel, ModelEvaluating, ModelKind
from llm_engineering.application.evaluate.model_scoring.copies import CopiedText, CopyIndex
from llm_engineering.application.evaluate.model_scoring.findings import Findings, evaluation_report
from llm_engineering.application.evaluate.model_scoring.grading import Graded, Grader, graded_answers, require_graded
from llm_engineering.application.evaluate.model_scoring.likelihood import likelihoods
from llm_engineering.application.evaluate.model_scoring.metrics import (
    copy_metrics,
    kept_copies,
    plain_metrics,
    rouge_metrics,
)
from llm_engineering.application.evaluate.model_scoring.overlap import WordOverlap
from llm_engineering.application.evaluate.model_scoring.pairs import KEPT_UNDER, compared_with_baseline
from llm_engineering.application.evaluate.model_scoring.questions import EvaluationMaterial
from llm_engineering.application.evaluate.model_scoring.report import (
    EvaluationReport,
)
from llm_engineering.application.evaluate.model_scoring.scores import (
    ScoreValues,
    failed_values,
    likelihood_values,
    metric_values,
)
from llm_engineering.application.evaluate.model_scoring.source import ModelSource
from llm_engineering.application.experiments.judge import Judge
from llm_engineering.application.experiments.metrics import AnswerMetric, metrics_named
from llm_engineering.application.experiments.running import collected_answers
from llm_engineering.application.experiments.style_metric import StyleScore
from llm_engineering.application.ports import DocumentStore

OF_RAG: Final = ("answered", "citation_support", "copy_rate", "ndcg", "recall")
"""Metrics of answers that rest on passages."""

Progress = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Opens a progress bar of a title and a number of items, and gives what moves it on."""


@dataclass(frozen=True, slots=True)
class Judges:
    """Who judges answers."""

    grader: Grader
    """Of single answers."""
    judge: Judge
    """Of two answers."""
    concurrency: int


@dataclass(frozen=True, slots=True)
class Tools:
    """What an evaluation works with."""

    source: ModelSource
    store: DocumentStore
    overlap: WordOverlap
    style: StyleScore
    judges: Judges | None
    progress: Progress
    now: Callable[[], datetime]
    """Tells the time (UTC)."""


async def evaluated_models(evaluating: ModelEvaluating, material: EvaluationMaterial, tools: Tools) -> EvaluationReport:
    """Let all models answer, and return what the answers are worth.

    Models are opened one after the other. Answers, likelihoods and judgements are kept in the store as they come, and
    neither asked for nor computed twice: a run that is killed goes on where it was.

    Args:
        evaluating: Which models are scored by what.
        material: What they are asked, and what they are held to.
        tools: What it is done with.

    Raises:
        NothingAnsweredError: A model answered nothing at all.
        NothingJudgedError: The judge judged nothing at all.
        BudgetSpentError: The budget of the language model is spent; what was answered is kept.
        StoreUnavailableError: A store could not be reached.
    """
    copied = kept_copies(CopyIndex.of((each.name, each.text) for each in material.training))
    found = await answered_models(evaluating.models, material, tools)
    for each in found.values():
        metrics = _metrics(evaluating, each.model, material, tools, copied)
        each.scores[:0] = [
            failed_values(material.items, each.answers),
            *(metric_values(metric, material.items, each.answers) for metric in metrics),
        ]
    if tools.judges is not None:
        require_graded([await _graded(tools.judges, each, material, tools) for each in found.values()])
        for name, each in found.items():
            if name != evaluating.baseline:
                await _compared(tools.judges, each, found[evaluating.baseline], material, tools)
    return evaluation_report(
        evaluating, material, source=tools.source, style=tools.style.figures, found=found, copied=copied
    )


async def answered_models(
    models: Sequence[EvaluatedModel], material: EvaluationMaterial, tools: Tools
) -> dict[str, Findings]:
    """Let models answer and read, and return what they said by their names; the rest of an evaluation needs no model.

    Args:
        models: Which ones; they are opened one after the other.
        material: What they are asked, and the texts that they read.
        tools: As of `evaluated_models`.

    Raises:
        TwinError: As `evaluated_models`.
    """
    found: dict[str, Findings] = {}
    for model in models:
        found[model.name] = await _answered(model, material, tools)
        found[model.name].scores += _read(model, material, tools)
    return found


async def _answered(model: EvaluatedModel, material: EvaluationMaterial, tools: Tools) -> Findings:
    with tools.progress(f"Answering: {model.name}", len(material.items)) as advance:
        async with tools.source.answerer(model) as running:
            answers = await collected_answers(
                KEPT_UNDER,
                [running],
                material.items,
                tools.store,
                concurrency=model.places,
                now=tools.now,
                on_progress=advance,
            )
    return Findings(model, answers[model.name])


def _read(model: EvaluatedModel, material: EvaluationMaterial, tools: Tools) -> tuple[ScoreValues, ...]:
    """Return perplexity and bits per byte, if a model can say how likely texts are."""
    fingerprint = tools.source.reading_fingerprint(model)
    if fingerprint is None or not material.held_out:
        return ()
    with tools.progress(f"Reading texts: {model.name}", len(material.held_out)) as advance:
        found = likelihoods(
            lambda: tools.source.reader(model),
            fingerprint,
            material.held_out,
            tools.store,
            now=tools.now,
            on_progress=advance,
        )
    return likelihood_values(material.held_out, found)


def _metrics(
    evaluating: ModelEvaluating,
    model: EvaluatedModel,
    material: EvaluationMaterial,
    tools: Tools,
    copied: Callable[[str], CopiedText],
) -> list[AnswerMetric]:
    references = {each.id: each.reference for each in material.items if each.reference is not None}
    metrics: list[AnswerMetric] = [*plain_metrics(), *metrics_named(["length"]), tools.style]
    if references:
        metrics += rouge_metrics(tools.overlap, references)
    if material.training:
        metrics += copy_metrics(copied, evaluating.memorisation.memorised_words)
    if model.kind is ModelKind.RAG:
        metrics += metrics_named(OF_RAG)
    return metrics


async def _graded(judges: Judges, found: Findings, material: EvaluationMaterial, tools: Tools) -> Graded:
    """Add the grades of the answers of a model, and return them."""
    with tools.progress(f"Grading: {found.model.name}", len(found.answers.given)) as advance:
        graded = await graded_answers(
            judges.grader,
            material.items,
            found.answers,
            tools.store,
            concurrency=judges.concurrency,
            now=tools.now,
            on_progress=advance,
        )
    found.scores += graded.scores
    found.grades = graded.report
    return graded


async def _compared(
    judges: Judges, found: Findings, baseline: Findings, material: EvaluationMaterial, tools: Tools
) -> None:
    """Add how often the answers of a model win against those of the baseline."""
    both = found.answers.given.keys() & baseline.answers.given.keys()
    with tools.progress(f"Comparing: {found.model.name}", len(both)) as advance:
        scores, found.compared = await compared_with_baseline(
            judges.judge,
            material.items,
            found.answers,
            baseline.answers,
            tools.store,
            concurrency=judges.concurrency,
            now=tools.now,
            on_progress=advance,
        )
    found.scores += scores
