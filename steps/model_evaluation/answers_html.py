"""Answers side by side as HTML, with what they copy highlighted."""

from collections.abc import Sequence
from html import escape
from typing import Final

from llm_engineering.application.evaluate.model_scoring.copies import CopiedSpan
from llm_engineering.application.evaluate.model_scoring.report import EvaluationReport, ReportedQuestion, SaidAnswer

LISTED_QUESTIONS: Final = 50
LISTED_COPIES: Final = 20


def answers_html(report: EvaluationReport) -> str:
    """Return what each model said to the first questions, side by side."""
    shown = "".join(
        _question(question, is_open=number == 0) for number, question in enumerate(report.questions[:LISTED_QUESTIONS])
    )
    number = len(report.questions)
    count = f"first {LISTED_QUESTIONS} of {number:,}" if number > LISTED_QUESTIONS else f"{number:,}"
    return f"<h2>Answers ({count})</h2>{shown}"


def copies_html(report: EvaluationReport) -> str:
    """Return the longest different spans that stand in training texts word for word."""
    if not report.training_texts:
        return ""
    spans = {
        (model, (said.text or "")[span.start : span.end]): span
        for question in report.questions
        for model, said in question.answers.items()
        for span in said.copies
    }
    found = sorted(spans.items(), key=lambda each: -each[1].words)
    rows = "".join(
        f'<tr><td class="word">{escape(model)}</td><td class="number">{span.words:,}</td><td>{escape(span.source)}</td>'
        f"<td><mark>{escape(text)}</mark></td></tr>"
        for (model, text), span in found[:LISTED_COPIES]
    )
    if not rows:
        texts = f"{report.training_texts:,} training texts"
        return f"<h2>Copies</h2><p>No answer has eight words in a row of any of {texts}.</p>"
    count = f"longest {LISTED_COPIES} of {len(found):,}" if len(found) > LISTED_COPIES else f"{len(found):,}"
    return (
        f"<h2>Copies from {report.training_texts:,} training texts ({count})</h2><table><tr><th>model</th>"
        f'<th class="number">words</th><th>training text</th><th>copied</th></tr>{rows}</table>'
    )


def marked(text: str, spans: Sequence[CopiedSpan]) -> str:
    """Return a text as HTML in which what some spans cover is marked."""
    html: list[str] = []
    place = 0
    for start, end in _joined(spans):
        html += [escape(text[place:start]), "<mark>", escape(text[start:end]), "</mark>"]
        place = end
    return "".join([*html, escape(text[place:])])


def _joined(spans: Sequence[CopiedSpan]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted((span.start, span.end) for span in spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _question(question: ReportedQuestion, *, is_open: bool) -> str:
    sides = "".join(f"<div><b>{escape(name)}</b>{_said(said)}</div>" for name, said in question.answers.items())
    if question.reference is not None:
        sides = f'<div><b class="quiet">expected</b><pre class="quiet">{escape(question.reference)}</pre></div>{sides}'
    opened = " open" if is_open else ""
    return (
        f"<details{opened}><summary>{escape(question.text)} "
        f'<span class="quiet">{question.origin.value.replace("_", " ")}</span></summary>'
        f'<div class="answers">{sides}</div></details>'
    )


def _said(said: SaidAnswer) -> str:
    if said.text is None:
        return f'<pre class="quiet">no answer: {escape(said.failure or "")}</pre>'
    return f"<pre>{marked(said.text, said.copies) or '(empty)'}</pre>"
