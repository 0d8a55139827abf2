"""Copies the warehouse to JSON files and back: `python -m tools.data_warehouse --help`."""

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    from llm_engineering.application.ports import DocumentStore


@click.command(
    context_settings={"max_content_width": 120},
    help="""Write the warehouse to JSON files, or read such files into it.

    \b
    Examples:
      python -m tools.data_warehouse --export-raw-data --data-dir backup
      python -m tools.data_warehouse --import-raw-data --data-dir backup

    There is one file per collection, each a JSON list: UserDocument.json, ArticleDocument.json, PostDocument.json and
    RepositoryDocument.json. An import checks all files before it writes anything, keeps what is already stored, and
    can be repeated.""",
)
@click.option(
    "--export-raw-data", "export", is_flag=True, help="Write the warehouse to files; older ones are replaced."
)
@click.option("--import-raw-data", "import_", is_flag=True, help="Read files into the warehouse.")
@click.option(
    "--data-dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("data/data_warehouse_raw_data"),
    show_default=True,
    help="Folder of the files.",
)
@told_errors
def main(export: bool, import_: bool, folder: Path) -> None:
    """Export or import the warehouse of the settings."""
    if export == import_:
        raise click.UsageError("Name one of --export-raw-data and --import-raw-data.")
    configured_console(level="WARNING")
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.settings import Settings

    with opened_document_store(Settings()) as store:
        (_export if export else _import)(store, folder)


def _export(store: "DocumentStore", folder: Path) -> None:
    from llm_engineering.application.warehouse.exporting import exported

    files = exported(store, folder)
    _print_table(
        f"Exported {store.location} to {folder}",
        ("collection", "file", "objects"),
        [(file.collection, file.path.name, file.objects) for file in files],
    )


def _import(store: "DocumentStore", folder: Path) -> None:
    from llm_engineering.application.warehouse.importing import imported

    files = imported(store, folder)
    _print_table(
        f"Imported {folder} into {store.location}",
        ("collection", "file", "objects", "inserted", "updated", "unchanged"),
        [(file.collection, file.path.name, file.objects, *astuple(file.written)) for file in files],
    )


def _print_table(title: str, columns: Sequence[str], rows: Sequence[tuple[str | int, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column, cell in zip(columns, rows[0], strict=True):
        table.add_column(column, justify="right" if isinstance(cell, int) else "left")
    for row in rows:
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else cell for cell in row))
    console = Console(highlight=False)
    # Unwrapped and unmarked: a path can be copied.
    console.print(title, soft_wrap=True, markup=False)
    console.print(table)


if __name__ == "__main__":
    main()
