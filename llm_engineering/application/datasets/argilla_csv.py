"""Reviews by way of a table: CSV with the columns that Argilla's records have when they are flattened.

Fields and metadata are `instruction`, `answer`, `metadata.author` and so on; responses are `verdict.responses`,
`verdict.responses.users` and so on, one row for each. Any spreadsheet program can fill it in, too.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from llm_engineering.application.csv_text import csv_lines
from llm_engineering.application.datasets.review_tasks import (
    CONTEXT_FIELDS,
    GivenReview,
    ReadReviews,
    ReviewFileError,
    checked_review,
    task_fields,
)
from llm_engineering.domain.reviews import TEXT_FIELDS, SampleReview
from llm_engineering.domain.samples import FlaggedSample, Sample, SampleKind

VERDICT: Final = "verdict.responses"
REVIEWER: Final = "verdict.responses.users"
COMMENT: Final = "comment.responses"
REVIEWED_AT: Final = "reviewed_at"
_EDITED: Final = "corrected_{}.responses"
_IDS: Final = ("metadata.text_hash", "metadata.kind")
_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
"""Cells that begin like this are formulas to a spreadsheet program, and these texts come from the web."""


def argilla_csv(samples: Sequence[Sample], flagged: Sequence[FlaggedSample] = ()) -> str:
    """Return samples as a table with empty columns for the reviewer; texts that look like formulas get a quote.

    Args:
        samples: All of one kind, at least one.
        flagged: What people may want to look at.
    """
    names = TEXT_FIELDS[samples[0].kind]
    columns = [
        "id", *names, *_IDS, *(f"metadata.{name}" for name in CONTEXT_FIELDS),
        VERDICT, REVIEWER, *map(_EDITED.format, names), COMMENT, REVIEWED_AT,
    ]  # fmt: skip
    written = io.StringIO(newline="")
    # All cells are quoted: by itself the library forgets those that hold a bare carriage return.
    table = csv.DictWriter(written, columns, restval="", lineterminator="\n", quoting=csv.QUOTE_ALL)
    table.writeheader()
    for sample in samples:
        fields = task_fields(sample, flagged)
        shown = {"id": fields["sample_id"], **{name: fields[name] for name in names}}
        about = {f"metadata.{name}": fields[name] for name in ("text_hash", "kind", *CONTEXT_FIELDS)}
        table.writerow({name: _guarded(value) for name, value in {**shown, **about}.items()})
    return written.getvalue()


def argilla_reviews(text: str, place: str, *, now: datetime, reviewer: str = "") -> ReadReviews:
    """Return the reviews of a table that `argilla_csv` made and somebody filled in.

    Rows without a verdict are skipped and counted.

    Args:
        text: The file.
        place: What it is called in an error.
        now: The time of reviews that have none.
        reviewer: Named here, he is the reviewer of the rows that name none.

    Raises:
        ReviewFileError: A column is missing or a row is wrong; all that is wrong is named.
    """
    rows = _rows(text, place)
    reviews: list[SampleReview] = []
    faults: list[str] = []
    skipped: Counter[str] = Counter()
    for number, row in enumerate(rows, 2):
        if not (row.get(VERDICT) or "").strip():
            skipped["without a verdict"] += 1
            continue
        try:
            reviews.append(checked_review(_given(row, reviewer), now=now))
        except ValueError as error:
            faults.append(f"row {number}: {error}")
    if faults:
        raise ReviewFileError(place, faults)
    return ReadReviews(reviews=tuple(reviews), skipped=dict(skipped))


def _rows(text: str, place: str) -> list[dict[str, str | None]]:
    table = csv.DictReader(csv_lines(text), strict=True)
    try:
        rows = list(table)
    except csv.Error as error:
        raise ReviewFileError(place, [f"it is no CSV (after line {table.line_num}: {error})"]) from error
    missing = {"id", "instruction", VERDICT, *_IDS} - set(table.fieldnames or ())
    if missing:
        raise ReviewFileError(place, [f"the column {name!r} is missing" for name in sorted(missing)])
    return rows


def _given(row: Mapping[str, str | None], reviewer: str) -> GivenReview:
    cells = {name: _unguarded(value or "") for name, value in row.items() if isinstance(name, str)}
    names = TEXT_FIELDS[SampleKind(cells["metadata.kind"])]
    return GivenReview(
        sample_id=cells["id"],
        text_hash=cells["metadata.text_hash"],
        document_id=cells.get("metadata.document_id", ""),
        verdict=cells[VERDICT],
        reviewer=cells.get(REVIEWER, "").strip() or reviewer,
        reviewed_at=cells.get(REVIEWED_AT, ""),
        shown={name: cells.get(name, "") for name in names},
        texts={name: cells.get(_EDITED.format(name), "") for name in names},
        comment=cells.get(COMMENT, ""),
    )


def _guarded(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text
