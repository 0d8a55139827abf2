"""Reads from the words of a question where to look: whose writing, of which kind, from when.

Only the question is read. What was crawled has no say in it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final
from unicodedata import normalize

from llm_engineering.application.answer.periods import period_in
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import Category
from llm_engineering.domain.models import FrozenModel

_CATEGORY_WORDS: Final = {
    Category.ARTICLES: r"articles?|blog posts?|blogs?|essays?",
    Category.POSTS: r"posts|tweets|social media posts",
    Category.REPOSITORIES: r"repository|repositories|repos?|source code|codebase",
}
_WHOSE: Final = r"(?:his|her|their|its|my|your|our|the|[\w.-]+['’]s|[\w.-]+s['’])"  # noqa: RUF001 - both apostrophes
_CATEGORY: Final = re.compile(
    rf"\b(?:in|from|on|across) (?:all |any )?(?:of )?{_WHOSE} (?:own )?(?:"
    + "|".join(f"(?P<{category.value}>{words})" for category, words in _CATEGORY_WORDS.items())
    + r")\b",
    re.IGNORECASE,
)


class Scope(FrozenModel):
    """What a question says about where to look; None is not said."""

    author: Author | None = None
    category: Category | None = None
    platform: str | None = None
    language: str | None = None
    """Of the sources."""
    since: date | None = None
    until: date | None = None
    words: str
    """The question without the words that say when and in which kind of writing to look."""
    notes: tuple[str, ...] = ()
    """What a reader should know of how it was read."""


def scope_by_rules(question: str, authors: Sequence[Author], today: date) -> Scope:
    """Return where a question says to look, by the names of authors and by English phrases.

    An author is meant who is named in full, or by a last name that only one author has, written with a capital and not
    merely at the beginning of a sentence. Of several authors none is meant: the question may compare them.
    """
    text = normalize("NFC", question)
    period = period_in(text, today)
    kind = _CATEGORY.search(text)
    places = [place for place in (period and period.place, kind and kind.span()) if place]
    return Scope(
        author=_only(authors_named(text, authors)),
        category=next((each for each in Category if kind and kind[each.value]), None),
        since=period.since if period else None,
        until=period.until if period else None,
        words=_without(text, places) if places else text,
    )


def authors_named(text: str, authors: Sequence[Author]) -> list[Author]:
    """Return the authors that a text names."""
    in_full = [author for author in authors if _names(text, author.full_name, re.IGNORECASE)]
    if in_full:
        return in_full
    lasts = [author.last_name for author in authors]
    unique = (author for author in authors if lasts.count(author.last_name) == 1)
    return [author for author in unique if author.last_name[:1].isupper() and _names_last(text, author.last_name)]


def _names(text: str, name: str, flags: int = 0) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, flags) is not None


def _names_last(text: str, last_name: str) -> bool:
    # At the beginning of a sentence every word has a capital: "Young models are ..."
    possessive = rf"(?<!\w){re.escape(last_name)}['’]"  # noqa: RUF001 - both apostrophes
    inside = rf"(?<=[\w,;:] ){re.escape(last_name)}(?!\w)"
    return re.search(f"{possessive}|{inside}", text) is not None


def _only(authors: Sequence[Author]) -> Author | None:
    return authors[0] if len(authors) == 1 else None


def _without(text: str, places: Iterable[tuple[int, int]]) -> str:
    """Return a text without some ranges that do not overlap, and without the gaps that they leave."""
    for start, end in sorted(places, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return re.sub(r" (?=[?.!,;:])", "", " ".join(text.split()))
