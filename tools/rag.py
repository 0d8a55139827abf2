"""Asks the index: `python -m tools.rag --help`."""

from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    from llm_engineering.application.retrieve.passages import Passage

CATEGORIES = ("articles", "posts", "repositories")
QUESTION = "How are documents cut into chunks so that no text is lost?"
"""A question that the demo's documents answer."""
_SHOWN_LINES = 12


@click.command(
    context_settings={"max_content_width": 120},
    help="""Print the passages that are closest in meaning to a question, each with the source it can be checked at.

    \b
    Examples:
      python -m tools.rag --query "How do I fine-tune a model?"
      python -m tools.rag --query "What is a feature store?" --author "Paul Iusztin" --category articles --k 5

    Without a language model the answer is these passages, quoted as they were written. Nothing is stored.""",
)
@click.option("--query", default=QUESTION, show_default=True, help="What to ask.")
@click.option("--k", "limit", type=click.IntRange(min=1), default=3, show_default=True, help="How many passages.")
@click.option("--author", help="Only what this person wrote, by full name.")
@click.option("--category", type=click.Choice(CATEGORIES), help="Only this kind of writing.")
@told_errors
def main(query: str, limit: int, author: str | None, category: str | None) -> None:
    """Print passages for a question."""
    configured_console(level="WARNING")
    print_passages(found_passages(query, limit, author, category))


def found_passages(query: str, limit: int, author: str | None, category: str | None) -> tuple["Passage", ...]:
    """Return passages from the collection of the settings.

    Raises:
        UnknownAuthorError: Nothing is stored of the author.
    """
    from llm_engineering.application.preprocess.query import known_author
    from llm_engineering.application.retrieve.passages import passages
    from llm_engineering.domain.chunks import ChunkFilter
    from llm_engineering.domain.documents import Category
    from llm_engineering.infrastructure.factory import embedder, opened_document_store, opened_vector_store
    from llm_engineering.settings import Settings

    settings = Settings()
    author_id = None
    if author is not None:
        with opened_document_store(settings) as store:
            author_id = known_author(store, author).id
    where = ChunkFilter(author_id=author_id, category=Category(category) if category else None)
    model = embedder(settings)
    with opened_vector_store(settings, model.identity) as vectors:
        return passages(query, embedder=model, vectors=vectors, limit=limit, where=where)


def print_passages(passages: tuple["Passage", ...]) -> None:
    """Print passages for people; text of others is printed as it is, without being read as markup."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.text import Text

    console = Console()
    if not passages:
        console.print("The index has no passage for this. `poetry poe run-end-to-end-data-pipeline` fills it.")
        return
    console.print(
        "No language model is set: these are the closest passages, quoted as they were written.\n", style="dim"
    )
    for passage in passages:
        chunk = passage.found.chunk
        place = " > ".join(chunk.heading_path)
        console.print(Text(f"[{passage.number}] {chunk.provenance.title}", style="bold"), end="", soft_wrap=True)
        console.print(Text(f"  {place}" if place else "", style="dim"), soft_wrap=True)
        console.print(Padding(Text(_excerpt(chunk.text)), (0, 0, 0, 4)))
        span = f"characters {chunk.span.start}-{chunk.span.end}"
        source = f"{chunk.provenance.link}  ({chunk.provenance.author_full_name}, {span}"
        console.print(Text(f"    {source}, similarity {passage.found.score:.2f})", style="cyan"), soft_wrap=True)
        console.print()


def _excerpt(text: str) -> str:
    """Return the text without blank lines, cut to what a screen shows."""
    lines = [line for line in text.splitlines() if line.strip()]
    return "\n".join([*lines[:_SHOWN_LINES], *(["..."] if len(lines) > _SHOWN_LINES else [])])


if __name__ == "__main__":
    main()
