"""What people find of samples."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.samples import InstructSample, PreferenceSample, SampleKind

TEXT_FIELDS: Final[Mapping[SampleKind, tuple[str, ...]]] = {
    SampleKind.INSTRUCT: ("instruction", "answer"),
    SampleKind.PREFERENCE: ("instruction", "chosen", "rejected"),
}
"""The texts of a sample of each kind, which a reviewer sees and may correct."""
MAX_REVIEWER_CHARACTERS: Final = 200
MAX_COMMENT_CHARACTERS: Final = 4000


class ReviewVerdict(StrEnum):
    """What a reviewer wants done with a sample. The values are stored: do not rename them."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CORRECTED = "corrected"


class CorrectionMissingError(InvalidInputError):
    """A verdict and its corrected texts do not go together."""

    def __init__(self, sample_id: str, verdict: ReviewVerdict) -> None:
        has_to = "needs a corrected text that is not empty" if verdict is ReviewVerdict.CORRECTED else "has none"
        super().__init__(
            f"The review of the sample {sample_id!r:.100} says {str(verdict)!r}, which {has_to}.",
            remedy="Say 'corrected' where a text was changed, else 'accepted' or 'rejected'.",
        )
        self.sample_id = sample_id


class SampleReview(FrozenModel):
    """What one person found of one sample. The natural key is the sample and the reviewer."""

    sample_id: str = Field(min_length=1)
    text_hash: str
    """`text_hash` of the sample as the reviewer saw it: a review says nothing about another text."""
    document_id: str = ""
    """Of the document that the sample is made of, by which it can be forgotten; empty: it is not known."""
    reviewer: str = Field(min_length=1, max_length=MAX_REVIEWER_CHARACTERS)
    reviewed_at: datetime
    verdict: ReviewVerdict
    corrected: Mapping[str, str] = {}
    """The texts that were changed, by the names in `TEXT_FIELDS`; there are some if the verdict is "corrected"."""
    comment: str = Field(default="", max_length=MAX_COMMENT_CHARACTERS)

    @model_validator(mode="after")
    def _has_what_it_says(self) -> Self:
        is_correction = self.verdict is ReviewVerdict.CORRECTED
        if is_correction != bool(self.corrected) or not all(text.strip() for text in self.corrected.values()):
            raise CorrectionMissingError(self.sample_id, self.verdict)
        return self

    def says_the_same(self, other: "SampleReview") -> bool:
        """Whether two reviews differ in nothing but their time."""
        return self.model_copy(update={"reviewed_at": other.reviewed_at}) == other


def text_hash(sample: InstructSample | PreferenceSample) -> str:
    """Return the SHA-256 of the texts of a sample."""
    return content_hash(sample.instruction, *sample.answers)


def sample_texts(sample: InstructSample | PreferenceSample) -> dict[str, str]:
    """Return the texts of a sample by the names in `TEXT_FIELDS`."""
    return {name: getattr(sample, name) for name in TEXT_FIELDS[sample.kind]}
