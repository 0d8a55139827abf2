"""Whether an archive is that of the person whose writing is collected."""

import re
from typing import Final
from unicodedata import combining, normalize

_WORD: Final = re.compile(r"[^\W\d_]+")


def names_one_person(first: str, second: str) -> bool:
    """Whether two full names can be one person's: all words of one are words of the other, at least two.

    Case, accents, and signs such as the hyphen do not count, so that "Zoë Brontë-Smith, PhD" is "Zoe Smith".
    """
    shorter, longer = sorted((_words(first), _words(second)), key=len)
    return len(shorter) >= 2 and shorter <= longer  # noqa: PLR2004 - first and last name


def _words(name: str) -> set[str]:
    letters = (letter for letter in normalize("NFKD", name) if not combining(letter))
    return set(_WORD.findall("".join(letters).casefold()))
