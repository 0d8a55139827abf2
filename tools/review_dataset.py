"""Lets people review training data: `python -m tools.review_dataset --help`."""

import contextlib
import unicodedata
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    from llm_engineering.application.datasets.review_tasks import ReadReviews
    from llm_engineering.application.ports import DocumentStore
    from llm_engineering.domain.reviews import ReviewVerdict, SampleReview
    from llm_engineering.domain.samples import Sample
    from llm_engineering.infrastructure.datasets.parquet_folder import SavedDataset

_FORMATS = ".json (Label Studio) or .csv (Argilla, or any table program)"
_KEYS = {"a": "accepted", "r": "rejected", "e": "corrected"}

_folder = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
_flagged = click.option("--flagged", is_flag=True, help="Only samples that a gate has noted something of.")
_split = click.option("--split", type=click.Choice(["train", "test"]), help="Only samples of one side.")
_number = click.option("--number", type=click.IntRange(min=1), help="At most so many samples.")


class _Said(Enum):
    """What a reviewer may say instead of a verdict."""

    SKIP = "skip"
    STOP = "stop"


@click.group(
    context_settings={"max_content_width": 120},
    help="""Let people look at training data before a model does.

    \b
    In the terminal:
      python -m tools.review_dataset review data/datasets/instruct --reviewer ada --number 20
    In Label Studio, or as a table:
      python -m tools.review_dataset export data/datasets/instruct tasks.json
      python -m tools.review_dataset import project-1-at-2026-03-18.json
      python -m tools.review_dataset export data/datasets/instruct samples.csv --flagged
      python -m tools.review_dataset import samples.csv --reviewer ada
    Then write what is left, with corrected texts:
      python -m tools.review_dataset apply data/datasets/instruct data/datasets/instruct-reviewed

    FOLDER is a data set as the pipeline writes it: train.parquet, test.parquet and README.md. Samples come in an order
    that is random but always the same, so that the first 20 are a fair share of all. Verdicts are kept in the document
    store, one for each sample and reviewer, the newest; importing a file twice changes nothing. A sample is left out if
    anybody rejects it.""",
)
def main() -> None:
    """Choose a command."""
    configured_console(level="WARNING")


@main.command(help=f"Write samples to FILE for reviewers; its ending says how: {_FORMATS}.")
@_folder
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_flagged
@_split
@_number
@told_errors
def export(folder: Path, file: Path, flagged: bool, split: str | None, number: int | None) -> None:
    """Write samples for reviewers."""
    from llm_engineering.application.datasets.argilla_csv import argilla_csv
    from llm_engineering.application.datasets.label_studio import label_studio_tasks, labelling_config
    from llm_engineering.infrastructure.datasets.parquet_folder import read_dataset

    is_json = _is_json(file)
    saved = read_dataset(folder)
    samples = list(_chosen(saved, flagged=flagged, split=split))[:number]
    if not samples:
        raise click.ClickException("No sample is chosen.\n  Leave out --flagged or --split.")
    flags = saved.dataset.flagged
    # Bytes: the ends of lines inside the cells of a table stay as they are.
    file.write_bytes((label_studio_tasks if is_json else argilla_csv)(samples, flags).encode())
    click.echo(f"Wrote {len(samples):,} samples to {file}.")
    if is_json:
        interface = file.with_suffix(".xml")
        interface.write_text(labelling_config(saved.dataset.kind), encoding="utf-8")
        click.echo(f"Label Studio: make a project, paste {interface} as its labelling interface, import {file}; later")
        click.echo("export it as JSON (not JSON-MIN) and import that here.")
    else:
        click.echo("Fill in verdict.responses (accepted, rejected or corrected) and, where you correct, the column")
        click.echo("corrected_….responses; rows without a verdict are skipped. Then import it here.")


@main.command("import", help=f"Keep the verdicts of FILE, {_FORMATS}. All of it is read, or nothing.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--reviewer", default="", help="Who reviewed, where the file does not say (JSON: whoever it says).")
@told_errors
def import_reviews(file: Path, reviewer: str) -> None:
    """Keep the verdicts of a file."""
    from llm_engineering.application.datasets.reviews import written_reviews

    found = _read(file, reviewer)
    with _store() as store:
        written = written_reviews(store, found.reviews)
    click.echo(
        f"{len(found.reviews):,} verdicts: {written.new:,} new, {written.changed:,} changed, {written.unchanged:,} as "
        f"before, {written.older:,} older than what is kept."
    )
    for reason, count in found.skipped.items():
        click.echo(f"Skipped {reason}: {count:,}.")


@main.command(help="Review samples one after the other; stop whenever you like, and go on another time.")
@_folder
@click.option("--reviewer", required=True, help="Your name; what you have reviewed does not come again.")
@_flagged
@_split
@_number
@told_errors
def review(folder: Path, reviewer: str, flagged: bool, split: str | None, number: int | None) -> None:
    """Ask for a verdict on each sample."""
    from llm_engineering.application.datasets.reviews import reviews_of, written_reviews
    from llm_engineering.domain.reviews import text_hash
    from llm_engineering.infrastructure.datasets.parquet_folder import read_dataset

    saved = read_dataset(folder)
    samples = list(_chosen(saved, flagged=flagged, split=split))
    with _store() as store:
        done = {
            (each.sample_id, each.text_hash)
            for each in reviews_of(store, [sample.id for sample in samples])
            if each.reviewer == reviewer
        }
        waiting = [sample for sample in samples if (sample.id, text_hash(sample)) not in done][:number]
        kept = 0
        for place, sample in enumerate(waiting, 1):
            _show(sample, saved, f"{place} of {len(waiting)}")
            said = _asked_verdict(sample, reviewer)
            if said is _Said.STOP:
                break
            if not isinstance(said, _Said):
                written_reviews(store, [said])
                kept += 1
    left = len(samples) - len(done) - kept
    click.echo(f"{kept:,} verdicts kept; {left:,} samples are left to {reviewer}.")


@main.command(help="Write FOLDER to TARGET without what reviewers rejected, and with what they corrected.")
@_folder
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@told_errors
def apply(folder: Path, target: Path) -> None:
    """Write what reviewers left."""
    from llm_engineering.application.datasets.reviews import reviewed_dataset, reviews_of
    from llm_engineering.infrastructure.datasets.parquet_folder import read_dataset, save_dataset

    saved = read_dataset(folder)
    with _store() as store:
        reviews = list(reviews_of(store, [sample.id for sample in saved.dataset.kept]))
    found = reviewed_dataset(saved.dataset, reviews)
    written = save_dataset(saved.model_copy(update={"dataset": found.dataset}), target)
    click.echo(
        f"{found.rejected:,} samples rejected, {found.corrected:,} corrected, {found.accepted:,} accepted as they are; "
        f"{written.train:,} for training and {written.test:,} for tests in {target}."
    )
    if found.stale:
        click.echo(f"{found.stale:,} verdicts were on another text of their sample and did not count.")
    if found.corrected:
        click.echo("Corrected texts have not been through the gates: python -m tools.check_dataset does that.")


def _is_json(file: Path) -> bool:
    """Whether a file is for Label Studio; else it is a table."""
    suffix = file.suffix.lower()
    if suffix not in {".json", ".csv"}:
        raise click.ClickException(
            f"{file} ends with {suffix or 'nothing'!r}.\n  Name a file that ends with {_FORMATS}."
        )
    return suffix == ".json"


def _read(file: Path, reviewer: str) -> "ReadReviews":
    """Return the reviews of a file."""
    from llm_engineering.application.datasets.argilla_csv import argilla_reviews
    from llm_engineering.application.datasets.label_studio import label_studio_reviews
    from llm_engineering.application.datasets.review_tasks import ReviewFileError

    read = label_studio_reviews if _is_json(file) else argilla_reviews
    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ReviewFileError(str(file), [f"it is no text in UTF-8 that can be read ({error!s:.100})"]) from error
    return read(text, str(file), now=datetime.now(UTC), reviewer=reviewer)


def _chosen(saved: "SavedDataset", *, flagged: bool, split: str | None) -> "Iterator[Sample]":
    """Yield the samples that are asked for, in an order that is random but always the same."""
    from llm_engineering.domain.identity import content_hash

    names = {each.sample_id for each in saved.dataset.flagged}
    for sample in sorted(saved.dataset.kept, key=lambda each: content_hash("review", each.id)):
        if (not flagged or sample.id in names) and split in {None, sample.split}:
            yield sample


def _show(sample: "Sample", saved: "SavedDataset", place: str) -> None:
    """Print a sample; its texts come from the web, so nothing in them may steer the terminal."""
    from llm_engineering.application.datasets.review_tasks import task_fields
    from llm_engineering.domain.reviews import TEXT_FIELDS

    fields = {name: printable(text) for name, text in task_fields(sample, saved.dataset.flagged).items()}
    click.secho(f"\n{place}  {fields['title']}  {fields['author']}  {fields['source']}", dim=True)
    if fields["flags"]:
        click.secho(fields["flags"], fg="yellow")
    for name in TEXT_FIELDS[sample.kind]:
        click.secho(name, bold=True)
        click.echo(fields[name])


def _asked_verdict(sample: "Sample", reviewer: str) -> "SampleReview | _Said":
    """Return the review of a sample, or what else is to happen."""
    from llm_engineering.domain.reviews import ReviewVerdict

    while True:
        key = click.prompt(
            "[a]ccept, [r]eject, [e]dit, [s]kip, [q]uit", type=click.Choice([*_KEYS, "s", "q"]), show_choices=False
        )
        if key == "q":
            return _Said.STOP
        if key == "s":
            return _Said.SKIP
        corrected = _edited(sample) if key == "e" else {}
        if key == "e" and not corrected:
            click.echo("Nothing was changed.")
            continue
        comment = click.prompt("Why?", default="", show_default=False) if key == "r" else ""
        return _review(sample, reviewer, ReviewVerdict(_KEYS[key]), corrected, comment)


def _edited(sample: "Sample", edit: Callable[[str], str | None] = click.edit) -> dict[str, str]:
    """Return the texts that the reviewer changed, each in the editor of the system."""
    from llm_engineering.domain.reviews import sample_texts

    texts = sample_texts(sample)
    name = click.prompt("Which text", type=click.Choice(list(texts)), default=list(texts)[1])
    text = (edit(texts[name]) or "").strip()
    return {name: text} if text and text != texts[name].strip() else {}


def _review(
    sample: "Sample", reviewer: str, verdict: "ReviewVerdict", corrected: dict[str, str], comment: str
) -> "SampleReview":
    from llm_engineering.domain.reviews import SampleReview, text_hash

    return SampleReview(
        sample_id=sample.id,
        text_hash=text_hash(sample),
        document_id=sample.provenance.source.document_id if sample.provenance else "",
        reviewer=reviewer,
        reviewed_at=datetime.now(UTC),
        verdict=verdict,
        corrected=corrected,
        comment=comment,
    )


def printable(text: str) -> str:
    """Return a text without characters that steer a terminal or turn the direction of writing."""
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in {"Cc", "Cf"})


def _store() -> "contextlib.AbstractContextManager[DocumentStore]":
    from llm_engineering.infrastructure.factory import opened_document_store
    from llm_engineering.settings import Settings

    return opened_document_store(Settings())


if __name__ == "__main__":
    main()
