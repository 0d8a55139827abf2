"""Summarizes a document: `python -m tools.summarize --help`."""

import asyncio
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    from llm_engineering.application.summarize.source_text import SourceText
    from llm_engineering.application.summarize.summarizer import Summarizer
    from llm_engineering.application.summarize.summary import Summary

CONFIG = "summarize.yaml"


@click.command(
    context_settings={"max_content_width": 120},
    help="""Print the summary of a document.

    TARGET is the link of a document that was collected, a file (Markdown, text, HTML, notebook, PDF, DOCX, EPUB), or
    the address of a page or of such a file on the web.

    \b
    Examples:
      python -m tools.summarize paper.pdf
      python -m tools.summarize https://ada.example.org/engines --prompt-version v2
      python -m tools.summarize docs/architecture.md --show part_summaries
      python -m tools.summarize docs/architecture.md --visualize summary.svg

    With a language model its parts are summarized side by side, then their summaries. Without one the summary is made
    of the sentences that say most of what it says. Nothing is stored.""",
)
@click.argument("target", required=False)
@click.option("--prompt-version", metavar="VERSION", help="Of the prompts; `poetry poe prompts list` shows them.")
@click.option("--sentences", type=click.IntRange(min=1), help="How many, without a language model.")
@click.option("--show", "shown", multiple=True, metavar="NAME", help="Print this value of the dataflow instead.")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="NAME=TEXT",
    help='Take this for a value of the dataflow, as in --set "cleaned=Some other text."',
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary with all that it was made of, as JSON.")
@click.option("--visualize", type=click.Path(dir_okay=False, path_type=Path), help="Draw the dataflow into this file.")
@click.option("--config", default=CONFIG, show_default=True, help="How to summarize: a path, or a file in configs/.")
@told_errors
def main(
    *,
    target: str | None,
    prompt_version: str | None,
    sentences: int | None,
    shown: tuple[str, ...],
    given: tuple[str, ...],
    as_json: bool,
    visualize: Path | None,
    config: str,
) -> None:
    """Print a summary, or a value on the way to it."""
    if target is None and visualize is None:
        raise click.UsageError("Name a document, or a picture with --visualize.")
    configured_console(level="WARNING")
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.infrastructure.summarizing import opened_summarizer
    from llm_engineering.infrastructure.summary_sources import source_text
    from llm_engineering.settings import Settings
    from pipelines.parameters import Summarize
    from tools.run_configuration import configuration_path, run_configuration

    parameters = run_configuration(configuration_path(config), Summarize).parameters
    changes = {"prompt_version": prompt_version, "sentences": sentences}
    summarizing = parameters.summarizing.model_copy(
        update={name: value for name, value in changes.items() if value is not None}
    )
    settings = Settings()
    with (
        opened_document_store(settings) as store,
        asyncio.Runner() as runner,
        opened_summarizer(settings, store, summarizing, runner) as summarizer,
    ):
        if visualize is not None:
            _draw(summarizer, visualize)
        if target is None:
            return
        source = source_text(target, store, parameters.reading)
        names = list(shown) or ["summary"]
        values = runner.run(summarizer.values(source, names, _overrides(given)))
    if shown:
        click.echo(_as_json(values))
    elif as_json:
        click.echo(_as_json(values["summary"]))
    else:
        _print_summary(values["summary"], source)


def _overrides(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [each.partition("=") for each in given]
    for name, equals, _ in pairs:
        if not equals:
            raise click.UsageError(f"--set takes NAME=TEXT, got {name!r}.")
    return {name: value for name, _, value in pairs}


def _as_json(value: Any) -> str:  # noqa: ANN401 - whatever a dataflow computes
    return json.dumps(value, default=_plain, ensure_ascii=False, indent=2)


def _plain(value: Any) -> Any:  # noqa: ANN401 - the same
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if dump else str(value)


def _draw(summarizer: "Summarizer", path: Path) -> None:
    from llm_engineering.infrastructure.graph_pictures import write_picture

    write_picture(summarizer.graph.dot, path)
    click.echo(f"The dataflow is drawn in {path}.", err=True)


def _print_summary(summary: "Summary", source: "SourceText") -> None:
    """Print a summary for people; text of others is printed as it is, without being read as markup."""
    from rich.console import Console
    from rich.text import Text

    from llm_engineering.application.summarize.summary import SummaryKind

    console = Console()
    console.print(Text(source.title, style="bold"), soft_wrap=True)
    console.print(Text(source.link, style="cyan"), soft_wrap=True)
    console.print()
    console.print(Text(summary.text))
    console.print()
    if summary.kind is SummaryKind.QUOTED:
        made = "No language model is set: these are sentences of the document, as they stand there."
    else:
        prompts = ", ".join(f"{each.name} {each.version}" for each in summary.prompts)
        cost = "" if summary.cost is None else f", cost {summary.cost:.4f}"
        made = f"Written by {summary.model.name} with {prompts}; {summary.usage.total_tokens:,} tokens{cost}."
    console.print(
        Text(f"{made} {len(summary.parts)} part(s), {summary.document_characters:,} characters.", style="dim")
    )
    for failed in summary.failed:
        console.print(Text(f"Not in it: {failed.item}: {failed.detail}", style="red"))


if __name__ == "__main__":
    main()
