"""What is counted in a text to tell its style, in four families that say little about its subject."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

from llm_engineering.application.evaluate.style.prose import WORD, sentences, words

_WORD_LIST: Final = """
a about above across after again against ago all almost alone along already also although always am among an and
another any anybody anyone anything are aren't around as at away back be because become becomes been before
behind being below beside besides between beyond both but by can can't cannot could couldn't did didn't do does
doesn't doing don't done down during each either else enough even ever every everybody everyone everything
except far few first for from further get gets getting go goes going gone got had hadn't has hasn't have haven't
having he he'd he'll he's hence her here here's hers herself him himself his how how's however i i'd i'll i'm
i've if in indeed inside instead into is isn't it it'd it'll it's its itself just last latter least less let
let's like little lot lots many may maybe me meanwhile might mine more moreover most mostly much must my myself
near nearly neither never nevertheless next no nobody none nor not nothing now nowhere of off often ok on once
one one's ones only onto or other others otherwise ought our ours ourselves out outside over own per perhaps
quite rather really same second seem seems several shall she she'd she'll she's should shouldn't since so some
somebody someone something sometimes somewhere soon still such than that that's the their theirs them themselves
then there there's therefore these they they'd they'll they're they've third this those though through
throughout thus to together too toward towards under unless unlike until up upon us very via was wasn't we we'd
we'll we're we've well were weren't what what's whatever when whenever where where's whereas wherever whether
which whichever while who who's whoever whole whom whose why will with within without won't would wouldn't yes
yet you you'd you'll you're you've your yours yourself yourselves
"""
FUNCTION_WORDS: Final = frozenset(_WORD_LIST.split())
"""English words that say little about a subject."""
_N: Final = 4
_SENTENCE_BOUNDS: Final = (4, 8, 12, 16, 20, 25, 30, 40)
_WORD_BOUNDS: Final = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12)
_SIGNS: Final = re.compile(r"\.\.\.|--|[^\w\s]")
_PLAIN_SIGNS: Final = frozenset(".,;:!?…-–—()[]\"'/&%+=$#@*|")  # noqa: RUF001 - the dashes differ


class Family(StrEnum):
    """A kind of trait; each is given the same weight."""

    FUNCTION_WORDS = "function_words"
    """How often each of `FUNCTION_WORDS` is used, of all words."""
    CHARACTERS = "characters"
    """Runs of four characters; the letters of all other words are replaced by asterisks (Stamatatos, 2017)."""
    PUNCTUATION = "punctuation"
    """How often each sign stands, for each word."""
    LENGTHS = "lengths"
    """Lengths of sentences in words and of words in letters."""


Counts = Mapping[Family, Mapping[str, int]]
TOTAL: Final = ""
"""Key of what the counts of a family are divided by."""


def counts(paragraphs: Sequence[str]) -> Counts:
    """Return how often each trait stands in some paragraphs of prose, and under `TOTAL` of how many."""
    text = "\n".join(paragraphs)
    found = words(text)
    return {
        Family.FUNCTION_WORDS: Counter({TOTAL: len(found)}) + Counter(each for each in found if each in FUNCTION_WORDS),
        Family.CHARACTERS: _characters(text),
        Family.PUNCTUATION: Counter({TOTAL: len(found)}) + Counter(map(_sign, _SIGNS.findall(text))),
        Family.LENGTHS: _lengths(paragraphs, found),
    }


def masked(text: str) -> str:
    """Return a text in lower case in which every letter of a word that is no function word is an asterisk."""
    return WORD.sub(_mask, text.lower())


def _mask(found: re.Match[str]) -> str:
    return found[0] if found[0] in FUNCTION_WORDS else "*" * len(found[0])


def _characters(text: str) -> Counter[str]:
    line = re.sub(r"\d", "0", f" {' '.join(masked(text).split())} ")
    found = Counter(line[start : start + _N] for start in range(len(line) - _N + 1))
    found[TOTAL] = found.total()
    return found


@lru_cache(maxsize=4096)
def _sign(sign: str) -> str:
    """Return a sign, or what kind it is of, so that rare emojis count together."""
    return sign if len(sign) > 1 or sign in _PLAIN_SIGNS else unicodedata.category(sign)


def _lengths(paragraphs: Sequence[str], found: Sequence[str]) -> Counter[str]:
    lengths = [len(words(sentence)) for paragraph in paragraphs for sentence in sentences(paragraph)]
    shares = Counter(f"sentence {_place(length, _SENTENCE_BOUNDS)}" for length in lengths)
    # A share of sentences and a share of words: both are brought to the number of words.
    scale = len(found) / max(1, len(lengths))
    scaled = Counter({key: round(count * scale) for key, count in shares.items()})
    return Counter({TOTAL: len(found)}) + scaled + Counter(f"word {_place(len(each), _WORD_BOUNDS)}" for each in found)


def _place(length: int, bounds: Sequence[int]) -> int:
    return sum(length > bound for bound in bounds)
