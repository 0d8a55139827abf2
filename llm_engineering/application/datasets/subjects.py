"""What an extract is about, in the author's own words: its heading, and terms that stand out in it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import log
from typing import Final

from llm_engineering.application.evaluate.excerpts import plain
from llm_engineering.application.evaluate.headings import GENERIC_WORDS, asked, without_author
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.samples import Extract

_BOLD: Final = re.compile(r"(\*\*|__)(?=\S)(?P<term>[^*_]{3,60}?)(?<=\S)\1")
_CODE: Final = re.compile(r"(?<!`)`(?P<term>[A-Za-z_][\w.]{2,39}(?:\(\))?)`(?!`)")
_NAME: Final = re.compile(r"\b[A-Z][\w+#]*(?:[ -][A-Z0-9][\w+#-]*)+|\b[A-Z][a-z]+[A-Z]\w*|\b[A-Z]{2,}s?\b")
_WORD: Final = re.compile(r"[^\W\d_][\w'’-]*[^\W_]")  # noqa: RUF001 - an apostrophe as people type it
_FENCED: Final = re.compile(r"(?ms)^(?:```|~~~).*?^(?:```|~~~)|^(?: {4}|\t).*$")
_SENTENCE: Final = re.compile(r"[.!?…:;,()]+(?:\s|$)|\n\n")
_SIGNS: Final = re.compile(r"^\W+|[^\w)]+$")
_MAX_TERM_WORDS: Final = 5
_MAX_TOPIC_WORDS: Final = 18
_PAIR: Final = 2
_MIN_LETTERS: Final = 4
_COMMON_PAIR: Final = 3
"""Two words that stand together in so many extracts are a term, such as "greedy search", and no accident."""


class Subjects:
    """Finds topics and terms.

    Args:
        encoder: Tells stop words and the forms of a word, as in the index.
        extracts: All of a data set: what stands in few of them says more.
    """

    def __init__(self, encoder: TermEncoder, extracts: Sequence[Extract]) -> None:
        self._encoder = encoder
        self._extracts = len(extracts)
        self._holding = Counter(
            key for extract in extracts for key in {self.key(term) for term in self._all(extract.text)}
        )

    def topic(self, extract: Extract) -> str | None:
        """Return the innermost heading that says something, else the title; None if there is neither.

        Numbers and signs before it are gone, and it ends with a question mark if it asks something.
        """
        source = extract.provenance
        for heading in (*reversed(extract.heading_path), source.title):
            found = without_author(asked(heading), source.author_full_name)
            words = [word for word in found.casefold().split() if word.strip(":,.!?…&") not in GENERIC_WORDS]
            is_telling = any(map(str.isalpha, found)) and self.key(" ".join(words))
            if is_telling and found.strip(" ?").casefold() != source.author_full_name.casefold():
                return found.rstrip(".") if len(found.split()) <= _MAX_TOPIC_WORDS else None
        return None

    def terms(self, extract: Extract, topic: str | None) -> list[str]:
        """Return terms of an extract that say more than its topic, those first that stand out most.

        What the author wrote in bold or as code comes first, then names, then pairs of words that stand together in
        several extracts, then other pairs, and last single words. Within each those come first that stand there often
        and elsewhere seldom.
        Two terms of the same words are one.
        """
        known = self.key(topic or "")
        found: dict[frozenset[int], str] = {}
        pairs = list(self._pairs(extract.text))
        common = [pair for pair in pairs if self._holding[self.key(pair)] >= _COMMON_PAIR]
        words = [word for word in _WORD.findall(plain(_FENCED.sub(" ", extract.text))) if len(word) >= _MIN_LETTERS]
        for terms in (_marked(extract.text), _names(extract.text), common, pairs, words):
            for term in self._telling(terms):
                key = self.key(term)
                if key and not key <= known:
                    found.setdefault(key, term)
        return list(found.values())

    def key(self, text: str) -> frozenset[int]:
        """Return the telling words of a text, whatever their forms and order."""
        return frozenset(self._encoder.stems(text))

    def _all(self, text: str) -> Iterator[str]:
        yield from (*_marked(text), *_names(text), *self._pairs(text))

    def _telling(self, terms: Iterable[str]) -> list[str]:
        """Return terms once each, by how often they are there and how few extracts have them (tf-idf)."""
        counts = Counter(terms)
        return sorted(
            counts, key=lambda term: -counts[term] * log((self._extracts + 1) / (self._holding[self.key(term)] or 1))
        )

    def _pairs(self, text: str) -> Iterator[str]:
        for sentence in _sentences(text):
            for first, second in pairwise(_WORD.findall(sentence)):
                pair = f"{first} {second}"
                if pair in sentence and len(self.key(pair)) == _PAIR:
                    yield pair.lower() if first[1:].islower() else pair


def _sentences(text: str) -> list[str]:
    return [plain(sentence) for sentence in _SENTENCE.split(_FENCED.sub(" ", text))]


def _marked(text: str) -> list[str]:
    prose = _FENCED.sub(" ", text)
    bold = [_SIGNS.sub("", plain(found["term"])) for found in _BOLD.finditer(prose)]
    fitting = [term for term in bold if term and len(term.split()) <= _MAX_TERM_WORDS]
    return [*fitting, *(found["term"] for found in _CODE.finditer(prose))]


def _names(text: str) -> list[str]:
    # The first word of a sentence has a capital for that reason alone.
    inside = (sentence.partition(" ")[2] for sentence in _sentences(text))
    return [name[0] for sentence in inside for name in _NAME.finditer(sentence)]
