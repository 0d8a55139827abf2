"""Lists, shows, compares and locks the prompts, and serves them from the store: `python -m tools.prompts --help`."""

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors
from tools.prompts_stored import history, pin, push, rollback
from tools.tables import print_table

if TYPE_CHECKING:
    from llm_engineering.application.prompts.code_prompts import CodePrompt
    from llm_engineering.application.prompts.source import PromptInputs
    from llm_engineering.domain.prompts import RenderedPrompt


@click.group(
    context_settings={"max_content_width": 120},
    help="""Look after the prompts.

    \b
    Prompts of the code:
      python -m tools.prompts list
      python -m tools.prompts show answer
      python -m tools.prompts show answer --version v2 --inputs my_inputs.json
      python -m tools.prompts diff answer v1 v2
      python -m tools.prompts check
      python -m tools.prompts lock

    \b
    Prompts at run time, kept in the document store (PROMPT_ORIGIN=store):
      python -m tools.prompts push my_answer.yaml
      python -m tools.prompts pin answer s2
      python -m tools.prompts history answer
      python -m tools.prompts rollback answer

    A prompt of the code is changed by copying its function under the next version, changing the copy and locking it.
    The page docs/prompts.md says more.""",
)
def main() -> None:
    """Do what the command says."""
    configured_console(level="WARNING")


@main.command("list")
@told_errors
def listed() -> None:
    """List all prompts of the code with their versions, hashes and what distinguishes them."""
    from llm_engineering.application.prompts.lock import lock_faults, read_lock
    from llm_engineering.application.prompts.registry import CURRENT, PROMPTS

    faults = {(fault.name, fault.version): fault.kind.value for fault in lock_faults(read_lock(), PROMPTS)}
    rows = [
        (
            prompt.name,
            prompt.version,
            "current" if CURRENT[prompt.name] == prompt.version else "",
            prompt.reference.content_hash[:12],
            faults.get((prompt.name, prompt.version), "locked"),
            prompt.description.partition("\n")[0],
        )
        for prompt in PROMPTS
    ]
    print_table("Prompts of the code", ("name", "version", "", "hash", "lock", "what it does"), rows)


@main.command()
@click.argument("name")
@click.option("--version", help="Which version; by default the current one.")
@click.option(
    "--inputs",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file to fill the prompt with; by default its first sample.",
)
@told_errors
def show(name: str, version: str | None, inputs: Path | None) -> None:
    """Show what a prompt says, filled with sample inputs or those of a file."""
    from rich.console import Console
    from rich.rule import Rule

    prompt = _code_prompt(name, version)
    rendered = prompt.rendered(prompt.samples[0] if inputs is None else _file_inputs(inputs, prompt))
    console = Console(highlight=False)
    reference = prompt.reference
    console.print(f"{reference.name} {reference.version}", style="bold")
    console.print(f"hash    {reference.content_hash}\ninputs  {prompt.inputs_type.__name__}", soft_wrap=True)
    console.print(prompt.description, markup=False, soft_wrap=True)
    for message in rendered.messages:
        console.print(Rule(message.role.value, align="left"))
        console.print(message.content, markup=False, soft_wrap=True)


@main.command()
@click.argument("name")
@click.argument("first")
@click.argument("second")
@told_errors
def diff(name: str, first: str, second: str) -> None:
    """Show how two versions of a prompt differ, filled with the same sample."""
    from rich.console import Console

    old, new = _code_prompt(name, first), _code_prompt(name, second)
    sample = old.samples[0]
    lines = list(
        difflib.unified_diff(
            _lines(old.rendered(sample)),
            _lines(new.rendered(sample)),
            fromfile=f"{name} {old.version} ({old.reference.content_hash[:12]})",
            tofile=f"{name} {new.version} ({new.reference.content_hash[:12]})",
            n=2,
            lineterm="",
        )
    )
    styles = {"+": "green", "-": "red", "@": "cyan"}
    console = Console(highlight=False)
    for line in lines:
        console.print(line, style=styles.get(line[:1]), markup=False, soft_wrap=True)
    if not lines:
        console.print(f"{name} {first} and {second} say the same.")


@main.command()
@told_errors
def check() -> None:
    """Compare the prompts of the code with the lock file; end with 1 if they differ."""
    from llm_engineering.application.prompts.lock import lock_faults, read_lock
    from llm_engineering.application.prompts.registry import PROMPTS

    faults = lock_faults(read_lock(), PROMPTS)
    for fault in faults:
        click.echo(f"- {fault.message}", err=True)
    if faults:
        raise click.exceptions.Exit(1)
    click.echo(f"All {len(PROMPTS)} versions are as they were locked.")


@main.command()
@told_errors
def lock() -> None:
    """Write the versions that are new to the lock file; locked ones never change."""
    from llm_engineering.application.prompts.lock import LOCK_FILE, extended_lock, lock_faults, lock_text, read_lock
    from llm_engineering.application.prompts.registry import PROMPTS

    before = read_lock()
    after = extended_lock(before, PROMPTS)
    added = [f"{fault.name} {fault.version}" for fault in lock_faults(before, PROMPTS)]
    if added:
        LOCK_FILE.write_text(lock_text(after), encoding="utf-8")
        click.echo(f"Locked {', '.join(added)}. Commit {LOCK_FILE.name} with the code.")
    else:
        click.echo("Nothing is new: all versions are locked already.")


def _code_prompt(name: str, version: str | None) -> "CodePrompt":
    from llm_engineering.application.prompts.registry import code_prompts

    return code_prompts().code_prompt(name, version)


def _file_inputs(path: Path, prompt: "CodePrompt") -> "PromptInputs":
    from llm_engineering.application.prompts.source import read_inputs

    return read_inputs(path.read_text(encoding="utf-8"), prompt.inputs_type, path.name)


def _lines(rendered: "RenderedPrompt") -> list[str]:
    return [
        line for message in rendered.messages for line in (f"[{message.role.value}]", *message.content.splitlines(), "")
    ]


for command in (push, pin, rollback, history):
    main.add_command(command)


if __name__ == "__main__":
    main()
