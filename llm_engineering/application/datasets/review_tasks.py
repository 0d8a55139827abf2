"""What review formats share: what a reviewer is shown, and how an answer of his becomes a review."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from pydantic import ValidationError

from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.reviews import ReviewVerdict, SampleReview, sample_texts, text_hash
from llm_engineering.domain.samples import FlaggedSample, Sample

CONTEXT_FIELDS: Final = ("author", "category", "title", "source", "document_id", "split", "flags")
"""What a reviewer is shown beside the texts."""
_NAMED_FAULTS: Final = 5


class ReviewFileError(InvalidInputError):
    """A file of reviews cannot be read; nothing was written."""

    def __init__(self, place: str, faults: Sequence[str]) -> None:
        more = f"; and {len(faults) - _NAMED_FAULTS} more" if len(faults) > _NAMED_FAULTS else ""
        super().__init__(
            f"{place} cannot be read as reviews: {'; '.join(faults[:_NAMED_FAULTS])}{more}.",
            remedy="Nothing was written. Correct the file, or export it again: `python -m tools.review_dataset --help` "
            "says which files are read.",
        )
        self.place = place
        self.faults = tuple(faults)


class ReadReviews(FrozenModel):
    """The reviews of a file."""

    reviews: tuple[SampleReview, ...]
    skipped: Mapping[str, int]
    """What is no review, in numbers by reason, e.g. tasks without a verdict."""


@dataclass(frozen=True, slots=True)
class GivenReview:
    """What a file says of one sample, before it is checked."""

    sample_id: str
    text_hash: str
    document_id: str
    verdict: str
    reviewer: str
    reviewed_at: str
    shown: Mapping[str, str]
    """The texts that the reviewer saw, by their names."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """The texts as he left them."""
    comment: str = ""


def task_fields(sample: Sample, flagged: Sequence[FlaggedSample] = ()) -> dict[str, str]:
    """Return what a reviewer is shown of a sample: ids, texts and where it comes from."""
    source = sample.provenance.source if sample.provenance else None
    flags = "; ".join(f"{each.flag}: {each.detail}" for each in flagged if each.sample_id == sample.id)
    return {
        "sample_id": sample.id,
        "text_hash": text_hash(sample),
        "kind": sample.kind.value,
        **sample_texts(sample),
        "author": source.author_full_name if source else "",
        "category": source.category.value if source else "",
        "title": source.title if source else "",
        "source": source.link if source else "",
        "document_id": source.document_id if source else "",
        "split": sample.split.value if sample.split else "",
        "flags": flags,
    }


def checked_review(given: GivenReview, *, now: datetime) -> SampleReview:
    """Return a review of what a file says.

    A text that was changed makes an acceptance a correction: the reviewer has left it so. Ends of lines, and blanks at
    the ends of a text, are no change.

    Raises:
        ValueError: It is none; the message says what is wrong.
    """
    try:
        verdict = ReviewVerdict(given.verdict.strip().lower())
    except ValueError:
        allowed = ", ".join(ReviewVerdict)
        raise ValueError(f"the verdict {given.verdict!r:.60} is none of {allowed}") from None
    corrected = {
        name: text.replace("\r\n", "\n")
        for name, text in given.texts.items()
        if text.strip() and _plain(text) != _plain(given.shown.get(name, ""))
    }
    if verdict is ReviewVerdict.REJECTED:
        corrected = {}
    elif corrected:
        verdict = ReviewVerdict.CORRECTED
    try:
        return SampleReview(
            sample_id=given.sample_id,
            text_hash=given.text_hash,
            document_id=given.document_id,
            reviewer=given.reviewer.strip(),
            reviewed_at=_moment(given.reviewed_at, now),
            verdict=verdict,
            corrected=corrected,
            comment=given.comment.strip(),
        )
    except ValidationError as error:
        raise ValueError("; ".join(_told(error))) from error


def _told(error: ValidationError) -> Iterator[str]:
    for fault in error.errors(include_url=False):
        cause = fault.get("ctx", {}).get("error")
        if isinstance(cause, TwinError):
            yield cause.problem.rstrip(".")
        else:
            yield f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"


def _moment(text: str, now: datetime) -> datetime:
    """Return a time, one without a zone as UTC; now where none is given."""
    if not text.strip():
        return now
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"the time {text!r:.60} is none, such as 2026-03-18T09:30:00Z") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()
