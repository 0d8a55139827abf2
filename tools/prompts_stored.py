"""The commands of `tools.prompts` for prompts in the document store."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.console import told_errors
from tools.tables import print_table

if TYPE_CHECKING:
    from llm_engineering.application.prompts.stored import StoredPrompts


@click.command(
    help="""Keep a version of a prompt in the store. It is not used before it is pinned.

    \b
    FILE is YAML:
      name: expand
      version: s1
      messages:
        - role: system
          template: "Reword the question {count} times. Reply as JSON: {{\\"questions\\": [...]}}"
        - role: user
          template: "{question}"

    Placeholders are named by the inputs of the prompt; an unknown one is refused with those that there are. Braces that
    are meant are doubled. A version that is there never changes."""
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@told_errors
def push(file: Path) -> None:
    """Keep a version of a prompt in the store."""
    from llm_engineering.application.prompts.template_files import parsed_template

    template = parsed_template(file.read_text(encoding="utf-8"), file.name)
    with _opened() as (prompts, location):
        report = prompts.push(template.name, template.version, template.messages, at=datetime.now(UTC))
    if report.inserted:
        click.echo(f"Stored {template.name} {template.version} in {location}.")
        click.echo(f"Use it: python -m tools.prompts pin {template.name} {template.version}")
    else:
        click.echo(f"{template.name} {template.version} is in {location} already, with the same text.")


@click.command()
@click.argument("name")
@click.argument("version")
@told_errors
def pin(name: str, version: str) -> None:
    """Make a stored version the current one."""
    with _opened() as (prompts, location):
        prompts.pin(name, version, at=datetime.now(UTC))
    click.echo(f"{name} {version} is current in {location}. {_when()}")


@click.command()
@click.argument("name")
@told_errors
def rollback(name: str) -> None:
    """Make the version current that was pinned before."""
    with _opened() as (prompts, location):
        event = prompts.roll_back(name, at=datetime.now(UTC))
    click.echo(f"{name} {event.version} is current again in {location}. {_when()}")


@click.command()
@click.argument("name")
@told_errors
def history(name: str) -> None:
    """Show the stored versions of a prompt and when each was current."""
    from llm_engineering.application.prompts.pins import pinned_versions

    with _opened() as (prompts, location):
        versions, events = prompts.versions(name), prompts.history(name)
    if not versions:
        click.echo(f"No version of {name} is in {location}.")
        return
    current = pinned_versions(events)[-1:]
    click.echo(f"{name} in {location}: {', '.join(versions)}")
    click.echo(f"Current: {current[0] if current else 'none; the prompt of the code is used'}")
    if events:
        rows = [(f"{event.happened_at:%Y-%m-%d %H:%M:%S} UTC", event.action.value, event.version) for event in events]
        print_table("\nChanges", ("when", "what", "version"), rows)


@contextmanager
def _opened() -> Iterator[tuple["StoredPrompts", str]]:
    from llm_engineering.application.prompts.stored import StoredPrompts
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.settings import Settings

    with opened_document_store(Settings()) as store:
        yield StoredPrompts(store), store.location


def _when() -> str:
    from llm_engineering.settings import Settings

    settings = Settings()
    if settings.prompt_origin != "store":
        return f"It is not used: PROMPT_ORIGIN is {settings.prompt_origin}, set it to store."
    return f"Running services use it within {settings.prompt_cache_seconds:g} s."
