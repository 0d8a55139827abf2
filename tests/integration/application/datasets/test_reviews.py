"""Reviews are kept in a real SQLite, and applied to samples."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llm_engineering.application.datasets.reviews import (
    SAMPLE_REVIEWS,
    WrittenReviews,
    deleted_reviews,
    reviewed_dataset,
    reviewed_samples,
    reviews_of,
    written_reviews,
)
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.reviews import CorrectionMissingError, ReviewVerdict, SampleReview, text_hash
from llm_engineering.domain.samples import RejectionReason
from tests.support.shared_samples import instruct, instruct_dataset, preference

pytestmark = pytest.mark.integration

NOW = datetime(2026, 3, 18, tzinfo=UTC)
SAMPLE = instruct("t1")


def review(
    sample: Any = SAMPLE, verdict: str = "rejected", reviewer: str = "ada", hours: int = 0, **given: Any
) -> SampleReview:
    fields = {"sample_id": sample.id, "text_hash": text_hash(sample), "document_id": "silk", **given}
    return SampleReview(
        verdict=ReviewVerdict(verdict), reviewer=reviewer, reviewed_at=NOW + timedelta(hours=hours), **fields
    )


def test_writing_twice_changes_nothing(documents: DocumentStore) -> None:
    reviews = [review(), review(reviewer="bob", verdict="accepted"), review(instruct("t2"))]

    assert written_reviews(documents, reviews) == WrittenReviews(new=3)
    before = list(documents.find(SAMPLE_REVIEWS, {}))
    assert written_reviews(documents, [review(hours=5), *reviews]) == WrittenReviews(unchanged=4)
    assert list(documents.find(SAMPLE_REVIEWS, {})) == before
    assert list(reviews_of(documents, ["t2"])) == [reviews[2]]


def test_the_newest_of_a_reviewer_stays(documents: DocumentStore) -> None:
    written_reviews(documents, [review(hours=1)])

    changed = written_reviews(documents, [review(verdict="accepted", hours=2), review(verdict="accepted", hours=0)])
    older = written_reviews(documents, [review(hours=1)])

    assert changed == WrittenReviews(changed=1, unchanged=1)
    assert older == WrittenReviews(older=1)
    (stored,) = reviews_of(documents, ["t1"])
    assert (stored.verdict, stored.reviewed_at) == (ReviewVerdict.ACCEPTED, NOW + timedelta(hours=2))


def test_reviews_of_a_forgotten_document_go(documents: DocumentStore) -> None:
    written_reviews(documents, [review(), review(instruct("t2"), document_id="wool")])

    assert deleted_reviews(documents, ["silk", "unknown"]) == 1
    assert [each.sample_id for each in reviews_of(documents, ["t1", "t2"])] == ["t2"]


def test_one_rejection_is_enough() -> None:
    given = [review(reviewer="bob", comment="Dull."), review(verdict="accepted", hours=9)]

    found = reviewed_samples([SAMPLE, instruct("t2")], given)

    assert [sample.id for sample in found.kept] == ["t2"]
    assert found.rejected[0].reason is RejectionReason.REVIEWED
    assert found.rejected[0].detail == "bob on 2026-03-18: Dull."


def test_the_newest_correction_counts_and_is_flagged() -> None:
    given = [
        review(verdict="corrected", corrected={"answer": "Old."}),
        review(verdict="corrected", corrected={"answer": "A thread."}, reviewer="bob", hours=1),
        review(verdict="accepted", reviewer="eve", hours=2),
    ]

    found = reviewed_samples([SAMPLE], given)

    assert found.kept == (SAMPLE.model_copy(update={"answer": "A thread."}),)
    assert (found.flagged[0].flag, found.flagged[0].detail) == ("corrected in review", "answer, by bob on 2026-03-18")
    assert found.accepted == 0


def test_a_review_of_another_text_does_not_count() -> None:
    changed = SAMPLE.model_copy(update={"answer": "Something else."})
    of_preference = review(preference("p"), verdict="corrected", corrected={"answer": "No such text."})

    found = reviewed_samples([changed, preference("p")], [review(), of_preference])

    assert (found.kept, found.rejected, found.stale) == ((changed, preference("p")), (), 2)


def test_a_data_set_keeps_what_the_gates_said() -> None:
    dataset = instruct_dataset()
    given = [
        review(dataset.train[1]),
        review(dataset.test[0], verdict="corrected", corrected={"instruction": "And dyed?"}),
        review(dataset.train[0], verdict="accepted"),
    ]

    found = reviewed_dataset(dataset, given)

    assert (found.rejected, found.corrected, found.accepted, found.stale) == (1, 1, 1, 0)
    assert [sample.id for sample in found.dataset.train] == ["t1", "t3"]
    assert found.dataset.test[0].instruction == "And dyed?"
    assert found.dataset.rejections()[RejectionReason.REVIEWED] == 1
    assert found.dataset.total == dataset.total
    assert [each.flag for each in found.dataset.flagged] == ["corrected in review"]  # that of t2 went with it


@pytest.mark.parametrize(
    ("verdict", "corrected"), [("corrected", {}), ("accepted", {"answer": "x"}), ("corrected", {"answer": " "})]
)
def test_a_verdict_and_its_texts_go_together(verdict: str, corrected: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="The review of the sample 't1' says") as told:
        review(verdict=verdict, corrected=corrected)
    assert isinstance(told.value.errors()[0]["ctx"]["error"], CorrectionMissingError)  # type: ignore[attr-defined]
