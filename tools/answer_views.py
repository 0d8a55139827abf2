"""Shows answers and how they came about in a terminal; text of others is never read as markup."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from llm_engineering.application.answer.asking import FoundPassage
from llm_engineering.application.tracing.port import Recorded, Trace
from llm_engineering.application.tracing.redaction import Redactor
from llm_engineering.application.tracing.shortening import WHOLE, shortened
from llm_engineering.domain.answers import Answer, AnswerKind, Citation, Feedback
from llm_engineering.domain.language_models import ModelRequest

_QUOTE_LINES = 6
_PROMPT_CHARACTERS = 600


class KeptTrace:
    """A tracer that keeps the last trace."""

    def __init__(self) -> None:
        self.trace: Trace | None = None

    def record(self, trace: Recorded) -> None:
        """Keep a trace."""
        self.trace = trace.made()

    def record_feedback(self, feedback: Feedback) -> None:
        """Nobody gives any here."""

    def knows(self, trace_id: str) -> bool | None:
        """Whether it is the trace that is kept."""
        return self.trace is not None and self.trace.id == trace_id

    def close(self, *, timeout_seconds: float = 5.0) -> None:
        """Nothing is open."""


def json_of(value: Any) -> Any:  # noqa: ANN401 - any value of a dataflow
    """Return a value as JSON; vectors become their shape, services the name of their type."""
    return shortened(value, WHOLE, Redactor())


def print_answer(answer: Answer) -> None:
    """Print an answer with its sources and notes."""
    console = Console(highlight=False)
    console.print(Text(answer.text))
    console.print()
    print_sources(answer)


def print_sources(answer: Answer) -> None:
    """Print what an answer rests on and what is to be known of it."""
    console = Console(highlight=False)
    unsupported = [statement.text for statement in answer.statements if not statement.is_supported]
    if answer.kind is AnswerKind.WRITTEN and unsupported:
        console.print("Not supported by what is cited:", style="yellow")
        for sentence in unsupported:
            console.print(Padding(Text(sentence), (0, 0, 0, 4)), style="yellow")
        console.print()
    for citation in answer.citations:
        _print_citation(console, citation, is_quoted_already=answer.kind is AnswerKind.QUOTED)
    for note in answer.notes:
        console.print(Text(note, style="dim"), soft_wrap=True)


def _print_citation(console: Console, citation: Citation, *, is_quoted_already: bool) -> None:
    place = " > ".join(citation.heading_path)
    console.print(Text(f"[{citation.number}] {citation.title}", style="bold"), end="", soft_wrap=True)
    console.print(Text(f"  {place}" if place else "", style="dim"), soft_wrap=True)
    if not is_quoted_already:
        console.print(Padding(Text(f"“{excerpt(citation.quote)}”"), (0, 0, 0, 4)))
    where = f"characters {citation.span.start}-{citation.span.end}"
    if citation.lines is not None:
        where = f"lines {citation.lines.first}-{citation.lines.last}, {where}"
    console.print(Text(f"    {citation.url}  ({citation.author}, {where})", style="cyan"), soft_wrap=True)
    for other in citation.also_at:
        console.print(Text(f"    also at {other.link}  ({other.title})", style="cyan"), soft_wrap=True)
    console.print()


def excerpt(text: str) -> str:
    """Return a text without blank lines, cut to what a screen shows."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join([*lines[:_QUOTE_LINES], *(["..."] if len(lines) > _QUOTE_LINES else [])])


def print_explanation(computed: Mapping[str, Any], trace: Trace) -> None:
    """Print how an answer came about.

    Args:
        computed: All values of the dataflow.
        trace: Of the run that computed them.
    """
    console = Console(highlight=False)
    scope, filters, evidence = computed["scope"], computed["filters"], computed["evidence"]
    searched = {name: str(value) for name, value in filters.read.model_dump(mode="json").items() if value is not None}
    rows = {
        "Language of the question": computed["language"] or "not sure",
        "Author": scope.author.full_name if scope.author else "none named",
        "Filters": ", ".join(f"{name} {value}" for name, value in searched.items()) or "none",
        "Queries": "\n".join(computed["queries"].texts),
        "Evidence": f"similarity {evidence.similarity:.2f}, {evidence.coverage:.0%} of the words: "
        + ("enough" if evidence.is_enough else "too little, so nothing is claimed"),
        **_asked(computed["request"], computed["answer"]),
    }
    facts = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for name, value in rows.items():
        facts.add_row(Text(name, style="bold"), Text(value))
    console.print(facts)
    console.print()
    _print_passages(console, computed["considered"])
    _print_times(console, trace)
    console.rule(style="dim")


def _asked(request: ModelRequest | None, answer: Answer) -> dict[str, str]:
    """Return what is to be said of the language model."""
    if request is None:
        return {"Model": "none was asked"}
    cost = "no prices are set" if answer.cost is None else f"{answer.cost:.6f}"
    prompt = (
        "none" if answer.prompt is None else f"{answer.prompt.name} {answer.prompt.version} ({answer.prompt.origin})"
    )
    said = "\n".join(f"{message.role}: {message.content}" for message in request.messages)
    rest = len(said) - _PROMPT_CHARACTERS
    shown = f"\n{said[:_PROMPT_CHARACTERS]}" + (f" … (+{rest:,} characters; --show prompt)" if rest > 0 else "")
    return {
        "Model": f"{answer.model.provider} {answer.model.name}",
        "Prompt": prompt + ("" if answer.prompt is None else shown),
        "Tokens": f"{answer.usage.prompt_tokens:,} read, {answer.usage.completion_tokens:,} written",
        "Cost": cost,
    }


def _print_passages(console: Console, passages: tuple[FoundPassage, ...]) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for title in ("Passage", "Score", "By meaning", "By words", "Reranked"):
        table.add_column(title, justify="left" if title == "Passage" else "right")
    for passage in passages:
        number = "–" if passage.number is None else f"[{passage.number}]"  # noqa: RUF001 - a dash
        scores = (passage.score, passage.similarity, passage.word_score, passage.rerank_score)
        chunk = passage.chunk
        name = Text(f"{number} {' > '.join((chunk.provenance.title, *chunk.heading_path))}")
        table.add_row(name, *("–" if score is None else f"{score:.3f}" for score in scores))  # noqa: RUF001 - a dash
    console.print(table)
    console.print()


def _print_times(console: Console, trace: Trace) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("Value")
    table.add_column("Milliseconds", justify="right")
    for span in sorted(trace.spans, key=lambda span: span.started_at):
        milliseconds = (span.ended_at - span.started_at).total_seconds() * 1000
        table.add_row(span.name, f"{milliseconds:.1f}")
    console.print(table)
