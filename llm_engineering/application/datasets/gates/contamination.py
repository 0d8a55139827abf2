"""Samples that evaluation sets have, so that a model trained on them would be asked what it has seen."""

from collections.abc import Mapping, Sequence
from typing import Final

from llm_engineering.application.datasets.configuration import Contamination
from llm_engineering.application.datasets.gates.likeness import LikeTexts
from llm_engineering.application.datasets.gates.texts import runs, shortened, words
from llm_engineering.application.datasets.gates.verdicts import good_answer
from llm_engineering.domain.samples import Rejection, RejectionReason, Sample

_LIKENESS: Final = 0.8
"""From which likeness on a short text, which has few runs of words, counts as one of an evaluation set."""


class _Exam:
    """The texts of evaluation sets."""

    def __init__(self, texts: Mapping[str, Sequence[str]], run_words: int) -> None:
        self.texts = [(name, text) for name, of_set in texts.items() for text in of_set if words(text)]
        self._run_words = run_words
        self.sizes: list[int] = []
        self._holders: dict[int, list[int]] = {}
        for place, (_, text) in enumerate(self.texts):
            found = runs(words(text), run_words)
            self.sizes.append(len(found))
            for run in found:
                self._holders.setdefault(run, []).append(place)

    def most_shared(self, text: str) -> tuple[int, float]:
        """Return the place of the text that has most in common with another one, and how much.

        That is the part of the runs of the shorter one that the other has; 0 if no text has any.
        """
        counts: dict[int, int] = {}
        found = runs(words(text), self._run_words)
        for run in found:
            for place in self._holders.get(run, ()):
                counts[place] = counts.get(place, 0) + 1
        shares = ((count / min(self.sizes[place], len(found)), place) for place, count in counts.items())
        part, place = max(shares, default=(0.0, 0))
        return place, part


def contaminated(
    samples: Sequence[Sample], texts: Mapping[str, Sequence[str]], contamination: Contamination
) -> list[Rejection]:
    """Return the samples that hold a text of an evaluation set, or most of it.

    Args:
        samples: Those to look at.
        texts: Questions and answers of evaluation sets, by the name of the set.
        contamination: How much counts.
    """
    exam = _Exam(texts, contamination.run_words)
    if not exam.texts:
        return []
    asked = [text for _, text in exam.texts]
    like = LikeTexts([*asked, *(sample.instruction for sample in samples)], _LIKENESS)
    for place in range(len(asked)):
        like.add(place)
    found = []
    for place, sample in enumerate(samples, start=len(asked)):
        detail = _shared(sample, exam, contamination) or _alike(place, like, exam)
        if detail:
            found.append(Rejection(sample=sample, reason=RejectionReason.CONTAMINATED, detail=detail))
    return found


def _shared(sample: Sample, exam: _Exam, contamination: Contamination) -> str | None:
    for text in (sample.instruction, good_answer(sample)):
        place, part = exam.most_shared(text)
        if part > contamination.max_share:
            name, known = exam.texts[place]
            return (
                f"It shares {part:.0%} of the runs of {contamination.run_words} words with a text of {name!r}, allowed "
                f'are {contamination.max_share:.0%}: "{shortened(known)}".'
            )
    return None


def _alike(place: int, like: LikeTexts, exam: _Exam) -> str | None:
    found = like.like(place)
    if not found:
        return None
    name, known = exam.texts[found[0]]
    return (
        f"Its instruction has {like.likeness(place, found[0]):.0%} of the words of a text of {name!r}, from "
        f'{_LIKENESS:.0%} on that counts: "{shortened(known)}".'
    )
