"""What gates say of a sample that they reject."""

from collections.abc import Callable
from dataclasses import dataclass

from llm_engineering.domain.samples import RejectionReason, Sample


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a sample is rejected."""

    reason: RejectionReason
    detail: str
    """What was found, with the figure and its threshold."""


Gate = Callable[[Sample], Refused | None]
"""Looks at one sample, and returns why it is rejected; None lets it pass."""


def good_answer(sample: Sample) -> str:
    """Return the answer that a model is to learn."""
    return sample.answers[0]
