"""Shows what a run would do to the index, and checks and mends it: `python -m tools.index --help`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors
from tools.tables import print_table

if TYPE_CHECKING:
    from llm_engineering.application.index.audit import AuditReport
    from llm_engineering.application.index.estimate import ExpectedChanges
    from tools.index_parts import IndexParts

CONFIG = "feature_engineering.yaml"
_ACTIONS = ("dry_run", "audit", "status", "rollback")


@click.command(
    context_settings={"max_content_width": 120},
    help="""Look after the index that the feature pipeline builds.

    \b
    Examples:
      python -m tools.index --dry-run
      python -m tools.index --dry-run --config my_authors.yaml
      python -m tools.index --audit
      python -m tools.index --audit --repair
      python -m tools.index --status
      python -m tools.index --rollback

    A dry run reads the documents and prints what the next run of the feature pipeline would embed, write and delete,
    how long that would take and what it would cost; nothing is written.

    An audit compares all documents, what is recorded of them and all that the vector store has. It ends with 1 if
    they differ; with --repair it mends that first.""",
)
@click.option("--dry-run", is_flag=True, help="Print what the next run would do.")
@click.option("--audit", is_flag=True, help="Compare documents, manifest and vectors.")
@click.option("--repair", is_flag=True, help="Mend what the audit finds.")
@click.option("--status", is_flag=True, help="Print the collections of the index and which of them answers.")
@click.option("--rollback", is_flag=True, help="Let the previous collection answer again.")
@click.option("--config", default=CONFIG, show_default=True, help="Whose documents, and how they are cut.")
@told_errors
def main(*, dry_run: bool, audit: bool, repair: bool, status: bool, rollback: bool, config: str) -> None:
    """Do one of the things that the options name."""
    if sum((dry_run, audit, status, rollback)) != 1:
        raise click.UsageError(f"Name one of {', '.join('--' + name.replace('_', '-') for name in _ACTIONS)}.")
    if repair and not audit:
        raise click.UsageError("--repair belongs to --audit.")
    configured_console(level="WARNING")
    if status or rollback:
        from tools.index_switch import rollback_told, status_told

        (status_told if status else rollback_told)()
    elif dry_run:
        _tell_dry_run(config)
    else:
        _tell_audit(config, is_repairing=repair)


@contextmanager
def _opened(config: str, *, is_written: bool) -> Iterator["IndexParts"]:
    from llm_engineering.settings import Settings
    from pipelines.parameters import FeatureEngineering
    from tools.index_parts import opened_index
    from tools.run_configuration import configuration_path, run_configuration

    parameters = run_configuration(configuration_path(config), FeatureEngineering).parameters
    with opened_index(Settings(), parameters, datetime.now(UTC), is_written=is_written) as parts:
        yield parts


def _tell_dry_run(config: str) -> None:
    from llm_engineering.application.index.estimate import NOTHING, expected_changes

    with _opened(config, is_written=False) as parts:
        expected = expected_changes(parts.authors, parts.reader, parts.index)
        total = sum(expected.values(), start=NOTHING)
        rows = [_row(parts.authors[author_id], changes) for author_id, changes in expected.items()]
        columns = ("author", "embed", "rewrite", "delete", "unchanged", "shared", "documents gone", "tokens")
        rows = [*rows, _row("all", total)] if len(rows) > 1 else rows
        print_table(f"A run would do this to {parts.index.vectors.location}", columns, rows)
        _tell_estimate(total, parts)
    click.echo("Nothing was written: this was a dry run.")


def _row(name: str, changes: "ExpectedChanges") -> tuple[str | int, ...]:
    return (
        name,
        changes.embedded,
        changes.refreshed,
        changes.deleted,
        changes.unchanged,
        changes.shared,
        changes.removed_documents,
        changes.tokens,
    )


def _tell_estimate(total: "ExpectedChanges", parts: "IndexParts") -> None:
    from llm_engineering.application.index.estimate import RunSpeeds, expected_cost, expected_seconds

    speeds = RunSpeeds(parts.index.manifest.store)
    speed = speeds.tokens_per_second(parts.index.manifest.collection, parts.embedder.identity)
    seconds = expected_seconds(total.tokens, speed)
    if seconds is None:
        click.echo("\nTime: unknown until the first run with this model has measured it.")
    else:
        measured = f" at {speed:,.0f} tokens/s as in the last run" if speed and total.tokens else ""
        click.echo(f"\nTime: about {seconds:,.0f} s{measured}")
    cost = expected_cost(total.tokens, parts.price_per_million_tokens)
    if cost is not None:
        click.echo(f"Cost: {cost:,.4f} at {parts.price_per_million_tokens:g} per million tokens")


def _tell_audit(config: str, *, is_repairing: bool) -> None:
    from llm_engineering.application.index.audit import audited, repaired

    with _opened(config, is_written=is_repairing) as parts:
        report = audited(parts.authors, parts.reader, parts.index)
        _print_audit(report)
        if is_repairing and not report.is_clean:
            report = repaired(
                report,
                index=parts.index,
                vectors=parts.writable,
                follow=parts.follow,
                audit=lambda: audited(parts.authors, parts.reader, parts.index),
            )
            click.echo("\nRepaired.")
            _print_audit(report)
    if not report.is_clean:
        if not is_repairing:
            click.echo("\n--audit --repair mends this. What only awaits a run is indexed by the feature pipeline too.")
        raise click.exceptions.Exit(1)


def _print_audit(report: "AuditReport") -> None:
    title = f"{report.location}: {report.documents:,} documents, {report.chunks:,} chunks"
    if report.is_clean:
        click.echo(f"{title}. Documents, manifest and vectors agree.")
        return
    rows = [(finding.fault.value, finding.count, "; ".join(finding.examples)) for finding in report.findings]
    print_table(title, ("what is wrong", "number", "for example"), rows)


if __name__ == "__main__":
    main()
