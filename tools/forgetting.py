"""Shows what is kept of a page, a source, a domain or an author, asks, and removes it."""

import asyncio
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from llm_engineering.application.evaluate.golden_files import GOLDEN_FOLDER
from llm_engineering.application.index.every_collection import EveryCollection
from llm_engineering.application.warehouse.forget_plans import ForgetPlan, forget_plan
from llm_engineering.application.warehouse.forgetting import ForgetReport, forgotten
from llm_engineering.application.warehouse.forgotten import Target
from llm_engineering.infrastructure.datasets.sqlite_replies import REPLIES_FILE, SqliteReplies
from llm_engineering.infrastructure.factory import opened_catalog, opened_document_store, opened_noted_collection
from llm_engineering.settings import Settings
from tools.tables import print_table

_LISTED: Final = 20


def forget_told(text: str, *, exports: Sequence[Path], is_confirmed: bool, is_dry_run: bool) -> None:
    """Forget what a person named, and print what was found and removed.

    Everything that is needed is opened and searched before anything is removed.

    Args:
        text: A link, a domain or a full name.
        exports: Folders whose exported files are searched; they are named, not touched.
        is_confirmed: Whether not to ask.
        is_dry_run: Whether to remove nothing.

    Raises:
        TwinError: It is no target, nothing is kept of it, or a store or ZenML cannot be used.
        click.Abort: The person said no; nothing was removed.
    """
    target = Target.parsed(text)
    os.environ.setdefault("ZENML_LOGGING_VERBOSITY", "WARN")
    from zenml.client import Client

    from tools.forgotten_artifacts import ZenmlArtifacts
    from tools.zenml_server import checked_zenml_server

    checked_zenml_server()
    settings = Settings()
    with ExitStack() as opened:
        store = opened.enter_context(opened_document_store(settings))
        catalog = opened.enter_context(opened_catalog(settings))
        # Not only the live one: what answered before can be gone back to.
        collections = {name: catalog.identity(name).embedding for name in catalog.names()}
        vectors = EveryCollection([
            opened.enter_context(opened_noted_collection(settings, catalog, name)) for name in collections
        ])
        artifacts = ZenmlArtifacts(Client())
        plan = forget_plan(store, vectors, artifacts, target)
        questions = files_holding(plan.documents, [settings.data_folder / GOLDEN_FOLDER], "*.jsonl")
        _print_plan(
            plan,
            files_holding([*plan.documents, *plan.authors], exports),
            _other_collections(settings, collections),
            is_sent=settings.sends_traces,
        )
        _print_list("Files of golden questions, which are deleted whole", [str(path) for path in questions])
        if is_dry_run:
            click.echo("Nothing was removed: this was a dry run.")
            return
        if not is_confirmed:
            click.confirm("Remove all of this, and never crawl it again?", abort=True)
        for path in questions:  # first: once the documents are gone, their ids are known no more
            path.unlink(missing_ok=True)
        replies = asyncio.run(_forget_replies(settings, plan.documents))
        report = forgotten(store, vectors, artifacts, plan, now=datetime.now(UTC))
    if settings.qdrant_url is None:
        from llm_engineering.infrastructure.vector_stores.edge_purging import purge_deleted_points

        for name, identity in collections.items():
            purge_deleted_points(settings.data_folder / "vectors", name, identity)
    _print_report(report, replies)


async def _forget_replies(settings: Settings, document_ids: Sequence[str]) -> int:
    """Delete what language models replied where data sets were made of some documents; return how many replies."""
    path = settings.data_folder / REPLIES_FILE
    replies = SqliteReplies(path, timeout_seconds=settings.store_timeout_seconds)
    try:
        return await replies.forget(document_ids)
    finally:
        await replies.close()


def files_holding(ids: Sequence[str], folders: Iterable[Path], names: str = "*.json") -> list[Path]:
    """Return the files in some folders that have such a name and hold one of some ids."""
    wanted = [f'"{each}"'.encode() for each in ids]
    files = (path for folder in folders for path in sorted(folder.glob(names)))
    return [path for path in files if _holds(path.read_bytes(), wanted)]


def _holds(content: bytes, wanted: Sequence[bytes]) -> bool:
    return any(each in content for each in wanted)


def _other_collections(settings: Settings, searched: Collection[str]) -> list[Path]:
    """Return the folders of embedded collections that are not of the index of the settings."""
    folders = (settings.data_folder / "vectors").glob("*/")
    return sorted(folder for folder in folders if folder.name not in searched)


def _print_plan(plan: ForgetPlan, exported: Sequence[Path], others: Sequence[Path], *, is_sent: bool) -> None:
    counts = [
        ("documents", len(plan.documents)),
        ("earlier versions", plan.versions),
        ("chunks in the index", plan.chunks),
        ("visited links", len(plan.visited_links)),
        ("artifacts of pipelines", len(plan.artifacts)),
        ("authors", len(plan.authors)),
        ("traces of answers", len(plan.traces)),
        ("reviews of samples", plan.reviews),
        ("answers of experiments", plan.experiment_answers),
    ]
    print_table(f"Of the {plan.target.kind} {plan.target.value} there are", ("what", "number"), counts)
    _print_list("Documents", plan.links)
    _print_list("Artifacts", [f"{each.name} {each.version}" for each in plan.artifacts])
    if is_sent:
        _print_list("Not touched: traces that may lie in Opik; delete them there", plan.traces)
    _print_list("Not touched: models that it went into; train them anew", plan.models)
    _print_list("Not touched: documents elsewhere that say nearly the same", plan.copies)
    _print_list("Not touched: exported files that hold it; delete them yourself", [str(path) for path in exported])
    _print_list("Not searched: other collections; delete these folders if they hold it", [str(each) for each in others])


def _print_list(title: str, lines: Sequence[str]) -> None:
    if lines:
        click.echo(f"\n{title}:")
        click.echo("\n".join(f"  {line}" for line in _shortened(lines)))


def _shortened(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_LISTED]
    if len(lines) > _LISTED:
        yield f"and {len(lines) - _LISTED} more"


def _print_report(report: ForgetReport, replies: int) -> None:
    rows = [
        ("documents", report.documents),
        ("earlier versions", report.versions),
        ("chunks in the index", report.chunks),
        ("visited links", report.visited_links),
        ("artifacts of pipelines", len(report.artifacts)),
        ("authors", report.authors),
        ("traces of answers", report.traces),
        ("reviews of samples", report.reviews),
        ("answers of experiments", report.experiment_answers),
        ("replies for data sets", replies),
    ]
    click.echo()
    print_table(f"Forgot the {report.target.kind} {report.target.value}", ("what", "removed"), rows)
