"""Who wrote it."""

from typing import Final, Self
from unicodedata import category, normalize

from pydantic import Field

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel

_APOSTROPHES: Final = "'’"  # noqa: RUF001 - names are written with the typographic apostrophe too
_SIGNS: Final = _APOSTROPHES + ".-·\u200c\u200d"
"""Signs inside names. The two joiners show nothing; Persian and Indic names are written with them."""


class InvalidAuthorNameError(InvalidInputError):
    """A full name is not written as first and last name."""

    def __init__(self, full_name: str) -> None:
        super().__init__(
            f"{full_name[:80]!r} is not a full name.",
            remedy='Write first and last name with a space between them, as in "Maxime Labonne".',
        )
        self.full_name = full_name


class Author(FrozenModel):
    """A person whose writing is collected. The natural key is first name and last name."""

    id: str = Field(alias="_id")
    first_name: str
    last_name: str

    @classmethod
    def from_full_name(cls, full_name: str) -> Self:
        """Return the author of a full name: its last word is the last name, the words before it the first name.

        Runs of white space count as one space, and characters in Unicode normal form C: the same name typed on
        another machine is the same author.

        Raises:
            InvalidAuthorNameError: Fewer than two words, or a word that does not look like a part of a name
                (a user name, an address, a number).
        """
        words = normalize("NFC", full_name).split()
        if len(words) < 2 or not all(map(_is_part_of_name, words)):  # noqa: PLR2004 - first and last
            raise InvalidAuthorNameError(full_name)
        first_name, last_name = " ".join(words[:-1]), words[-1]
        return cls(id=identifier("author", first_name, last_name), first_name=first_name, last_name=last_name)

    @property
    def full_name(self) -> str:
        """First name and last name with a space between them."""
        return f"{self.first_name} {self.last_name}"


def _is_part_of_name(word: str) -> bool:
    """Whether a word starts with a letter, or an apostrophe and a letter, and has no sign that names lack."""
    word = word.lstrip(_APOSTROPHES)
    return word[:1].isalpha() and all(sign in _SIGNS or category(sign)[0] in "LMN" for sign in word)
