"""Shows how answers came about, and makes them again: `python -m tools.traces --help`."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    from llm_engineering.application.ports import DocumentStore
    from llm_engineering.application.tracing.lineage import Comparison, Lineage
    from llm_engineering.application.tracing.stored import TraceHead

_SHOWN = 20
_QUESTION_CHARACTERS = 100


@click.group(
    context_settings={"max_content_width": 120},
    help="""Follow answers back to what they were made of.

    \b
    Examples:
      python -m tools.traces list
      python -m tools.traces show 019caecb-5e00-7000-8000-000000000001
      python -m tools.traces replay 019caecb-5e00-7000-8000-000000000001
      python -m tools.traces by-prompt answer v1
      python -m tools.traces prune

    Each answer has a trace: its question, passages, rendered prompt, model with parameters, tokens and cost, and the
    commit of the code. It is kept for KEEP_TRACES_DAYS. docs/tracing.md says what is in it.""",
)
def main() -> None:
    """Show, replay or prune traces."""
    configured_console(level="WARNING")


@main.command("list")
@click.option("--name", help='Only traces of this name, e.g. "answer".')
@click.option("--limit", type=click.IntRange(min=1), default=_SHOWN, show_default=True, help="How many.")
@told_errors
def listed(name: str | None, limit: int) -> None:
    """List the traces that are kept, the newest first."""
    from llm_engineering.application.tracing.stored import stored_heads

    with _store() as store:
        _print_heads((head for head in stored_heads(store) if name in {None, head.name}), limit, "No trace is kept.")


@main.command("by-prompt")
@click.argument("name")
@click.argument("version", required=False)
@click.option("--limit", type=click.IntRange(min=1), default=_SHOWN, show_default=True, help="How many.")
@told_errors
def by_prompt(name: str, version: str | None, limit: int) -> None:
    """List the answers that a prompt was used for, in one version or in all."""
    from llm_engineering.application.tracing.stored import heads_of_prompt

    prompt = f"{name} {version}" if version else name
    with _store() as store:
        _print_heads(heads_of_prompt(store, name, version), limit, f"No trace is kept that used the prompt {prompt}.")


@main.command()
@click.argument("trace_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the whole trace as JSON.")
@told_errors
def show(trace_id: str, as_json: bool) -> None:
    """Show what an answer was made of: question, prompt text, model, passages, code."""
    from llm_engineering.application.feedback.writing import feedback_of
    from llm_engineering.application.tracing.lineage import kept_trace, lineage_of

    with _store() as store:
        trace = kept_trace(store, trace_id)
        said = list(feedback_of(store, trace_id))
    if as_json:
        click.echo(trace.model_dump_json(indent=2))
        return
    _print_lineage(lineage_of(trace))
    for each in said:
        who = f" by {each.user}" if each.user else ""
        click.echo(f"Feedback{who}: {'helpful' if each.is_helpful else 'not helpful'} {each.comment}".rstrip())


@main.command()
@click.argument("trace_id", metavar="ID")
@click.option(
    "--config", default="answering.yaml", show_default=True, help="How to answer: a path, or a file in configs/."
)
@click.option("--model-from-settings", is_flag=True, help="Ask the model of the settings, whichever was asked before.")
@told_errors
def replay(trace_id: str, config: str, model_from_settings: bool) -> None:
    """Answer a recorded question again, with the recorded prompt versions, and compare; ends with 1 if it differs."""
    from llm_engineering.application.tracing.lineage import kept_trace
    from llm_engineering.infrastructure.replaying import replayed
    from llm_engineering.settings import Settings
    from tools.rag import configured_answering

    with _store() as store:
        trace = kept_trace(store, trace_id)
    found = asyncio.run(
        replayed(Settings(), configured_answering(config), trace, is_other_model_allowed=model_from_settings)
    )
    _print_comparisons(found)
    if not all(each.is_same for each in found if each.what in {"prompt text", "passages", "answer"}):
        raise click.exceptions.Exit(1)


@main.command()
@told_errors
def prune() -> None:
    """Delete the traces that are older or more than the settings allow."""
    from llm_engineering.application.tracing.stored import Keeping, deleted_traces, pruned_traces, stored_heads
    from llm_engineering.settings import Settings

    settings = Settings()
    with _store() as store:
        if settings.keep_traces_days > 0:
            keeping = Keeping(days=settings.keep_traces_days, number=settings.keep_traces_number)
            gone = pruned_traces(store, keeping, now=datetime.now(UTC))
        else:
            gone = deleted_traces(store, [head.trace_id for head in stored_heads(store)])
    click.echo(f"Deleted {gone:,} traces.")


@contextmanager
def _store() -> Iterator["DocumentStore"]:
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.settings import Settings

    with opened_document_store(Settings()) as store:
        yield store


def _print_heads(heads: Iterable["TraceHead"], limit: int, nothing: str) -> None:
    newest = sorted(heads, key=lambda head: (head.started_at, head.trace_id), reverse=True)
    if not newest:
        click.echo(nothing)
        return
    click.echo(f"{min(limit, len(newest)):,} of {len(newest):,} traces")
    for head in newest[:limit]:
        took = f"failed: {_cut(head.error)}" if head.error else f"{head.seconds:.2f} s"
        made_with = [*head.prompts, *head.models, *([f"{head.tokens:,} tokens"] if head.tokens else [])]
        when = f"{head.started_at.astimezone():%Y-%m-%d %H:%M:%S}"
        # The identifier stands whole in a line of its own beginning, to be copied.
        click.echo(f"{head.trace_id}  {when}  {head.name}  {took}  {', '.join(made_with)}".rstrip())
        if head.question:
            click.echo(f"    {_cut(head.question)}")


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _QUESTION_CHARACTERS else f"{line[: _QUESTION_CHARACTERS - 1]}…"


def _print_lineage(lineage: "Lineage") -> None:
    from llm_engineering.application.tracing.lineage import answer_text, told_code

    click.echo(f"{lineage.name} {lineage.trace_id}")
    click.echo(f"When: {lineage.started_at.astimezone():%Y-%m-%d %H:%M:%S}, took {lineage.seconds:.2f} s")
    click.echo(f"Code: {told_code(lineage)}")
    for name, value in lineage.input.items():
        click.echo(f"Input {name}: {_json(value)}")
    for passage in lineage.passages:
        click.echo(f"Passage [{passage.number or '-'}] {passage.link} (chunk {passage.chunk_id or 'whole document'})")
    for prompt in lineage.prompts:
        reference = prompt.reference
        click.echo(f"\nPrompt {reference.name} {reference.version}, {reference.origin}, {reference.content_hash}")
        for message in prompt.messages:
            click.echo(f"--- {message.role}\n{message.content}")
    for call in lineage.calls:
        cost = f", cost {call.cost:g}" if call.cost is not None else ""
        tokens = f", {call.usage.total_tokens:,} tokens" if call.usage else ""
        failed = f", failed: {call.error}" if call.error else ""
        click.echo(
            f"\nModel {call.model.provider} {call.model.name} in {call.node}: {_json(call.parameters)}"
            f"{tokens}{cost}, {call.seconds:.2f} s{failed}"
        )
    click.echo(f"\nAnswer:\n{answer_text(lineage.output) or lineage.output.get('error', '')}")


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)


def _print_comparisons(found: Iterable["Comparison"]) -> None:
    from tools.tables import print_table

    found = list(found)
    print_table(
        "Replayed", ("what", "is"), [(each.what, "the same" if each.is_same else "different") for each in found]
    )
    for each in found:
        if not each.is_same:
            click.echo(
                f"\n{each.what}, as recorded:\n{each.recorded or '(none)'}\n{each.what}, now:\n{each.again or '(none)'}"
            )


if __name__ == "__main__":
    main()
