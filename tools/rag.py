"""Asks the index: `python -m tools.rag --help`."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    from llm_engineering.application.retrieve.passages import Passage
    from llm_engineering.settings import Settings

CATEGORIES = ("articles", "posts", "repositories")
CONFIG = "retrieval.yaml"
QUESTION = "How are documents cut into chunks so that no text is lost?"
"""A question that the demo's documents answer."""
_SHOWN_LINES = 12
_DAY = click.DateTime(["%Y-%m-%d"])


@click.command(
    context_settings={"max_content_width": 120},
    help="""Print the passages that fit a question best by meaning and by words, each with its source to check it at.

    \b
    Examples:
      python -m tools.rag --query "How do I fine-tune a model?"
      python -m tools.rag --query "What is a feature store?" --author "Paul Iusztin" --category articles --k 5
      python -m tools.rag --query "merging models" --language en --since 2024-01-01 --until 2024-12-31

    Without a language model the answer is these passages, quoted as they were written. Nothing is stored.""",
)
@click.option("--query", default=QUESTION, show_default=True, help="What to ask.")
@click.option("--k", "limit", type=click.IntRange(min=1), default=3, show_default=True, help="How many passages.")
@click.option("--author", help="Only what this person wrote, by full name.")
@click.option("--category", type=click.Choice(CATEGORIES), help="Only this kind of writing.")
@click.option("--platform", help='Only from this site or service, e.g. "medium".')
@click.option("--language", help='Only in this language, e.g. "en", or "python" of code.')
@click.option("--since", type=_DAY, help="Only what was published on this day or later; undated texts are left out.")
@click.option("--until", type=_DAY, help="Only what was published on this day or before; undated texts are left out.")
@click.option("--config", default=CONFIG, show_default=True, help="How to search: a path, or a file in configs/.")
@told_errors
def main(
    *,
    query: str,
    limit: int,
    author: str | None,
    category: str | None,
    platform: str | None,
    language: str | None,
    since: datetime | None,
    until: datetime | None,
    config: str,
) -> None:
    """Print passages for a question."""
    configured_console(level="WARNING")
    found = found_passages(
        query,
        limit,
        author,
        category,
        platform=platform,
        language=language,
        since=since.date() if since else None,
        until=until.date() if until else None,
        config=config,
    )
    print_passages(found)


def found_passages(
    query: str,
    limit: int,
    author: str | None = None,
    category: str | None = None,
    *,
    platform: str | None = None,
    language: str | None = None,
    since: date | None = None,
    until: date | None = None,
    config: str = CONFIG,
) -> tuple["Passage", ...]:
    """Return passages from the collection of the settings; what is None does not restrict.

    Raises:
        UnknownAuthorError: Nothing is stored of the author.
        ConfigurationError: The configuration cannot be used.
    """
    from llm_engineering.application.retrieve.configuration import Retrieval
    from llm_engineering.application.retrieve.passages import Retriever
    from llm_engineering.domain.chunks import ChunkFilter
    from llm_engineering.domain.documents import Category
    from llm_engineering.infrastructure.factory import embedder, opened_vector_store, reranker, term_encoder
    from llm_engineering.settings import Settings
    from tools.run_configuration import configuration_path, run_configuration

    retrieval = run_configuration(configuration_path(config), Retrieval).parameters
    settings = Settings()
    where = ChunkFilter(
        author_id=_author_id(settings, author),
        category=Category(category) if category else None,
        platform=platform,
        language=language,
        published_since=since,
        published_until=until,
    )
    model, second_look = embedder(settings), reranker(retrieval.reranking)
    with opened_vector_store(settings, model.identity) as vectors:
        retriever = Retriever(model, term_encoder(), vectors, retrieval, second_look)
        return retriever.passages(query, limit=limit, where=where)


def _author_id(settings: "Settings", full_name: str | None) -> str | None:
    from llm_engineering.application.preprocess.query import known_author
    from llm_engineering.infrastructure.factory import opened_document_store

    if full_name is None:
        return None
    with opened_document_store(settings) as store:
        return known_author(store, full_name).id


def print_passages(passages: tuple["Passage", ...]) -> None:
    """Print passages for people; text of others is printed as it is, without being read as markup."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console()
    if not passages:
        console.print("The index has no passage for this. `poetry poe run-end-to-end-data-pipeline` fills it.")
        return
    console.print("No language model is set: these are the best passages, quoted as they were written.\n", style="dim")
    for passage in passages:
        chunk = passage.found.chunk
        place = " > ".join(chunk.heading_path)
        console.print(Text(f"[{passage.number}] {chunk.provenance.title}", style="bold"), end="", soft_wrap=True)
        console.print(Text(f"  {place}" if place else "", style="dim"), soft_wrap=True)
        console.print(Padding(Text(_excerpt(chunk.text)), (0, 0, 0, 4)))
        span = f"characters {chunk.span.start}-{chunk.span.end}"
        source = f"{chunk.provenance.link}  ({chunk.provenance.author_full_name}, {span}"
        console.print(Text(f"    {source}, score {passage.found.score:.2f})", style="cyan"), soft_wrap=True)
        for other in chunk.also_at:
            console.print(Text(f"    also at {other.link}  ({other.title})", style="cyan"), soft_wrap=True)
        console.print()


def _excerpt(text: str) -> str:
    """Return the text without blank lines, cut to what a screen shows."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join([*lines[:_SHOWN_LINES], *(["..."] if len(lines) > _SHOWN_LINES else [])])


if __name__ == "__main__":
    main()
