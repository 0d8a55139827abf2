"""What a finished run did, from the metadata of its artifacts: the figures that the dashboard shows too."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text
from zenml.models import PipelineRunResponse

StepFigures = dict[str, dict[str, object]]
"""The figures of each artifact by step and artifact name ("crawl_links_2 / crawl_report"), in the order of the run."""

_ZENML_FIELDS = ("storage_size", "uri")


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

    A figure that maps names to figures of their own, such as those of each domain, is printed as a table.
    """
    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for artifact, values in figures.items():
        table.add_row(Text(artifact), style="bold")
        for key, value in values.items():
            table.add_row(Text(f"  {key.replace('_', ' ')}"), _rows(value) or Text(shown_value(value)))
    console.print(table, highlight=False)


def _rows(value: object) -> Table | None:
    """Return a table of figures of figures, a row for each name; None if a value is none."""
    if not isinstance(value, Mapping) or not value or not all(isinstance(row, Mapping) for row in value.values()):
        return None
    columns = list(dict.fromkeys(column for row in value.values() for column in row))
    table = Table("", *(Text(column.replace("_", " ")) for column in columns), box=None, pad_edge=False)
    for name, row in value.items():
        table.add_row(Text(str(name)), *(Text(shown_value(row.get(column, 0))) for column in columns))
    return table


def shown_value(value: object) -> str:
    """Return a figure as people write it: thousands separated, mappings as "key 1, other 2"."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown_value(count)}" for key, count in value.items()) or "none"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,}"
