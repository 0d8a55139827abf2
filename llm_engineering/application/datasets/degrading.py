"""Worse answers than the author's own, made without a language model: what a preference sample rejects.

Each kind teaches another difference. Those that are longer and those that are shorter than the author's answer balance
each other, so that a model does not learn to prefer by length.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from llm_engineering.application.datasets.blocks import joined_lines
from llm_engineering.application.datasets.degraded_phrases import PHRASES, Phrases
from llm_engineering.application.evaluate.excerpts import plain

_SENTENCE: Final = re.compile(r"(?<=[.!?…])\s+(?=[\"'“„«(¿¡]?[^\W\d_a-z])")
_CODE: Final = re.compile(r"(?ms)^(?:```|~~~).*?^(?:```|~~~)\s*|^(?: {4}|\t).*$")
_MIN_SHUFFLED: Final = 4
_MIN_SHORTENED: Final = 3
_MIN_PADDED: Final = 2


class Degradation(StrEnum):
    """What a rejected answer is like."""

    GENERIC = "generic"
    """It says what one could say about anything, in nobody's voice."""
    PADDED = "padded"
    """It says what the author says, with an empty phrase before each second sentence."""
    SHORTENED = "shortened"
    """It says the first sentence only and claims that this is all."""
    SHUFFLED = "shuffled"
    """It has the author's sentences in an order that makes no argument."""


def degraded(text: str, subject: str, language: str | None, seed: str) -> tuple[str, Degradation]:
    """Return a worse answer than a text, and what makes it worse.

    Which kind is taken follows from the seed; only those are that the text has enough sentences for. In a language that
    has no phrases here, the text is shuffled or shortened, or, if it is too short for that, generic in English.

    Args:
        text: The author's answer.
        subject: What the instruction asks about.
        language: Of the text, as ISO 639-1; None if it is not known.
        seed: Anything that stands for the sample.
    """
    sentences = _sentences(text)
    fitting = [kind for kind in Degradation if _fits(kind, sentences, language)] or [Degradation.GENERIC]
    digest = sha256(seed.encode()).digest()
    kind = fitting[digest[0] % len(fitting)]
    phrases = PHRASES.get(language or "", PHRASES["en"])
    return _MAKERS[kind](sentences, subject, phrases, digest), kind


def _fits(kind: Degradation, sentences: Sequence[str], language: str | None) -> bool:
    needed = {
        Degradation.GENERIC: 0,
        Degradation.PADDED: _MIN_PADDED,
        Degradation.SHORTENED: _MIN_SHORTENED,
        Degradation.SHUFFLED: _MIN_SHUFFLED,
    }
    needs_phrases = kind in {Degradation.GENERIC, Degradation.PADDED}
    return len(sentences) >= needed[kind] and (language in PHRASES or not needs_phrases)


def _sentences(text: str) -> list[str]:
    """Return the sentences of a text without its code and marks."""
    parts = (part.strip() for part in _CODE.sub("\n\n", text).split("\n\n"))
    paragraphs = (plain(joined_lines(part.split("\n"))) for part in parts)
    return [sentence for paragraph in paragraphs if paragraph for sentence in _SENTENCE.split(paragraph)]


def _generic(_: Sequence[str], subject: str, phrases: Phrases, digest: bytes) -> str:
    beginning = phrases.beginnings[digest[1] % len(phrases.beginnings)]
    ending = phrases.endings[digest[2] % len(phrases.endings)]
    first = digest[3] % len(phrases.middles)
    middles = [phrases.middles[(first + step) % len(phrases.middles)] for step in range(3)]
    return " ".join([beginning.format(subject=subject.rstrip("?!. ")), *middles, ending])


def _padded(sentences: Sequence[str], _: str, phrases: Phrases, digest: bytes) -> str:
    first = digest[1]
    padded = [
        f"{phrases.fillers[(first + place) % len(phrases.fillers)]} {sentence}" if place % 2 == 0 else sentence
        for place, sentence in enumerate(sentences)
    ]
    return " ".join([*padded, phrases.endings[digest[2] % len(phrases.endings)]])


def _shortened(sentences: Sequence[str], _: str, phrases: Phrases, digest: bytes) -> str:
    return f"{sentences[0]} {phrases.that_is_all[digest[1] % len(phrases.that_is_all)]}"


def _shuffled(sentences: Sequence[str], _: str, __: Phrases, ___: bytes) -> str:
    """Return every second sentence backwards, then the others: no two neighbours stay neighbours in their order."""
    return " ".join([*reversed(sentences[1::2]), *reversed(sentences[::2])])


_Maker = Callable[[Sequence[str], str, Phrases, bytes], str]
_MAKERS: Final[Mapping[Degradation, _Maker]] = MappingProxyType({
    Degradation.GENERIC: _generic,
    Degradation.PADDED: _padded,
    Degradation.SHORTENED: _shortened,
    Degradation.SHUFFLED: _shuffled,
})
