"""Copies the warehouse to JSON files and back, and forgets: `python -m tools.data_warehouse --help`."""

from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors
from tools.tables import print_table

if TYPE_CHECKING:
    from llm_engineering.application.ports import DocumentStore


@click.command(
    context_settings={"max_content_width": 120},
    help="""Write the warehouse to JSON files, read such files into it, or forget what its owner wants forgotten.

    \b
    Examples:
      python -m tools.data_warehouse --export-raw-data --data-dir backup
      python -m tools.data_warehouse --import-raw-data --data-dir backup
      python -m tools.data_warehouse --forget https://ada.dev/engines --dry-run
      python -m tools.data_warehouse --forget "Ada Lovelace"

    There is one file per collection, each a JSON list: UserDocument.json, ArticleDocument.json, PostDocument.json and
    RepositoryDocument.json. An import checks all files before it writes anything, keeps what is already stored, and
    can be repeated.

    What is forgotten is removed from the documents, their versions, the index and the artifacts of the pipelines, and
    is not crawled again. Models that were trained with it are listed.""",
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
@click.option("--forget", metavar="TARGET", help="Remove a page or source (its link), a domain or an author.")
@click.option("--remember", metavar="TARGET", help="Let what was forgotten be crawled again.")
@click.option("--yes", is_flag=True, help="Forget without asking.")
@click.option("--dry-run", is_flag=True, help="Show what would be forgotten, and remove nothing.")
@told_errors
def main(
    *, export: bool, import_: bool, folder: Path, forget: str | None, remember: str | None, yes: bool, dry_run: bool
) -> None:
    """Export or import the warehouse of the settings, or forget a part of it."""
    if sum((export, import_, forget is not None, remember is not None)) != 1:
        raise click.UsageError("Name one of --export-raw-data, --import-raw-data, --forget and --remember.")
    if (yes or dry_run) and forget is None:
        raise click.UsageError("--yes and --dry-run belong to --forget.")
    configured_console(level="WARNING")
    if forget is not None:
        from tools.forgetting import forget_told

        forget_told(forget, exports=(folder, Path("data/artifacts")), is_confirmed=yes, is_dry_run=dry_run)
        return
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.settings import Settings

    with opened_document_store(Settings()) as store:
        if remember is not None:
            _remember(store, remember)
            return
        (_export if export else _import)(store, folder)


def _export(store: "DocumentStore", folder: Path) -> None:
    from llm_engineering.application.warehouse.exporting import exported

    files = exported(store, folder)
    print_table(
        f"Exported {store.location} to {folder}",
        ("collection", "file", "objects"),
        [(file.collection, file.path.name, file.objects) for file in files],
    )


def _import(store: "DocumentStore", folder: Path) -> None:
    from llm_engineering.application.warehouse.importing import imported

    files = imported(store, folder)
    print_table(
        f"Imported {folder} into {store.location}",
        ("collection", "file", "objects", "inserted", "updated", "unchanged"),
        [(file.collection, file.path.name, file.objects, *astuple(file.written)) for file in files],
    )
    if left_out := sum(file.forgotten for file in files):
        click.echo(f"Left out as forgotten: {left_out:,} (--remember takes that back)")


def _remember(store: "DocumentStore", text: str) -> None:
    from llm_engineering.application.warehouse.forgetting import remember
    from llm_engineering.application.warehouse.forgotten import Target

    target = Target.parsed(text)
    remember(store, target)
    click.echo(f"The {target.kind} {target.value} may be crawled again.")


if __name__ == "__main__":
    main()
