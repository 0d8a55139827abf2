"""What detectors find in samples: personal data, secrets, profanity."""

from collections import Counter

from llm_engineering.application.datasets.detectors import Finding, TextDetector
from llm_engineering.application.datasets.gates.verdicts import Refused
from llm_engineering.domain.samples import FlaggedSample, InstructSample, RejectionReason, Sample


class DetectorGate:
    """Rejects samples in which a detector finds something. What it finds is not told, only what kind it is of."""

    def __init__(self, detector: TextDetector, reason: RejectionReason, kinds: tuple[str, ...] | None = None) -> None:
        self._detector = detector
        self._reason = reason
        self._kinds = kinds

    def __call__(self, sample: Sample) -> Refused | None:
        """Return which kinds of things are found, and how many; None if none is."""
        found = Counter(
            finding.kind
            for finding in findings(sample, self._detector)
            if self._kinds is None or finding.kind in self._kinds
        )
        if not found:
            return None
        named = ", ".join(f"{count} of kind {kind!r}" for kind, count in sorted(found.items()))
        return Refused(self._reason, f"It holds {named}, allowed are 0.")


def findings(sample: Sample, detector: TextDetector) -> list[Finding]:
    """Return what a detector finds in the texts of a sample, each text on its own."""
    return [finding for text in (sample.instruction, *sample.answers) for finding in detector.findings(text)]


def profane(sample: Sample, detector: TextDetector) -> FlaggedSample | None:
    """Return the flag of a sample that swears; None if it does not."""
    found = findings(sample, detector)
    if not found:
        return None
    return FlaggedSample(
        sample_id=sample.id, flag="profanity", detail=f"It has {len(found)} words of a list of swear words."
    )


def masked(sample: Sample, detector: TextDetector) -> Sample:
    """Return a sample with the name of its kind in the place of each thing that a detector finds."""
    names = ("instruction", "answer") if isinstance(sample, InstructSample) else ("instruction", "chosen", "rejected")
    return sample.model_copy(update={name: _masked_text(getattr(sample, name), detector) for name in names})


def _masked_text(text: str, detector: TextDetector) -> str:
    for finding in sorted(detector.findings(text), key=lambda each: each.start, reverse=True):
        text = f"{text[: finding.start]}[{finding.kind}]{text[finding.end :]}"
    return text
