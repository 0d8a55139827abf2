"""The report on an experiment: verdict, figures, plots, costs, and the questions that changed most."""

from collections.abc import Iterable
from html import escape
from typing import Final

from llm_engineering.application.experiments.comparison import AnswerComparison, AnsweredQuestion, VariantCost
from llm_engineering.application.experiments.figures import Direction, MetricFigures
from llm_engineering.application.experiments.paired import MetricComparison
from llm_engineering.application.experiments.variants import AnswerChanges
from llm_engineering.application.retrieve.metrics import Interval
from steps.evaluation.plots import Row, interval_plot
from steps.evaluation.report import STYLE
from steps.experiments.plots import difference_plot, paired_plot

LISTED_QUESTIONS: Final = 20
_MARGIN: Final = 1.15
"""Share of what is to be seen of a difference that its scale shows."""
_MORE_STYLE: Final = """
.verdict { font-size: 1.35rem; font-weight: 600; margin: .8rem 0 .2rem; }
.side { display: flex; flex-wrap: wrap; gap: 0 3rem; align-items: flex-end; }
.point { fill: var(--accent); opacity: .55; }
details { margin: .3rem 0; } pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; font: inherit; }
.answers { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2rem; }
@media (max-width: 48rem) { .answers { grid-template-columns: 1fr; } }
"""


def comparison_html(comparison: AnswerComparison) -> str:
    """Return a page on an experiment. All text of others is escaped: it comes from the web and from models."""
    parts = (_head, _primary, _metrics, _style, _judge, _costs, _changed)
    body = "".join(part(comparison) for part in parts)
    name = escape(comparison.experiment)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{STYLE}{_MORE_STYLE}</style></head><body><h1>Experiment {name}</h1>{body}</body></html>"
    )


def _head(comparison: AnswerComparison) -> str:
    found = comparison.verdict
    level = f"{1 - found.alpha:.1%}"
    again = (
        f"This is look {found.look} at this experiment. Each look may be wrong less often, so that all together are "
        f"wrong at most {found.rule.alpha:g} of the time; this one decides below p = {found.alpha:.3g}."
        if found.look > 1
        else f"It decides below p = {found.alpha:.3g}, which keeps some of {found.rule.alpha:g} for another look."
    )
    return (
        f'<p class="verdict">{escape(found.sentence)}</p><p class="quiet">{again} Intervals are {level} ones.</p>'
        f"<table><tr><th>Variant</th><th>Sets</th></tr>"
        f"<tr><td>A</td><td>{_changes(comparison.a)}</td></tr><tr><td>B</td><td>{_changes(comparison.b)}</td></tr></table>"
        f"<p>{len(comparison.questions):,} questions from {escape(comparison.source)}.</p>"
    )


def _changes(changes: AnswerChanges) -> str:
    return escape(", ".join(f"{name}: {value}" for name, value in changes.named.items())) or "nothing: as configured"


def _primary(comparison: AnswerComparison) -> str:
    """Return what decided."""
    found, figures = comparison.verdict.primary, _figures_of(comparison)
    name = escape(found.definition.name)
    if found.difference is None:
        return f"<h2>What decides: {name}</h2><p>Fewer than two questions have a figure of both variants.</p>"
    effect = comparison.verdict.rule.smallest_effect
    widest = max(abs(found.difference.low), abs(found.difference.high), effect) * _MARGIN
    interval = interval_plot(
        "Mean difference B - A with its interval", [Row("B - A", found.difference, found.pairs)], -widest, widest
    )
    pairs = [(figures.a[key], figures.b[key]) for key in figures.paired]
    return (
        f"<h2>What decides: {name}</h2><p>{escape(found.definition.meaning)} {_better(found)} "
        f"The smallest difference worth having was set to {effect:g}.</p>{_sentence(found)}{interval}"
        f'<div class="side">{paired_plot(f"{name} of each question", pairs)}'
        f"{difference_plot('Questions by their difference B - A', figures.differences)}</div>"
    )


def _better(found: MetricComparison) -> str:
    return "More is better." if found.definition.direction is Direction.HIGHER else "Less is better."


def _sentence(found: MetricComparison) -> str:
    return (
        f"<p>{found.pairs:,} pairs: B is better in {found.b_better:,}, A in {found.a_better:,}, {found.ties:,} tie. "
        f"p = {found.p:.4f} (paired sign-flip test).{_missing(found)}</p>"
    )


def _missing(found: MetricComparison) -> str:
    told = [
        f"{name} lacks {sum(reasons.values()):,} ({', '.join(f'{reason} {n:,}' for reason, n in reasons.items())})"
        for name, reasons in found.missing.items()
        if reasons
    ]
    return f" Figures that are missing: {escape('; '.join(told))}." if told else ""


def _metrics(comparison: AnswerComparison) -> str:
    """Return all metrics as a table, and those with the same bounds in one plot."""
    every = (comparison.verdict.primary, *comparison.verdict.others)
    rows = "".join(_metric_row(found, is_primary=number == 0) for number, found in enumerate(every))
    head = "".join(
        f'<th class="number">{each}</th>'
        for each in ("A", "B", "B - A", "interval", "p", "B better", "A better", "pairs")
    )
    drawn = [
        Row(found.definition.name, found.difference, found.pairs)
        for found in every
        if found.difference and found.definition.largest_difference == 1
    ]
    widest = max([0.02, *(max(abs(row.value.low), abs(row.value.high)) for row in drawn)]) * _MARGIN
    plot = interval_plot("Mean difference B - A of the metrics from 0 to 1", drawn, -widest, widest) if drawn else ""
    return (
        f"<h2>All metrics</h2><table><tr><th>metric</th>{head}</tr>{rows}</table>"
        '<p class="quiet">Only the first decides. p of the others is corrected for how many they are (Holm).</p>'
        f"{plot}"
    )


def _metric_row(found: MetricComparison, *, is_primary: bool) -> str:
    name = escape(found.definition.name)
    label = f"<b>{name}</b>" if is_primary else name
    cells = (
        _number(found.mean_a),
        _number(found.mean_b),
        _signed(found.difference),
        "" if found.difference is None else f"[{found.difference.low:+.3f}, {found.difference.high:+.3f}]",
        f"{found.adjusted_p:.4f}",
        f"{found.b_better:,}",
        f"{found.a_better:,}",
        f"{found.pairs:,}",
    )
    quiet = f'<br><span class="quiet">{escape(found.definition.meaning)} {_better(found)}{_missing(found)}</span>'
    return f"<tr><td>{label}{quiet}</td>{_numbers(cells)}</tr>"


def _numbers(cells: Iterable[str]) -> str:
    return "".join(f'<td class="number">{cell}</td>' for cell in cells)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.3f}"


def _signed(interval: Interval | None) -> str:
    return "" if interval is None else f"{interval.mean:+,.3f}"


def _style(comparison: AnswerComparison) -> str:
    """Return how far the style scores are to be trusted."""
    figures = comparison.style
    if figures is None:
        return ""
    authors = ", ".join(f"{escape(name)} ({count:,} documents)" for name, count in figures.authors.items())
    return (
        f"<h2>Style</h2><p>Told apart by what they have written: {authors}. Each document left out in turn, "
        f"{figures.leave_one_out_accuracy:.1%} are given to their author, and {figures.piece_accuracy:.1%} of pieces "
        f"of about 100 words. The probabilities are off by {figures.calibration_error:.1%} on average.</p>"
    )


def _judge(comparison: AnswerComparison) -> str:
    """Return who judged, how far he agrees with himself, and what failed."""
    report = comparison.judge
    if report is None:
        return ""
    rows = "".join(
        f"<tr><td>{escape(name)}</td>{_numbers(map(_share, (each.orders, each.samples, each.first_wins)))}</tr>"
        for name, each in report.agreement.items()
    )
    head = "".join(
        f'<th class="number">{each}</th>'
        for each in ("same in both orders", "same when asked again", "shown first wins")
    )
    failed = ", ".join(f"{escape(reason)} {count:,}" for reason, count in report.failed.items()) or "none"
    warning = f"<p><b>Beware.</b> {escape(report.warning)}</p>" if report.warning else ""
    cost = "no price" if report.cost is None else f"{report.cost:,.4f}"
    return (
        f"<h2>The judge</h2>{warning}<p>{escape(report.model.name)} with the prompt {escape(report.prompt.name)} "
        f"{escape(report.prompt.version)}: {report.judgements:,} judgements, {report.reused:,} of them kept from an "
        f"earlier run. Failed: {failed}. Tokens read {report.prompt_tokens:,}, written {report.completion_tokens:,}; "
        f"cost: {cost}.</p><table><tr><th>criterion</th>{head}</tr>{rows}</table>"
        '<p class="quiet">A judge who says the same in both orders less often than about 60% knows little; one '
        "for whom the answer that is shown first wins far more or less often than 50% looks at the place.</p>"
    )


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _costs(comparison: AnswerComparison) -> str:
    columns = ("answers", "failed", "tokens read", "tokens written", "cost", "seconds", "seconds each")
    head = "".join(f'<th class="number">{column}</th>' for column in columns)
    rows = "".join(_cost_row(name, cost) for name, cost in comparison.costs.items())
    reused = sum(cost.reused for cost in comparison.costs.values())
    note = (
        f'<p class="quiet">{reused:,} answers were kept from an earlier run and not asked again.</p>' if reused else ""
    )
    return f"<h2>What they cost</h2><table><tr><th>variant</th>{head}</tr>{rows}</table>{note}"


def _cost_row(name: str, cost: VariantCost) -> str:
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
    return f"<tr><td>{name}</td>{_numbers(cells)}</tr>"


def _changed(comparison: AnswerComparison) -> str:
    """Return the questions that the variants differ most in, with what both said."""
    differing = [question for question in comparison.questions if _difference(question)]
    differing.sort(key=lambda question: -abs(_difference(question)))
    shown = "".join(_question(question) for question in differing[:LISTED_QUESTIONS])
    count = (
        f"first {LISTED_QUESTIONS} of {len(differing):,}"
        if len(differing) > LISTED_QUESTIONS
        else f"{len(differing):,}"
    )
    return f"<h2>Questions that differ most ({count})</h2>{shown}"


def _question(question: AnsweredQuestion) -> str:
    sides = "".join(
        f"<div><b>{name}</b> {_number(value)}<pre>{escape(text or 'failed')}</pre></div>"
        for name, value, text in (
            ("A", question.value_a, question.text_a),
            ("B", question.value_b, question.text_b),
        )
    )
    summary = f"{_difference(question):+.3f} {escape(question.text)}"
    return f'<details><summary>{summary}</summary><div class="answers">{sides}</div></details>'


def _difference(question: AnsweredQuestion) -> float:
    if question.value_a is None or question.value_b is None:
        return 0.0
    return question.value_b - question.value_a


def _figures_of(comparison: AnswerComparison) -> MetricFigures:
    name = comparison.verdict.rule.primary_metric
    return next(figures for figures in comparison.metrics if figures.definition.name == name)
