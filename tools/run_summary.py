"""What a finished run did, from the metadata of its artifacts: the figures that the dashboard shows too."""

from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text
from zenml.models import PipelineRunResponse

from steps.figures import is_table, shown_value

StepFigures = dict[str, dict[str, object]]
"""The figures of each artifact by step and artifact name ("crawl_links_2 / crawl_report"), in the order of the run."""

COLUMN_HEADS: Final[Mapping[str, str]] = {
    "links": "links",
    "new": "new",
    "changed": "changed",
    "unchanged": "same",
    "gone": "gone",
    "blocked_by_robots": "robots",
    "failed": "failed",
    "deferred": "later",
    "received_bytes": "bytes",
    "failed_by_reason": "why failed",
}
"""Short heads for the figures of a domain, in the order of the columns."""

_ZENML_FIELDS = ("storage_size", "uri")


def print_run(run: PipelineRunResponse) -> None:
    """Print the figures of a run, also of one that failed: those of the steps that ended."""
    print_step_figures(step_figures(run), Console())


def step_figures(run: PipelineRunResponse) -> StepFigures:
    """Return the figures of all artifacts that the steps of a run made or took from the cache."""
    return {
        f"{step_name} / {artifact_name}": {
            key: value for key, value in sorted(versions[0].run_metadata.items()) if key not in _ZENML_FIELDS
        }
        for step_name, step in run.steps.items()
        for artifact_name, versions in step.outputs.items()
        if versions
    }


def print_step_figures(figures: StepFigures, console: Console) -> None:
    """Print one row per figure, grouped by artifact; text of others is not read as markup.

    A figure that maps names to figures of their own, such as those of each domain, is printed as tables below them.
    """
    for artifact, values in figures.items():
        rows = Table.grid(padding=(0, 2))
        for key, value in values.items():
            if not is_table(value):
                rows.add_row(Text(f"  {_words(key)}"), Text(shown_value(value)))
        console.print(Text(artifact, style="bold"))
        console.print(rows, highlight=False)
        for key, value in values.items():
            if is_table(value):
                _print_tables(_words(key), value, console)


def _print_tables(title: str, rows: Mapping[str, Mapping[str, object]], console: Console) -> None:
    """Print a table of the numbers of each name, and one for each figure that has names of its own."""
    found = {column for row in rows.values() for column in row}
    columns = [*filter(found.__contains__, COLUMN_HEADS), *sorted(found - COLUMN_HEADS.keys())]
    named = [column for column in columns if any(isinstance(row.get(column), Mapping) for row in rows.values())]
    tables = [_numbers(title, [column for column in columns if column not in named], rows)]
    tables += [_names(column, rows) for column in named]
    for table in tables:
        console.print(Padding(table, (0, 0, 0, 2)), highlight=False)


def _numbers(title: str, columns: Sequence[str], rows: Mapping[str, Mapping[str, object]]) -> Table:
    """Return a table with a row for each name; a figure that a row does not have is 0."""
    table = Table(Column(Text(title), overflow="fold"), box=None, pad_edge=False)
    for column in columns:
        table.add_column(Text(_head(column)), justify="right")
    for name, row in rows.items():
        table.add_row(Text(name), *(Text(shown_value(row.get(column, 0))) for column in columns))
    return table


def _names(column: str, rows: Mapping[str, Mapping[str, object]]) -> Table:
    """Return a table with a row for each name that has the figure."""
    table = Table(Column(Text(_head(column)), overflow="fold"), "", box=None, pad_edge=False)
    for name, row in rows.items():
        if column in row:
            table.add_row(Text(name), Text(shown_value(row[column])))
    return table


def _head(column: str) -> str:
    return COLUMN_HEADS.get(column, _words(column))


def _words(key: str) -> str:
    return key.replace("_", " ")
