"""The report on an evaluation of models: verdict, figures, plots, judge, copies, and answers side by side."""

from collections.abc import Iterable
from html import escape
from typing import Final

from llm_engineering.application.evaluate.model_scoring.grades import BEST_GRADE, GRADE_SCORES
from llm_engineering.application.evaluate.model_scoring.report import EvaluationReport, ReportedModel
from llm_engineering.application.experiments.figures import Direction, MetricDefinition
from llm_engineering.application.retrieve.metrics import Interval
from llm_engineering.domain.model_scores import ModelScores, ScoreInterval
from steps.evaluation.plots import Row, interval_plot
from steps.evaluation.report import STYLE
from steps.model_evaluation.answers_html import answers_html, copies_html

_MARGIN: Final = 1.1
_MORE_STYLE: Final = """
body { max-width: 78rem; }
.verdict { font-size: 1.35rem; font-weight: 600; margin: .8rem 0 .2rem; }
.reasons { margin: .2rem 0; padding-left: 1.2rem; }
.scroll { overflow-x: auto; } .scores td, .scores th { padding-right: 1.6rem; }
.scores td:first-child { min-width: 15rem; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: 0 2.5rem; }
.plots figure { margin: .7rem 0; } .plots svg { overflow: visible; }
details { margin: .3rem 0; } summary { cursor: pointer; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; font: inherit; }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: .6rem 2rem; }
.answers { margin: .4rem 0 1rem; }
mark { background: #f5b94555; color: inherit; border-bottom: 2px solid #d08a00; }
"""


def evaluation_html(report: EvaluationReport) -> str:
    """Return a page on an evaluation. All text of others is escaped: it comes from the web and from models."""
    parts = (_head, _scores, _plots, _judge, _style, copies_html, answers_html, _costs)
    body = "".join(part(report) for part in parts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Model evaluation</title>'
        f"<style>{STYLE}{_MORE_STYLE}</style></head><body><h1>Model evaluation</h1>{body}</body></html>"
    )


def _head(report: EvaluationReport) -> str:
    evaluation = report.evaluation
    rows = "".join(
        f"<tr><td>{escape(each.model)}</td><td>{escape(each.place)}</td><td>{_short_hash(each.weights_hash)}</td></tr>"
        for each in evaluation.models
    )
    texts = f" Perplexity was measured on {evaluation.texts:,} held-out texts." if evaluation.texts else ""
    author = f" They are to sound like {escape(report.author)}." if report.author else ""
    return (
        f"{_verdict(report)}<p>{evaluation.questions:,} questions from {escape(report.source)}.{texts}{author} The "
        f"baseline is {escape(report.baseline)}.</p>"
        f"<table><tr><th>model</th><th>place</th><th>weights</th></tr>{rows}</table>"
    )


def _verdict(report: EvaluationReport) -> str:
    verdict = report.evaluation.verdict
    if verdict is None:
        return '<p class="verdict">No verdict: there is no candidate, or no rule.</p>'
    says = "is promoted" if verdict.is_promoted else "is kept back"
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in verdict.reasons)
    return f'<p class="verdict">{escape(verdict.candidate)} {says}.</p><ul class="reasons">{reasons}</ul>'


def _short_hash(value: str | None) -> str:
    return '<span class="quiet">a service</span>' if value is None else f"<code>{escape(value[:12])}</code>"


def definitions(report: EvaluationReport) -> list[MetricDefinition]:
    """Return all scores that some model has, in the order in which they were measured."""
    found = {each.definition.name: each.definition for model in report.models.values() for each in model.scores}
    return list(found.values())


def _scores(report: EvaluationReport) -> str:
    models = report.evaluation.models
    head = "".join(f'<th class="number">{escape(each.model)}</th>' for each in models)
    rows = "".join(_score_row(definition, models, report) for definition in definitions(report))
    return (
        f'<h2>Scores</h2><div class="scroll"><table class="scores"><tr><th>score</th>{head}</tr>{rows}</table></div>'
        '<p class="quiet">Mean with its 95 % bootstrap interval over questions or texts; below it the difference to '
        "the baseline over those that both have a figure of. An interval that does not hold 0 is a difference that "
        "chance hardly makes; with many scores one in twenty does all the same.</p>"
    )


def _score_row(definition: MetricDefinition, models: Iterable[ModelScores], report: EvaluationReport) -> str:
    better = "More is better." if definition.direction is Direction.HIGHER else "Less is better."
    cells = "".join(f'<td class="number">{_cell(each, definition.name, report)}</td>' for each in models)
    meaning = f'<br><span class="quiet">{escape(definition.meaning)} {better}</span>'
    return f"<tr><td><b>{escape(definition.name)}</b>{meaning}</td>{cells}</tr>"


def _cell(model: ModelScores, name: str, report: EvaluationReport) -> str:
    score = model.scores.get(name)
    missing = sum(model.missing.get(name, {}).values())
    lacks = ""
    if missing:
        told = ", ".join(f"{reason} {count:,}" for reason, count in model.missing[name].items())
        lacks = f'<br><span class="quiet" title="{escape(told)}">{missing:,} without: {escape(told)}</span>'
    if score is None:
        return f'<span class="quiet">none</span>{lacks}'
    shown = f'{score.value:,.3f}<br><span class="quiet">{_between(score, "")} ({score.count:,})</span>'
    difference = model.differences.get(name)
    if difference is not None and model.model != report.baseline:
        shown += f'<br>{difference.value:+,.3f} <span class="quiet">{_between(difference, "+")}</span>'
    return shown + lacks


def _between(score: ScoreInterval, sign: str) -> str:
    """Return the interval; nothing where it is a point."""
    return "" if score.low == score.high else f"{score.low:{sign},.3f} to {score.high:{sign},.3f}"


def _plots(report: EvaluationReport) -> str:
    plots = "".join(_plot(definition, report) for definition in definitions(report))
    return f'<h2>Plots</h2><div class="plots">{plots}</div>'


def _plot(definition: MetricDefinition, report: EvaluationReport) -> str:
    """Return a plot of one score over its range, or as far as the intervals reach; none if nothing is above 0."""
    drawn = {
        each.model: each.scores[definition.name] for each in report.evaluation.models if definition.name in each.scores
    }
    if not drawn or all(each.value == 0 for each in drawn.values()):
        return ""
    low, high = 0.0, max(each.high for each in drawn.values()) * _MARGIN
    if definition in GRADE_SCORES.values():
        low, high = 1.0, float(BEST_GRADE)
    elif definition.largest_difference == 1:
        high = 1.0
    rows = [Row(name, _interval(each), each.count) for name, each in drawn.items()]
    return interval_plot(definition.name, rows, low, high)


def _interval(score: ScoreInterval) -> Interval:
    return Interval(mean=score.value, low=score.low, high=score.high)


def _judge(report: EvaluationReport) -> str:
    """Return who judged, how far he agrees with himself, and what failed."""
    if not any(model.grades for model in report.models.values()):
        return ""
    head = "".join(
        f'<th class="number">{each}</th>'
        for each in (
            "same grade again", "within 1", "same in both orders", "same when asked again", "shown first wins",
            "judgements", "failed",
        )
    )  # fmt: skip
    rows = "".join(_judge_rows(name, model) for name, model in report.models.items())
    warnings = {model.compared.warning for model in report.models.values() if model.compared}
    beware = "".join(f"<p><b>Beware.</b> {escape(each)}</p>" for each in sorted(filter(None, warnings)))
    who = next(model.grades for model in report.models.values() if model.grades)
    return (
        f"<h2>The judge</h2>{beware}<p>{escape(who.model.name)}, asked {who.samples:,} times for each grade and for "
        'each order of a comparison.</p><div class="scroll"><table><tr><th>model</th><th>criterion</th>'
        f"{head}</tr>{rows}</table></div>"
        '<p class="quiet">How far he agrees with himself: a judge who says the same in both orders less often than '
        "about 60% knows little; one for whom the answer that is shown first wins far more or less often than 50% "
        "looks at the place. A judgement that failed is counted and asked for again by the next run.</p>"
    )


def _judge_rows(name: str, model: ReportedModel) -> str:
    grades, compared = model.grades, model.compared
    if grades is None:
        return ""
    rows = ""
    for criterion, agreement in grades.agreement.items():
        pairs = compared.agreement.get(criterion) if compared else None
        shares = (
            agreement.same,
            agreement.within_one,
            pairs.orders if pairs else None,
            pairs.samples if pairs else None,
            pairs.first_wins if pairs else None,
        )
        count = grades.grades + (compared.judgements if compared else 0)
        failed = sum(grades.failed.values()) + (sum(compared.failed.values()) if compared else 0)
        cells = _numbers([*map(_share, shares), f"{count:,}", f"{failed:,}"])
        rows += f'<tr><td class="word">{escape(name)}</td><td class="word">{escape(criterion)}</td>{cells}</tr>'
    return rows


def _style(report: EvaluationReport) -> str:
    """Return how far the style scores are to be trusted."""
    figures = report.style
    if figures is None:
        return ""
    authors = ", ".join(f"{escape(name)} ({count:,} documents)" for name, count in figures.authors.items())
    return (
        f"<h2>Style</h2><p>Told apart by what they have written: {authors}. Each document left out in turn, "
        f"{figures.leave_one_out_accuracy:.1%} are given to their author, and {figures.piece_accuracy:.1%} of pieces "
        f"of about 100 words. The probabilities are off by {figures.calibration_error:.1%} on average.</p>"
    )


def _costs(report: EvaluationReport) -> str:
    columns = ("answers", "failed", "tokens read", "tokens written", "cost", "seconds", "seconds each")
    head = "".join(f'<th class="number">{column}</th>' for column in columns)
    rows = "".join(_cost_row(name, model) for name, model in report.models.items())
    reused = sum(model.cost.reused for model in report.models.values())
    note = f'<p class="quiet">{reused:,} answers were kept from an earlier run and not asked again.</p>'
    return f"<h2>What the answers cost</h2><table><tr><th>model</th>{head}</tr>{rows}</table>{note if reused else ''}"


def _cost_row(name: str, model: ReportedModel) -> str:
    cost = model.cost
    failed = ", ".join(f"{reason} {count:,}" for reason, count in cost.failed.items()) or "0"
    cells = (
        f"{cost.answers:,}",
        escape(failed),
        f"{cost.prompt_tokens:,}",
        f"{cost.completion_tokens:,}",
        "no price" if cost.cost is None else f"{cost.cost:,.4f}",
        f"{cost.seconds:,.1f}",
        "" if cost.seconds_each is None else f"{cost.seconds_each:,.2f}",
    )
    return f"<tr><td>{escape(name)}</td>{_numbers(cells)}</tr>"


def _numbers(cells: Iterable[str]) -> str:
    return "".join(f'<td class="number">{cell}</td>' for cell in cells)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"
