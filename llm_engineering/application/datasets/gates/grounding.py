"""How much of an answer its source supports.

An answer is taken apart into sentences. A source supports a sentence if it has most of its content stems and of its
pairs of neighbouring stems (the measure of `application/answer/support.py`: `(2 · stems + pairs) / 3`), no number that
the source lacks, and does not say the opposite. The share of an answer is that of its words that stand in supported
sentences. Sentences with fewer than two content stems claim nothing and do not count.

A source is the extract of the sample. Of a sample that does not say what it was made of, each sentence is compared
with the passages of all documents that share the most of its stems.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from llm_engineering.application.answer.support import Pair, claim_text, pairs_of, share
from llm_engineering.application.datasets.configuration import Grounding
from llm_engineering.application.datasets.gates.sources import MissingSource, Source, Sources, SourceText, numbers_in
from llm_engineering.application.datasets.gates.texts import normalized, runs_in_order, sentences, shortened, words
from llm_engineering.application.datasets.gates.verdicts import Refused, good_answer
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.samples import RejectionReason, Sample

_FEWEST_STEMS: Final = 2
_PASSAGES_COMPARED: Final = 3
_SAME_CLAIM: Final = 0.6
"""Share of the stems of two sentences that both have, from which on they speak of the same."""
_NEGATION: Final = re.compile(
    r"\b(?:not|never|no|none|nor|neither|nobody|nothing|without|cannot|hardly|\w+n['’]t)\b"  # noqa: RUF001 - apostrophes
)
_NAME: Final = re.compile(r"(?<![\w'’.@/-])[^\W\d_](?:[\w'’]|[-.](?=\w))*")  # noqa: RUF001 - apostrophes
_MIXED: Final = re.compile(r"[a-z][A-Z]|\d")
_LABEL: Final = re.compile(r"^\s*(?:#{1,6}\s|\*\*[^*\n]+\*\*:?\s*$|[-*+]\s*\*\*[^*\n]+\*\*)")


@dataclass(frozen=True, slots=True)
class GroundingReport:
    """How much of a text its source supports."""

    share: float
    """Of its words that claim something, those in supported sentences, 0 to 1; 1 if nothing is claimed."""
    run_share: float
    """Of its runs of six words, those that the source has, 0 to 1; 1 if it has fewer words and all are the source's."""
    new_numbers: tuple[str, ...]
    """Numbers that the source does not have."""
    new_names: tuple[str, ...]
    """Names that no sentence of the document has."""
    unsupported: tuple[str, ...]
    """Sentences that it does not support."""


class GroundingGate:
    """Rejects answers that say what their source does not."""

    def __init__(self, sources: Sources, grounding: Grounding, encoder: TermEncoder) -> None:
        self._sources = sources
        self._grounding = grounding
        self._encoder = encoder
        self.supported: dict[str, float] = {}
        """Supported share of each answer that was looked at, by the id of the sample."""
        self.run_shares: dict[str, float] = {}
        """Share of the runs of six words of each that its source has."""

    def __call__(self, sample: Sample) -> Refused | None:
        """Return why an answer is not grounded; None if it is."""
        source = self._sources.of(sample)
        if isinstance(source, MissingSource):
            return Refused(RejectionReason.UNGROUNDED, f"It cannot be checked: {source.problem}.")
        report = self.report(good_answer(sample), sample.instruction, source)
        self.supported[sample.id], self.run_shares[sample.id] = report.share, report.run_share
        detail = _fault(report, self._grounding)
        return Refused(RejectionReason.UNGROUNDED, detail) if detail else None

    def report(self, text: str, instruction: str, source: Source | None) -> GroundingReport:
        """Return how much of a text a source supports, or the passages of all documents where there is none.

        Numbers and names that the instruction has are not new: it was asked about them.
        """
        claims = [_Claim.of(sentence, self._encoder) for sentence in sentences(text)]
        made = [claim for claim in claims if len(claim.stems) >= _FEWEST_STEMS]
        compared = [(claim, self._compared(claim, source)) for claim in made]
        unsupported = [claim for claim, passages in compared if not self._is_supported(claim, passages)]
        total = sum(claim.words for claim in made)
        given = {number for _, passages in compared for passage in passages for number in passage.numbers}
        vocabulary = source.document.vocabulary if source else self._sources.vocabulary
        asked = f"{instruction} {source.title if source else ''}"
        new_numbers = {number for claim in made for number in claim.numbers} - given - numbers_in(asked)
        return GroundingReport(
            share=1 - sum(claim.words for claim in unsupported) / total if total else 1.0,
            run_share=self._run_share(text, source),
            new_numbers=tuple(sorted(new_numbers)),
            new_names=tuple(sorted(_new_names(claims, vocabulary | frozenset(words(asked))))),
            unsupported=tuple(claim.text for claim in unsupported),
        )

    def _compared(self, claim: "_Claim", source: Source | None) -> Sequence[SourceText]:
        if source is not None:
            return (source.text,)
        return self._sources.passages.closest(claim.stems, _PASSAGES_COMPARED)

    def _is_supported(self, claim: "_Claim", passages: Sequence[SourceText]) -> bool:
        return any(
            # What stands there as it is needs no measuring, which takes most of the time.
            claim.text in passage.text
            or (claim.support(passage) >= self._grounding.min_support and not claim.is_denied(passage))
            for passage in passages
        )

    def _run_share(self, text: str, source: Source | None) -> float:
        of_text = words(text)
        found = list(runs_in_order(of_text))
        if not found:
            known = source.text.vocabulary if source else self._sources.vocabulary
            return float(bool(of_text) and known.issuperset(of_text))
        given = source.text.runs if source else self._sources.runs
        return sum(run in given for run in found) / len(found)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A sentence of an answer."""

    text: str
    """As it stands there."""
    words: int
    stems: list[int]
    pairs: list[Pair]
    numbers: set[str]

    @classmethod
    def of(cls, sentence: str, encoder: TermEncoder) -> "_Claim":
        text = claim_text(sentence)
        stems = encoder.stems(text)
        return cls(sentence, len(text.split()), stems, pairs_of(stems), numbers_in(text))

    def support(self, passage: SourceText) -> float:
        """Return from 0 to 1 how far a passage says the same."""
        if self.numbers - passage.numbers:
            return 0.0
        by_stems = share(self.stems, passage.stems)
        return (2 * by_stems + share(self.pairs, passage.pairs)) / 3 if self.pairs else by_stems

    def is_denied(self, passage: SourceText) -> bool:
        """Return whether the sentence of a passage that speaks of the same says that it is not so, or the reverse."""
        own = set(self.stems)
        likeness = [
            (len(own & each.stems) / len(own | each.stems), each.text) for each in passage.sentences if each.stems
        ]
        best, closest = max(likeness, default=(0.0, ""))
        return best >= _SAME_CLAIM and _is_negated(self.text) != _is_negated(closest)


def _is_negated(sentence: str) -> bool:
    return _NEGATION.search(normalized(sentence)) is not None


def _new_names(claims: Sequence[_Claim], vocabulary: frozenset[str]) -> set[str]:
    """Return the words that are written like names and that a vocabulary lacks.

    These are words with a capital that do not begin a sentence, and words that mix capitals or digits with letters.
    The words of headings and labels are often capitalized, so they do not count.
    """
    found: set[str] = set()
    for claim in claims:
        if _LABEL.match(claim.text):
            continue
        for place, match in enumerate(_NAME.finditer(claim.text)):
            name = match[0]
            if _looks_like_name(name, begins=place == 0) and not vocabulary.issuperset(words(name)):
                found.add(name)
    return found


def _looks_like_name(word: str, *, begins: bool) -> bool:
    return _MIXED.search(word) is not None or (word[0].isupper() and not begins)


def _fault(report: GroundingReport, grounding: Grounding) -> str | None:
    if report.share < grounding.min_share:
        return (
            f"{report.share:.0%} of the answer is supported by its source, needed are {grounding.min_share:.0%}; "
            f'not supported: "{shortened(report.unsupported[0])}".'
        )
    for kind, new, most in (
        ("numbers", report.new_numbers, grounding.max_new_numbers),
        ("names", report.new_names, grounding.max_new_names),
    ):
        if most is not None and len(new) > most:
            return f"{len(new)} {kind} of the answer are not in its source, allowed are {most}: {', '.join(new[:5])}."
    return None
