"""Answers that are far shorter or longer than those of their set."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from llm_engineering.application.datasets.configuration import Lengths
from llm_engineering.application.datasets.gates.texts import words
from llm_engineering.application.datasets.gates.verdicts import Refused, good_answer
from llm_engineering.domain.samples import RejectionReason, Sample


@dataclass(frozen=True, slots=True)
class LengthGate:
    """Rejects what has too few or too many words."""

    lengths: Lengths
    shortest: float
    """Fewest words of an answer."""
    longest: float
    """Most words of an answer."""

    @classmethod
    def of(cls, samples: Sequence[Sample], lengths: Lengths) -> "LengthGate":
        """Return the gate whose bounds follow from the answers of a set."""
        counts = [len(words(good_answer(sample))) for sample in samples]
        low, high = np.percentile(counts, [100 - lengths.percentile, lengths.percentile]) if counts else (0.0, np.inf)
        longest = high * lengths.factor
        return cls(
            lengths,
            shortest=max(lengths.min_words, low / lengths.factor),
            longest=longest if lengths.max_words is None else min(longest, lengths.max_words),
        )

    def __call__(self, sample: Sample) -> Refused | None:
        """Return what of a sample is too short or too long; None if nothing is."""
        asked, answered = len(words(sample.instruction)), len(words(good_answer(sample)))
        if answered < self.shortest:
            return _refused(RejectionReason.TOO_SHORT, "answer", answered, f"needed are {self.shortest:.0f}")
        if answered > self.longest:
            return _refused(RejectionReason.TOO_LONG, "answer", answered, f"allowed are {self.longest:.0f}")
        if asked < self.lengths.min_instruction_words:
            needed = f"needed are {self.lengths.min_instruction_words}"
            return _refused(RejectionReason.TOO_SHORT, "instruction", asked, needed)
        if asked > self.lengths.max_instruction_words:
            allowed = f"allowed are {self.lengths.max_instruction_words}"
            return _refused(RejectionReason.TOO_LONG, "instruction", asked, allowed)
        return None


def _refused(reason: RejectionReason, what: str, count: int, bound: str) -> Refused:
    return Refused(reason, f"Its {what} has {count} words, {bound}.")
