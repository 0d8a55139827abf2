"""Answers that are broken, and answers that stop in mid-sentence."""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from llm_engineering.application.datasets.gates.sources import Sources
from llm_engineering.application.datasets.gates.texts import shortened, words
from llm_engineering.application.datasets.gates.verdicts import Refused, good_answer
from llm_engineering.domain.samples import PreferenceSample, RejectionReason, Sample

_REPLACEMENT: Final = re.compile("\ufffd|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\\\\u[0-9a-fA-F]{4}")
_MOJIBAKE: Final = re.compile("â€[™œ\x9d“”¦\u0153\u2122\u009d]|Ã[\u0080-\u00bf©¨¼¶¤]|Â[\u00a0\u00bb«»]")
_WRAPPED: Final = re.compile(r"\A\s*(?:\{\s*\"|\[\s*\{\s*\")")
_FENCE: Final = re.compile(r"^[ \t>]*(?:```|~~~)", re.MULTILINE)
_ENDED: Final = re.compile(
    r"[.!?…。！？؟।](?:[\"'”’»)\]}*_`~]|\s)*\Z"  # noqa: RUF001 - the ends of sentences in other scripts
)
_UNENDED: Final = re.compile(r"(?:(?<![.…])\.\.\.|…|[,;:(\[{&/–—-])[*_]*\s*\Z")  # noqa: RUF001 - dashes
_SIGN_AT_END: Final = re.compile(r"[^\w\s,;:(\[{<\"'&/\\+=–—-]\Z")  # noqa: RUF001 - dashes
_ADDRESS_AT_END: Final = re.compile(r"(?:https?://\S+|\]\([^)\s]+\))\W*\Z")
_ITEM: Final = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+\S")
_BLOCK_END: Final = re.compile(r"\A[^\S\n]*(?:\n[^\S\n]*(?:\n|[-*+•>#|]|\d{1,3}[.)]\s|```|~~~|\Z)|\Z)")
_LEADING: Final = re.compile(r"\A[\"'”’»)\]}*_`~.!?]*")  # noqa: RUF001 - quotes as people type them
_TAIL_WORDS: Final = 6
_FOLLOWING_READ: Final = 200
_SHORT_WORDS: Final = 8
_LOOPED_WORDS: Final = 5
_MOST_REPEATED: Final = 0.3
_FEWEST_REPEATED: Final = 4


def broken(sample: Sample) -> Refused | None:
    """Return how the form of a sample is broken; None if it is not."""
    fault = _fault(sample)
    return Refused(RejectionReason.BAD_FORMAT, fault) if fault else None


def _fault(sample: Sample) -> str | None:
    for name, text in (("instruction", sample.instruction), *(("answer", each) for each in sample.answers)):
        if not words(text):
            return f"Its {name} has 0 words, needed is 1: {shortened(text)!r}."
        unreadable = _REPLACEMENT.findall(text) + _MOJIBAKE.findall(text)
        if unreadable:
            return f"Its {name} has {len(unreadable)} broken characters, allowed are 0: {unreadable[0]!r}."
    answer = good_answer(sample)
    if _WRAPPED.match(answer):
        return f'Its answer is JSON instead of text, allowed are 0 wrappers: "{shortened(answer, 40)}".'
    if words(answer) == words(sample.instruction):
        return "Its answer repeats its instruction, allowed are 0 words in common order only."
    return _loop(answer)


def _loop(answer: str) -> str | None:
    """Return how a text goes round in a circle, as models do that do not find an end."""
    of_answer = words(answer)
    found = Counter(zip(*(of_answer[start:] for start in range(_LOOPED_WORDS)), strict=False))
    run, count = max(found.items(), key=lambda item: item[1], default=((), 0))
    part = count * _LOOPED_WORDS / len(of_answer) if of_answer else 0.0
    if count >= _FEWEST_REPEATED and part > _MOST_REPEATED and len(set(run)) > 1:
        return f'It says "{" ".join(run)}" {count} times, {part:.0%} of its words, allowed are {_MOST_REPEATED:.0%}.'
    return None


def same_answers(sample: Sample) -> Refused | None:
    """Return that both answers say the same, word for word; None if they differ."""
    if isinstance(sample, PreferenceSample) and words(sample.chosen) == words(sample.rejected):
        return Refused(
            RejectionReason.SAME_ANSWERS, "Its chosen and its rejected answer differ in 0 words, needed is 1."
        )
    return None


class TruncationGate:
    """Rejects answers that stop in mid-sentence.

    Where an answer ends with words of its document, what follows there tells whether a sentence or a block ends with
    it. Elsewhere the last character has to be one that ends a sentence, unless the last line is an item of a list, a
    row of a table, code or an address.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._texts: dict[str, _Text] = {}

    def __call__(self, sample: Sample) -> Refused | None:
        """Return where an answer stops; None if it ends."""
        answer = good_answer(sample).rstrip()
        if len(_FENCE.findall(answer)) % 2:
            return _stops(answer, "inside a block of code")
        document = self._sources.document_text(sample)
        follows = self._text(sample, document).after(answer.split()[-_TAIL_WORDS:]) if document else None
        if follows is not None:
            return None if _ends_there(answer, follows) else _stops(answer, "where its document goes on")
        return None if _ends(answer) else _stops(answer, "in mid-sentence")

    def _text(self, sample: Sample, document: str) -> "_Text":
        document_id = sample.provenance.source.document_id if sample.provenance else ""
        if document_id not in self._texts:
            self._texts[document_id] = _Text(document)
        return self._texts[document_id]


def _stops(answer: str, where: str) -> Refused:
    return Refused(
        RejectionReason.TRUNCATED, f'It stops {where}, allowed are 0 open ends: "{shortened(answer[-60:])}".'
    )


class _Text:
    """A document in which words are looked for, whatever white space parts them."""

    def __init__(self, text: str) -> None:
        self._text = text
        found = list(re.finditer(r"\S+", text))
        self._joined = " ".join(match[0] for match in found)
        self._starts = [match.start() for match in found]
        lengths = (match.end() - match.start() + 1 for match in found)
        self._joined_starts = list(accumulate(lengths, initial=0))

    def after(self, words: Sequence[str]) -> str | None:
        """Return what follows words in the text, the last of which may be cut off; None if they do not stand there."""
        tail = " ".join(words)
        place = self._joined.find(tail)
        if place < 0 or not tail:
            return None
        last = place + len(tail) - 1
        number = bisect_right(self._joined_starts, last) - 1
        return self._text[self._starts[number] + last - self._joined_starts[number] + 1 :][:_FOLLOWING_READ]


def _ends_there(answer: str, follows: str) -> bool:
    """Whether a sentence or a block of the document ends where an answer does."""
    if answer.endswith(":"):
        return False
    if follows[:1].isalnum() and answer[-1:].isalnum():
        return False
    rest = _LEADING.sub("", follows, count=1)
    return bool(_BLOCK_END.match(rest)) or bool(_ENDED.search(answer)) or bool(re.match(r"[.!?…]", follows))


def _ends(answer: str) -> bool:
    """Whether a text that nobody can be asked about looks complete."""
    if _ENDED.search(answer) and not _UNENDED.search(answer):
        return True
    if _UNENDED.search(answer):
        return False
    last = answer.rsplit("\n", 1)[-1].strip()
    if last.startswith(("```", "~~~", "|", "#")) or _ADDRESS_AT_END.search(last) or _SIGN_AT_END.search(last):
        return True
    return bool(_ITEM.match(last)) and len(last.split()) <= _SHORT_WORDS
