"""Reviews by way of Label Studio: tasks as its JSON, and annotations out of its JSON export.

The formats are those of https://labelstud.io/guide/tasks and https://labelstud.io/guide/export.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

from llm_engineering.application.datasets.review_tasks import (
    GivenReview,
    ReadReviews,
    ReviewFileError,
    checked_review,
    task_fields,
)
from llm_engineering.domain.reviews import TEXT_FIELDS, ReviewVerdict, SampleReview
from llm_engineering.domain.samples import FlaggedSample, Sample, SampleKind

VERDICT: Final = "verdict"
COMMENT: Final = "comment"
_EDITED: Final = "edited_"
"""Begins the names of the text areas, so that they cannot be confused with the data of a task."""


def labelling_config(kind: SampleKind) -> str:
    """Return the labelling interface of a project: texts that can be edited, a verdict and a comment."""
    verdicts = "".join(f'<Choice value="{verdict}"/>' for verdict in ReviewVerdict)
    texts = "".join(
        f'<Header value="{name}"/><TextArea name="{_EDITED}{name}" toName="about" value="${name}" editable="true" '
        f'rows="6" maxSubmissions="1"/>'
        for name in TEXT_FIELDS[kind]
    )
    about = escape("$title, by $author, $source $flags")
    return (
        f'<View><Text name="about" value="{about}"/>{texts}'
        f'<Choices name="{VERDICT}" toName="about" choice="single" required="true">{verdicts}</Choices>'
        f'<TextArea name="{COMMENT}" toName="about" placeholder="Why?" rows="2" maxSubmissions="1"/></View>\n'
    )


def label_studio_tasks(samples: Sequence[Sample], flagged: Sequence[FlaggedSample] = ()) -> str:
    """Return samples as tasks that Label Studio imports."""
    tasks = [{"data": task_fields(sample, flagged)} for sample in samples]
    return json.dumps(tasks, ensure_ascii=False, indent=1) + "\n"


def label_studio_reviews(text: str, place: str, *, now: datetime, reviewer: str = "") -> ReadReviews:
    """Return the reviews of an export of Label Studio as JSON.

    Annotations that were cancelled and tasks without one are skipped and counted. The reviewer is who completed the
    annotation, by address or number, unless one is named.

    Args:
        text: The file.
        place: What it is called in an error.
        now: The time of annotations that have none.
        reviewer: Named here, he is the reviewer of all.

    Raises:
        ReviewFileError: The file is no such export; all that is wrong in it is named.
    """
    reviews: list[SampleReview] = []
    faults: list[str] = []
    skipped: Counter[str] = Counter()
    for number, task in enumerate(_tasks(text, place), 1):
        if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
            faults.append(f"task {number} is no object with `data`")
            continue
        listed = task.get("annotations")
        annotations = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        if not annotations:
            skipped["without an annotation"] += 1
        for annotation in annotations:
            if annotation.get("was_cancelled"):
                skipped["cancelled"] += 1
                continue
            try:
                reviews.append(checked_review(_given(task["data"], annotation, reviewer), now=now))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                faults.append(f"task {number}: {_said(error)}")
    if faults:
        raise ReviewFileError(place, faults)
    return ReadReviews(reviews=tuple(reviews), skipped=dict(skipped))


def _tasks(text: str, place: str) -> list[Any]:
    try:
        tasks = json.loads(text)
    except ValueError as error:
        raise ReviewFileError(place, [f"it is no JSON ({error!s:.80})"]) from error
    if not isinstance(tasks, list):
        raise ReviewFileError(place, ["it is no list of tasks"])
    return tasks


def _given(data: dict[str, Any], annotation: dict[str, Any], reviewer: str) -> GivenReview:
    results = dict(_results(annotation))
    names = TEXT_FIELDS[SampleKind(data["kind"])]
    return GivenReview(
        sample_id=data["sample_id"],
        text_hash=data["text_hash"],
        document_id=data.get("document_id") or "",
        verdict=results.get(VERDICT, ""),
        reviewer=reviewer or _who(annotation.get("completed_by")),
        reviewed_at=annotation.get("updated_at") or annotation.get("created_at") or "",
        shown={name: data[name] for name in names},
        texts={name: results[_EDITED + name] for name in names if _EDITED + name in results},
        comment=results.get(COMMENT, ""),
    )


def _results(annotation: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what was filled in, by the names of the labelling interface."""
    for result in annotation.get("result") or ():
        value = result["value"]
        filled = value.get("choices") or value.get("text") or [""]
        yield result["from_name"], filled if isinstance(filled, str) else "\n".join(filled)


def _who(completed_by: Any) -> str:  # noqa: ANN401 - a number or an object, as Label Studio is told to export
    if isinstance(completed_by, dict):
        return str(completed_by.get("email") or completed_by.get("id") or "")
    return "" if completed_by is None else f"label-studio {completed_by}"


def _said(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)
