"""Samples that say what another one says: on the same side of the split, or on the other one."""

from collections.abc import Sequence

from llm_engineering.application.datasets.configuration import Duplicates
from llm_engineering.application.datasets.gates.likeness import LikeTexts
from llm_engineering.application.datasets.gates.texts import shortened, words
from llm_engineering.application.datasets.gates.verdicts import good_answer
from llm_engineering.domain.samples import Rejection, RejectionReason, Sample, Split


class Repeats:
    """Finds the samples of a set that repeat an earlier one. Those of the training side are the earlier ones."""

    def __init__(self, samples: Sequence[Sample], duplicates: Duplicates) -> None:
        self._samples = sorted(samples, key=lambda sample: sample.split is Split.TEST)
        self._parts = (
            _Part("instruction", [sample.instruction for sample in self._samples], duplicates.instruction_likeness),
            _Part("answer", [good_answer(sample) for sample in self._samples], duplicates.answer_likeness),
        )

    def rejected(self, *, within: bool = True, across: bool = True) -> list[Rejection]:
        """Return the samples that repeat one that is kept.

        Args:
            within: Whether those are rejected that repeat one of their own side.
            across: Whether those of the test side are rejected that repeat one of the training side.
        """
        rejections = []
        for place, sample in enumerate(self._samples):
            found = self._rejection(place, sample, within=within, across=across)
            if found:
                rejections.append(found)
            else:
                for part in self._parts:
                    part.add(place)
        return rejections

    def _rejection(self, place: int, sample: Sample, *, within: bool, across: bool) -> Rejection | None:
        for part in self._parts:
            earlier = part.earlier(place)
            leaks = [other for other in earlier if self._is_across(place, other)]
            repeats = [other for other in earlier if not self._is_across(place, other)]
            if across and leaks:
                return part.rejection(sample, self._samples[leaks[0]], place, leaks[0], RejectionReason.LEAKED)
            if within and repeats:
                return part.rejection(sample, self._samples[repeats[0]], place, repeats[0], None)
        return None

    def _is_across(self, one: int, other: int) -> bool:
        return (self._samples[one].split is Split.TEST) != (self._samples[other].split is Split.TEST)


class _Part:
    """The instructions of a set, or its answers."""

    def __init__(self, name: str, texts: Sequence[str], threshold: float) -> None:
        self._name = name
        self._texts = texts
        self._threshold = threshold
        self._like = LikeTexts(texts, threshold)
        self._same: dict[tuple[str, ...], list[int]] = {}

    def add(self, place: int) -> None:
        self._same.setdefault(tuple(words(self._texts[place])), []).append(place)
        self._like.add(place)

    def earlier(self, place: int) -> list[int]:
        """Return the added texts that say the same, those with the same words first."""
        same = self._same.get(tuple(words(self._texts[place])), [])
        return [*same, *(other for other in self._like.like(place) if other not in same)]

    def rejection(
        self, sample: Sample, kept: Sample, place: int, other: int, reason: RejectionReason | None
    ) -> Rejection:
        likeness = self._like.likeness(place, other)
        is_same = words(self._texts[place]) == words(self._texts[other])
        where = " on the training side" if reason is RejectionReason.LEAKED else ""
        how = (
            "has the words"
            if is_same
            else f"has {likeness:.0%} (from {self._threshold:.0%} on that counts) of the words"
        )
        return Rejection(
            sample=sample,
            reason=reason or (RejectionReason.DUPLICATE if is_same else RejectionReason.NEAR_DUPLICATE),
            detail=f'Its {self._name} {how} of sample {kept.id}{where}: "{shortened(self._texts[other])}".',
        )


def torn_documents(samples: Sequence[Sample]) -> list[Rejection]:
    """Return the test samples of documents of which the training side has some, too."""
    trained = {
        sample.provenance.source.document_id
        for sample in samples
        if sample.provenance and sample.split is not Split.TEST
    }
    return [
        Rejection(
            sample=sample,
            reason=RejectionReason.LEAKED,
            detail=f"Its document {sample.provenance.source.link!r} is on both sides of the split, allowed are 0.",
        )
        for sample in samples
        if sample.provenance and sample.split is Split.TEST and sample.provenance.source.document_id in trained
    ]
