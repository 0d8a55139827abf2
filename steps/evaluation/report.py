"""The report on an evaluation: figures, plots, and the questions that are not answered."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from llm_engineering.application.evaluate.comparison import Comparison
from llm_engineering.application.evaluate.evaluation import RetrievalEvaluation
from llm_engineering.application.evaluate.golden import GoldenQuestion
from llm_engineering.application.evaluate.scoring import CUT, GroupFigures, QuestionScore
from steps.evaluation.plots import Row, interval_plot, rank_plot

LISTED_QUESTIONS: Final = 50
_MARGIN: Final = 1.15
"""Share of the widest interval of a difference that its scale shows."""

STYLE: Final = """
:root { color-scheme: light dark; --accent: #1a66b3; --soft: #1a66b355; }
@media (prefers-color-scheme: dark) { :root { --accent: #7db8f5; --soft: #7db8f566; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem; max-width: 62rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 1.8rem; }
.measures { display: flex; flex-wrap: wrap; gap: .4rem 3rem; margin: 1rem 0; padding: 0; list-style: none; }
.measures b { display: block; font-size: 1.8rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.quiet { opacity: .7; } figure { margin: 1.2rem 0; } figcaption { font-weight: 600; margin-bottom: .3rem; }
svg { max-width: 100%; height: auto; } svg text { fill: currentColor; font-size: 13px; }
.grid { stroke: currentColor; opacity: .15; } .zero { stroke: currentColor; stroke-dasharray: 4 3; opacity: .7; }
.interval { stroke: var(--soft); stroke-width: 8; stroke-linecap: round; } .mean, .bar { fill: var(--accent); }
table { border-collapse: collapse; } tr { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
th, td { padding: .25rem 1.2rem .25rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.word { white-space: nowrap; } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
a { color: var(--accent); }
"""


def evaluation_html(evaluation: RetrievalEvaluation) -> str:
    """Return a page on an evaluation. All text of others is escaped: it comes from the web."""
    parts = (_head, _compared, _plots, _lost, _not_answered)
    body = "".join(part(evaluation) for part in parts)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Retrieval evaluation</title>'
        f"<style>{STYLE}</style></head><body><h1>Retrieval evaluation</h1>{body}</body></html>"
    )


def _head(evaluation: RetrievalEvaluation) -> str:
    overall = evaluation.measured.overall
    named = {"nDCG@10": overall.ndcg, "recall@10": overall.recall, "MRR@10": overall.mrr}
    measures = "".join(
        f'<li>{name}<b>{each.mean:.3f}</b><span class="quiet">{each.low:.3f} to {each.high:.3f}</span></li>'
        for name, each in named.items()
    )
    left_out = sum(evaluation.left_out.values())
    note = f" {left_out:,} more of the set could not be asked: their answers changed or are gone." if left_out else ""
    return (
        f"<p>{overall.questions:,} golden questions of set {escape(evaluation.measured.golden_version)}, asked to "
        f"{escape(evaluation.location)} ({escape(evaluation.embedding.model)}).{note}</p>"
        f'<ul class="measures">{measures}</ul><p class="quiet">Mean and 95 % bootstrap interval over questions.</p>'
    )


def _compared(evaluation: RetrievalEvaluation) -> str:
    """Return what became of the questions that were asked when figures were last accepted."""
    found, before = evaluation.comparison, evaluation.before
    if found is None or before is None:
        return ""
    widest = max(abs(found.difference.low), abs(found.difference.high), 0.02) * _MARGIN
    plot = interval_plot(
        "nDCG@10 now minus then, over the questions of both",
        [Row("difference", found.difference, found.questions)],
        -widest,
        widest,
    )
    return f"<h2>Since it was accepted ({escape(before.accepted_at[:16])})</h2>{_sentence(found)}{plot}"


def _sentence(found: Comparison) -> str:
    return (
        f"<p>{found.questions:,} questions in common: nDCG@10 {found.before:.3f} then, {found.after:.3f} now; "
        f"{found.worse:,} are answered worse, {found.better:,} better. One-sided p of a loss {found.p_worse:.4f} "
        "(paired bootstrap).</p>"
    )


def _lost(evaluation: RetrievalEvaluation) -> str:
    """Return the questions that are answered worse than when figures were last accepted, those that lost most first."""
    if evaluation.comparison is None or evaluation.before is None:
        return ""
    then = evaluation.before.ndcg_by_question
    lost = [
        (score.ndcg - then[score.question_id], question, score)
        for question, score in _answered(evaluation)
        if score.ndcg < then.get(score.question_id, 0)
    ]
    lost.sort(key=lambda each: each[0])
    rows = [_question_row(question, score, f"{change:+.3f}") for change, question, score in lost]
    return _table("Answered worse than then", "change", rows)


def _plots(evaluation: RetrievalEvaluation) -> str:
    measured = evaluation.measured
    plots = [interval_plot("nDCG@10 by kind of question", _rows(measured.per_kind.items()))]
    if len(measured.per_author) > 1:
        plots.append(interval_plot("nDCG@10 by author", _rows(measured.per_author.items())))
    if evaluation.ways:
        plots.append(interval_plot("nDCG@10 by way of searching", _rows(evaluation.ways.items())))
    ranks = [score.first_rank for score in measured.scores]
    plots.append(rank_plot("Questions by the rank of their first answer", ranks))
    return f"<h2>Figures</h2>{''.join(plots)}"


def _rows(groups: Iterable[tuple[str, GroupFigures]]) -> list[Row]:
    return [Row(str(name), group.ndcg, group.questions) for name, group in groups]


def _not_answered(evaluation: RetrievalEvaluation) -> str:
    """Return the questions without an answer among the first ten, those of the lowest nDCG first."""
    missed = [
        (question, score)
        for question, score in _answered(evaluation)
        if score.first_rank is None or score.first_rank > CUT
    ]
    rows = [_question_row(question, score, str(score.first_rank or "never")) for question, score in missed]
    return _table("Without an answer among the first ten", "first rank", rows)


def _answered(evaluation: RetrievalEvaluation) -> Iterator[tuple[GoldenQuestion, QuestionScore]]:
    return zip(evaluation.questions, evaluation.measured.scores, strict=True)


def _question_row(question: GoldenQuestion, score: QuestionScore, value: str) -> str:
    place = question.places[0]
    link = escape(place.link)
    source = f'<a href="{link}">{link}</a>' if place.link.startswith(("https://", "http://")) else link
    text = f'<td>{escape(question.text)}</td><td class="word">{score.kind}</td>'
    return f'<tr>{text}<td class="number">{value}</td><td>{source}</td></tr>'


def _table(title: str, value: str, rows: list[str]) -> str:
    if not rows:
        return f"<h2>{title} (0)</h2>"
    shown = f"first {LISTED_QUESTIONS} of {len(rows):,}" if len(rows) > LISTED_QUESTIONS else f"{len(rows):,}"
    head = f'<tr><th>question</th><th>kind</th><th class="number">{value}</th><th>answer</th></tr>'
    return f"<h2>{title} ({shown})</h2><table>{head}{''.join(rows[:LISTED_QUESTIONS])}</table>"
