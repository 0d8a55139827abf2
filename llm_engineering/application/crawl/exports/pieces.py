"""What the readers of export archives return: pieces of writing, before they belong to an author."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from llm_engineering.application.crawl.addresses import page_address
from llm_engineering.application.crawl.exports.archive import Archive, MemberError
from llm_engineering.application.crawl.links import InvalidLinkError, web_link
from llm_engineering.domain.documents import Category
from llm_engineering.domain.outcomes import Dropped

_TITLE_CHARACTERS: Final = 80


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of writing that its author has published."""

    place: str
    """Where it stands: the name of the member, and for a row or an entry ":" and what identifies it there."""
    category: Category
    """Articles or posts."""
    text: str
    """Markdown of an article, plain text of a post."""
    address: str | None = None
    """Where it was published; None if the archive does not say."""
    title: str | None = None
    """None of a post, which gets its first words."""
    subtitle: str | None = None
    image: str | None = None
    """Address of the picture that goes with a post."""
    facts: Mapping[str, str | None] = field(default_factory=dict)
    """What else is known, by name; what is None is left out."""


Found = Piece | Dropped
"""What a reader yields; the item of what it dropped is a place in the archive."""


def member_pattern(pattern: str) -> re.Pattern[str]:
    """Return the pattern of names of members, which may stand in one folder that holds the whole archive."""
    return re.compile(rf"(?:[^/]+/)?(?:{pattern})")


def pieces_of(
    archive: Archive, pattern: re.Pattern[str], read: Callable[[str, str], Iterator[Found]]
) -> Iterator[Found]:
    """Yield what is found in each member of a pattern; one that cannot be read is dropped.

    Args:
        archive: The archive.
        pattern: Which members are read, in the order of their names.
        read: Called with the name and the text of a member; may raise `MemberError`.
    """
    for name in archive.matching(pattern):
        try:
            yield from read(name, archive.text(name))
        except MemberError as error:
            yield error.drop


def published_address(text: str | None) -> str | None:
    """Return the address that a cell or an attribute holds, as a crawl of the page stores it; None if it is none."""
    if not text or not text.strip():
        return None
    try:
        return page_address(web_link(text.strip())).address
    except InvalidLinkError:
        return None


def first_words(text: str) -> str:
    """Return the beginning of a text as a title: its first line, cut after a word if it is long."""
    line = next(filter(None, map(str.strip, text.splitlines())), "")
    if len(line) <= _TITLE_CHARACTERS:
        return line
    cut = line[:_TITLE_CHARACTERS]
    return f"{cut.rpartition(' ')[0] or cut}…"
