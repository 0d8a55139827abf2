"""Reviews of samples: kept in the document store, and applied to samples as rejections and corrections."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from llm_engineering.application.ports import Collection, DocumentStore
from llm_engineering.application.warehouse.documents import object_from
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.reviews import TEXT_FIELDS, ReviewVerdict, SampleReview, text_hash
from llm_engineering.domain.samples import FlaggedSample, GatedDataset, Rejection, RejectionReason, Sample

SAMPLE_REVIEWS: Final = Collection("sample_reviews", ("sample_id", "reviewer"))
CORRECTED_FLAG: Final = "corrected in review"
_IDS_AT_ONCE: Final = 500


class WrittenReviews(FrozenModel):
    """What became of reviews that were to be kept, in numbers of reviews."""

    new: int = 0
    changed: int = 0
    """The reviewer said something else before."""
    unchanged: int = 0
    """The reviewer said the same before."""
    older: int = 0
    """The reviewer said something else afterwards, which stays."""


class ReviewedSamples(FrozenModel):
    """Samples after their reviews."""

    kept: tuple[Sample, ...]
    """With corrected texts, in their order."""
    rejected: tuple[Rejection, ...]
    flagged: tuple[FlaggedSample, ...]
    """The corrected ones."""
    accepted: int
    """Of the kept ones, those that a reviewer accepted as they are."""
    stale: int
    """Reviews that were not applied, because the sample says something else than the reviewer saw."""


class ReviewedDataset(FrozenModel):
    """A data set after its reviews, and how many samples they concerned."""

    dataset: GatedDataset
    rejected: int
    corrected: int
    accepted: int
    stale: int
    """Reviews that were not applied, because the sample says something else than the reviewer saw."""


def written_reviews(store: DocumentStore, reviews: Iterable[SampleReview]) -> WrittenReviews:
    """Keep reviews; of one reviewer and sample the newest stays, and what says the same changes nothing.

    Raises:
        StoreUnavailableError: The store could not be written; the call can be repeated.
        StoreReadOnlyError: The store may not be written.
    """
    given = list(reviews)
    known = {_key(each): each for each in reviews_of(store, [review.sample_id for review in given])}
    counts: Counter[str] = Counter()
    news: dict[tuple[str, str], SampleReview] = {}
    for review in given:
        before = known.get(_key(review))
        became = _became(review, before)
        counts[became] += 1
        if became in {"new", "changed"}:
            known[_key(review)] = news[_key(review)] = review
    store.upsert(SAMPLE_REVIEWS, [_stored(review) for review in news.values()])
    return WrittenReviews(**counts)


def reviews_of(store: DocumentStore, sample_ids: Sequence[str]) -> Iterator[SampleReview]:
    """Yield the reviews of some samples.

    Raises:
        StoredObjectInvalidError: A stored review is not valid.
    """
    unique = sorted(set(sample_ids))
    for start in range(0, len(unique), _IDS_AT_ONCE):
        for found in store.find(SAMPLE_REVIEWS, {"sample_id": unique[start : start + _IDS_AT_ONCE]}):
            fields = {name: value for name, value in found.items() if name != "_id"}
            yield object_from(SampleReview, SAMPLE_REVIEWS, fields)


def reviewed_samples(samples: Sequence[Sample], reviews: Iterable[SampleReview]) -> ReviewedSamples:
    """Return samples with what reviewers said applied.

    A sample is rejected if any reviewer rejects it; else the newest correction counts. A review of another text than
    the sample has is not applied. Corrected samples should go through the gates again: a corrected `chosen` answer may
    not be the author's own words any more.
    """
    by_sample: dict[str, list[SampleReview]] = {}
    for review in reviews:
        by_sample.setdefault(review.sample_id, []).append(review)
    kept, rejected, flagged = [], [], []
    accepted = stale = 0
    for sample in samples:
        given = by_sample.get(sample.id, [])
        valid = [review for review in given if _fits(review, sample)]
        stale += len(given) - len(valid)
        deciding = _deciding(valid)
        if deciding is not None and deciding.verdict is ReviewVerdict.REJECTED:
            rejected.append(_rejection(sample, deciding))
            continue
        if deciding is not None and deciding.verdict is ReviewVerdict.CORRECTED:
            flagged.append(_flag(deciding))
            kept.append(sample.model_copy(update=dict(deciding.corrected)))
            continue
        accepted += deciding is not None
        kept.append(sample)
    return ReviewedSamples(
        kept=tuple(kept), rejected=tuple(rejected), flagged=tuple(flagged), accepted=accepted, stale=stale
    )


def with_reviews(dataset: GatedDataset, reviewed: ReviewedSamples) -> GatedDataset:
    """Return what the gates left of reviewed samples, with what the reviewers rejected and changed.

    Args:
        dataset: What the gates left of `reviewed.kept`.
        reviewed: What reviewers left.
    """
    used = {sample.id for sample in dataset.kept}
    return dataset.model_copy(
        update={
            "rejected": (*reviewed.rejected, *dataset.rejected),
            "flagged": (*(each for each in reviewed.flagged if each.sample_id in used), *dataset.flagged),
        }
    )


def reviewed_dataset(dataset: GatedDataset, reviews: Iterable[SampleReview]) -> ReviewedDataset:
    """Return a data set with what reviewers said applied to both sides.

    The figures of the data set stay those that were measured before.
    """
    given = list(reviews)
    train, test = reviewed_samples(dataset.train, given), reviewed_samples(dataset.test, given)
    sides = (train, test)
    gone = {rejection.sample.id for side in sides for rejection in side.rejected}
    changed = dataset.model_copy(
        update={
            "train": train.kept,
            "test": test.kept,
            "rejected": (*dataset.rejected, *train.rejected, *test.rejected),
            "flagged": tuple(
                each for each in (*dataset.flagged, *train.flagged, *test.flagged) if each.sample_id not in gone
            ),
        }
    )
    return ReviewedDataset(
        dataset=changed,
        rejected=sum(len(side.rejected) for side in sides),
        corrected=sum(len(side.flagged) for side in sides),
        accepted=sum(side.accepted for side in sides),
        stale=sum(side.stale for side in sides),
    )


def deleted_reviews(store: DocumentStore, document_ids: Sequence[str]) -> int:
    """Delete the reviews of samples that are made of some documents, and return their number."""
    return sum(
        store.delete(SAMPLE_REVIEWS, {"document_id": document_ids[start : start + _IDS_AT_ONCE]})
        for start in range(0, len(document_ids), _IDS_AT_ONCE)
    )


def _key(review: SampleReview) -> tuple[str, str]:
    return review.sample_id, review.reviewer


def _became(review: SampleReview, before: SampleReview | None) -> str:
    if before is None:
        return "new"
    if review.says_the_same(before):
        return "unchanged"
    return "changed" if review.reviewed_at >= before.reviewed_at else "older"


def _stored(review: SampleReview) -> dict[str, object]:
    return {"_id": identifier("sample-review", *_key(review)), **review.model_dump(mode="json")}


def _fits(review: SampleReview, sample: Sample) -> bool:
    """Whether a review was given for the text that a sample has, and corrects only what such a sample has."""
    return review.text_hash == text_hash(sample) and set(review.corrected) <= set(TEXT_FIELDS[sample.kind])


def _deciding(reviews: Sequence[SampleReview]) -> SampleReview | None:
    """Return the review that counts: a rejection before a correction before an acceptance, the newest of its kind."""
    order = (ReviewVerdict.ACCEPTED, ReviewVerdict.CORRECTED, ReviewVerdict.REJECTED)
    return max(reviews, key=lambda each: (order.index(each.verdict), each.reviewed_at, each.reviewer), default=None)


def _rejection(sample: Sample, review: SampleReview) -> Rejection:
    why = f": {review.comment}" if review.comment else ""
    return Rejection(
        sample=sample,
        reason=RejectionReason.REVIEWED,
        detail=f"{review.reviewer} on {review.reviewed_at:%Y-%m-%d}{why}",
    )


def _flag(review: SampleReview) -> FlaggedSample:
    texts = ", ".join(sorted(review.corrected))
    return FlaggedSample(
        sample_id=review.sample_id,
        flag=CORRECTED_FLAG,
        detail=f"{texts}, by {review.reviewer} on {review.reviewed_at:%Y-%m-%d}",
    )
