"""Shows the collections of the index, and goes back to the previous one; `tools.index` offers both."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from tools.tables import print_table

if TYPE_CHECKING:
    from llm_engineering.application.index.catalog import IndexCatalog
    from llm_engineering.application.index.index_status import CollectionStatus
    from llm_engineering.settings import Settings

_UNKNOWN = "-"


def status_told() -> None:
    """Print every collection of the index of the settings, and whether it can be asked with the model that is set.

    Raises:
        TwinError: The collections or the model cannot be used.
    """
    from llm_engineering.application.index.index_status import index_status
    from llm_engineering.infrastructure.factory import opened_catalog
    from llm_engineering.settings import Settings

    settings = Settings()
    with opened_catalog(settings) as catalog:
        collections = index_status(catalog)
        if not collections:
            click.echo(f"There is no index {catalog.index} at {catalog.location} yet; the feature pipeline builds it.")
            return
        columns = ("role", "collection", "points", "size", "made", "up to date")
        print_table(f"Index {catalog.index} at {catalog.location}", columns, [_row(each) for each in collections])
        for each in collections:
            click.echo(f"\n{each.name}:\n  {each.fingerprint}")
        _tell_mismatch(catalog, settings)


def rollback_told() -> None:
    """Make the previous collection live, and print which answers now.

    Raises:
        NoPreviousCollectionError: There is none.
        TwinError: The collections or the model cannot be used.
    """
    from llm_engineering.application.index.switching import rolled_back
    from llm_engineering.infrastructure.factory import opened_catalog
    from llm_engineering.settings import Settings

    settings = Settings()
    with opened_catalog(settings) as catalog:
        rollback = rolled_back(catalog, datetime.now(UTC))
        click.echo(f"{rollback.live} answers now; {rollback.previous or 'nothing'} did before.")
        if rollback.entry and rollback.entry.synced_at:
            click.echo(f"It was last brought up to date at {rollback.entry.synced_at:%Y-%m-%d %H:%M} UTC.")
        _tell_mismatch(catalog, settings)


def _tell_mismatch(catalog: "IndexCatalog", settings: "Settings") -> None:
    """Print what to do if questions cannot be asked with the model that is set."""
    from llm_engineering.application.index.catalog import LiveIndexMismatchError, NoLiveIndexError, live_collection
    from llm_engineering.infrastructure.factory import embedder

    try:
        live_collection(catalog, embedder(settings).identity)
    except (LiveIndexMismatchError, NoLiveIndexError) as error:
        click.echo(f"\n{error}")


def _row(status: "CollectionStatus") -> tuple[str, ...]:
    return (
        status.role,
        status.name,
        _UNKNOWN if status.points is None else f"{status.points:,}",
        _UNKNOWN if status.size_bytes is None else f"{status.size_bytes / 1e6:,.1f} MB",
        _shown(status.made_at),
        _shown(status.synced_at),
    )


def _shown(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC" if moment else _UNKNOWN
