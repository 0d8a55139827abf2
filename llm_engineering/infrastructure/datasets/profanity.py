"""Swear words in texts, by the list of better-profanity.

The library's own search compares each word with each of its list; here each different word is asked about once.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

from llm_engineering.application.datasets.detectors import Finding
from llm_engineering.infrastructure.datasets.detectors import DatasetsExtraMissingError

_WORD: Final = re.compile(r"\w+(?:[@$*]+\w*)*(?:['’-]\w+)*")  # noqa: RUF001 - apostrophes as people type them
_MASKED: Final = re.compile(r"[^\W\d_]+[@$*]+[^\W\d_]+")
_REMEMBERED: Final = 1 << 17
_NAMES_IN_CODE: Final = ("len", "strip")
"""Of the library's list; they are functions of many languages."""


class ProfanityDetector:
    """Finds swear words, also those with a sign in the place of letters.

    Raises:
        DatasetsExtraMissingError: better-profanity is not installed.
    """

    def __init__(self) -> None:
        self._swears = _swears()

    def findings(self, text: str) -> Sequence[Finding]:
        """Return the swear words of a text, in its order."""
        return [
            Finding("profanity", match.start(), match.end())
            for match in _WORD.finditer(text)
            if self._swears(match[0].lower())
        ]


def _swears() -> Callable[[str], bool]:
    """Return the function that tells whether a lower-case word is a swear word."""
    try:
        from better_profanity import Profanity
    except ImportError as error:
        raise DatasetsExtraMissingError("better-profanity") from error
    library = Profanity()
    library.load_censor_words(whitelist_words=list(_NAMES_IN_CODE))
    listed = {str(word) for word in library.CENSOR_WORDSET}

    @lru_cache(maxsize=_REMEMBERED)
    def swears(word: str) -> bool:
        return word in listed or (_MASKED.fullmatch(word) is not None and word in library.CENSOR_WORDSET)

    return swears
