"""Looks after experiments on users: `python -m tools.experiments --help`."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors
from tools.tables import print_table

if TYPE_CHECKING:
    from llm_engineering.application.experiments.standing import Standing

CONFIG = "online_experiment.yaml"


@click.group(
    context_settings={"max_content_width": 120},
    help="""Look after experiments in which users see two variants of the answer.

    \b
    Examples:
      python -m tools.experiments start online_experiment.yaml
      python -m tools.experiments list
      python -m tools.experiments status warmer-answers
      python -m tools.experiments stop warmer-answers
      python -m tools.experiments forget ada@example.org

    The status may be looked at as often as you like: the test stays valid. Experiments on questions instead of users
    run with `python -m tools.run --run-compare-answers`.""",
)
def main() -> None:
    """Choose a command."""
    configured_console(level="WARNING")


@main.command(help="Let an experiment take users; FILE is a path, or a file in configs/.")
@click.argument("file", default=CONFIG, metavar="FILE")
@told_errors
def start(file: str) -> None:
    """Write that an experiment runs."""
    from llm_engineering.application.experiments.exposures import started
    from llm_engineering.application.experiments.online import OnlineExperiment
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.settings import Settings
    from tools.run_configuration import configuration_path, run_configuration

    experiment = run_configuration(configuration_path(file), OnlineExperiment).parameters
    with opened_document_store(Settings()) as store:
        stored = started(store, experiment, datetime.now(UTC))
    click.echo(
        f"{stored.name} runs since {stored.started_at:%Y-%m-%d %H:%M} UTC: {experiment.share_of_users:.0%} of the "
        f"users take part, {experiment.share_b:.0%} of them see B."
    )


@main.command("list", help="Print all experiments.")
@told_errors
def list_experiments() -> None:
    """Print a row for each experiment."""
    from llm_engineering.application.experiments.exposures import EXPOSURES, OUTCOMES, stored_experiments
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.settings import Settings

    with opened_document_store(Settings()) as store:
        rows = [
            (
                each.name,
                str(each.status),
                f"{each.started_at:%Y-%m-%d}",
                store.count(EXPOSURES, {"experiment": each.name}),
                store.count(OUTCOMES, {"experiment": each.name}),
            )
            for each in stored_experiments(store)
        ]
    if not rows:
        click.echo("No experiment was started yet. `python -m tools.experiments start FILE` starts one.")
        return
    print_table("Experiments", ("name", "status", "since", "users", "with feedback"), rows)


@main.command(help="Print what an experiment says so far.")
@click.argument("name")
@told_errors
def status(name: str) -> None:
    """Print the verdict and what it rests on."""
    from llm_engineering.application.experiments.standing import standing
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.settings import Settings

    with opened_document_store(Settings()) as store:
        print_standing(standing(store, name))


@main.command(help="Let an experiment take no more users; what it found stays.")
@click.argument("name")
@told_errors
def stop(name: str) -> None:
    """Write that an experiment has ended."""
    from llm_engineering.application.experiments.exposures import stopped
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.settings import Settings

    with opened_document_store(Settings()) as store:
        stored = stopped(store, name, datetime.now(UTC))
    click.echo(f"{stored.name} was stopped at {stored.stopped_at:%Y-%m-%d %H:%M} UTC.")


@main.command(
    help="""Delete all that is kept under the name of USER: which variants he saw, what came of it, and what he said
    about answers. USER is what the header X-User or the field `user` gave. Experiments then count one user less."""
)
@click.argument("user")
@told_errors
def forget(user: str) -> None:
    """Delete what is kept of a user."""
    from llm_engineering.application.experiments.forgetting import forget_user
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.settings import Settings

    with opened_document_store(Settings()) as store:
        forgotten = forget_user(store, user)
    click.echo(
        f"Deleted: what he saw in {forgotten.exposures:,} experiments, {forgotten.outcomes:,} outcomes, and feedback "
        f"on {forgotten.feedback:,} answers. Copies of feedback in Opik have to be deleted there."
    )


def print_standing(found: "Standing") -> None:
    """Print how an experiment stands, for people."""
    experiment = found.stored.experiment
    click.echo(f"{found.stored.name} ({found.stored.status} since {found.stored.started_at:%Y-%m-%d %H:%M} UTC)")
    click.echo(f"{found.sentence}\n")
    rows: list[tuple[str | int, ...]] = [
        (
            name,
            found.exposed[name],
            found.answered[name],
            found.helpful[name],
            f"{found.helpful[name] / found.answered[name]:.1%}" if found.answered[name] else "",
            ", ".join(f"{key}: {value}" for key, value in experiment.changes_of(name).named.items()) or "as configured",
        )
        for name in ("A", "B")
    ]
    print_table("Users", ("variant", "saw it", "gave feedback", "helpful", "share", "sets"), rows)
    if found.difference:
        level, difference = f"{1 - experiment.alpha:.0%}", found.difference
        click.echo(
            f"B - A: {difference.mean:+.1%}, between {difference.low:+.1%} and {difference.high:+.1%} ({level} "
            f"confidence sequence), p = {found.p:.4f}. Both hold however often you look."
        )
    click.echo(f"Shares of the users as set: p = {found.shares_p:.4f}{'  BROKEN' if found.shares_are_wrong else ''}.")


if __name__ == "__main__":
    main()
