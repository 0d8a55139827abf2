"""Joins pages of an author that say nearly the same: one of them stands for the others."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from llm_engineering.application.crawl.links import InvalidLinkError, web_link
from llm_engineering.application.crawl.resemblance import SIGNATURE_VALUES, Fingerprint, fingerprint, signature
from llm_engineering.application.ports import DOCUMENTS, DocumentStore, JsonObject
from llm_engineering.application.warehouse.documents import documents_of
from llm_engineering.domain.documents import Category, RawDocument
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result

if TYPE_CHECKING:
    from datasketch import MinHash

JOINED_CATEGORIES: Final = (Category.ARTICLES, Category.POSTS)
"""Files of repositories are what they are: the same licence in two repositories is two files."""

_RESEMBLANCE: Final = 0.9
_RESEMBLANCE_OF_ONE_ADDRESS: Final = 0.5
"""Of pages that declare the same canonical address: each site has its own layout, and some sites declare their home
page on every page."""
_MIN_WORDS: Final = 25
"""Shorter texts are joined only if they are equal word for word: a few words more or less are a different message."""
_LONG_WORDS: Final = 400
"""Up to this length, two different messages can have a signature or a preamble that is nearly the whole text."""
_END_SHINGLES: Final = 10
_END_CONTAINMENT: Final = 0.5

# 16 bands of 8 values find a pair of resemblance 0.9 with a probability of 1 - (1 - 0.9^8)^16 = 0.9999, and one of
# 0.5 in 6 of 100 cases (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4).
_BANDS: Final = (16, 8)
# Four standard deviations of an estimate by 128 values below the true resemblance.
_ESTIMATE_SLACK: Final = {_RESEMBLANCE: 0.11, _RESEMBLANCE_OF_ONE_ADDRESS: 0.18}
_NUMBER: Final = re.compile(r"\d+")
_LATEST: Final = "~"
"""Above every date in ISO 8601."""


class Duplicate(FrozenModel):
    """A document for which another one stands."""

    link: str
    duplicate_of: str
    """Link of the document that stands for it."""
    resemblance: float
    """Share of the shingles (runs of five words) of both that both have, from 0 to 1; 1 for equal words."""


class JoinReport(Result):
    """Which documents of an author are duplicates."""

    documents: int
    """Articles and posts that were compared: those that are not gone."""
    duplicates: tuple[Duplicate, ...]
    """All of them, in the order of links."""
    joined: int
    """Documents that were no duplicates, or of another document, before."""
    released: int
    """Documents that were duplicates before and are none any more."""

    @property
    def figures(self) -> Figures:
        """How many documents were compared, and how many are duplicates."""
        return {
            "documents": self.documents,
            "duplicates": len(self.duplicates),
            "joined": self.joined,
            "released": self.released,
        }


@dataclass(frozen=True, slots=True)
class _Stored:
    """Where the outcome for a document is written."""

    id: str
    category: Category
    link: str
    duplicate_of: str | None


@dataclass(frozen=True, slots=True, eq=False)
class _Page:
    """What of a document decides whether it is a duplicate; its text is not kept."""

    id: str
    link: str
    address: str
    """The link, normalised."""
    canonical: str
    """The address that it declares as its own, normalised; that of its link if it declares none."""
    is_article: bool
    language: str | None
    title_numbers: tuple[str, ...]
    characters: int
    published_at: str
    text: Fingerprint
    signature: "MinHash"

    @property
    def names_another(self) -> bool:
        """Whether it says of itself that it is a copy of another page."""
        return self.canonical != self.address


@dataclass(frozen=True, slots=True, eq=False)
class _Match:
    """A page and the one that stands for it."""

    page: _Page
    first: _Page
    resemblance: float

    @property
    def duplicate(self) -> Duplicate:
        return Duplicate(link=self.page.link, duplicate_of=self.first.link, resemblance=round(self.resemblance, 3))


def joined_duplicates(store: DocumentStore, author_id: str) -> JoinReport:
    """Write to each article and post of an author whether it is a duplicate, and of which other one.

    Two documents say nearly the same if they have the same words in the same order, if they resemble each other by
    0.9 (see `Duplicate.resemblance`), or by 0.5 and declare the same canonical address. Never so if their languages
    differ, and without a common address not if their titles have different numbers ("Part 1", "Part 2"), or if both
    are short and neither has its beginning, or neither its end, in the other: two messages with one signature.

    Of such documents the one comes first that names no other address as its canonical one, then one that others name,
    an article before a post, the longer text, the earlier date, the smaller link. Each document in this order stands
    for all later ones that are like it and for which none stands yet, so that a duplicate is always like the document
    that stands for it, and the outcome depends on nothing but the documents. A document that is gone neither is a
    duplicate nor stands for one. Only what changes is written.

    Raises:
        StoredObjectInvalidError: A stored document is not valid.
        StoreUnavailableError: The store could not be reached; repeat the call.
    """
    stored: list[_Stored] = []
    pages: list[_Page] = []
    for document in documents_of(store, author_id, JOINED_CATEGORIES):
        stored.append(_Stored(document.id, document.category, document.link, document.duplicate_of))
        if document.gone_at is None:
            pages.append(_page(document))
    matches = {match.page.id: match for match in _matches(_ranked(pages))}
    wanted = {each.id: matches[each.id].first.id if each.id in matches else None for each in stored}
    changed = [each for each in stored if wanted[each.id] != each.duplicate_of]
    _write(store, author_id, changed, wanted)
    return JoinReport(
        documents=len(pages),
        duplicates=tuple(sorted((match.duplicate for match in matches.values()), key=lambda each: each.link)),
        joined=sum(wanted[each.id] is not None for each in changed),
        released=sum(wanted[each.id] is None for each in changed),
    )


def _write(store: DocumentStore, author_id: str, changed: Sequence[_Stored], wanted: Mapping[str, str | None]) -> None:
    for category in JOINED_CATEGORIES:
        objects: list[JsonObject] = [
            {"_id": each.id, "author_id": author_id, "link": each.link, "duplicate_of": wanted[each.id]}
            for each in changed
            if each.category is category
        ]
        store.upsert(DOCUMENTS[category], objects)


def _page(document: RawDocument) -> _Page:
    text = fingerprint(document.content.text)
    extra = document.content.model_extra or {}
    address = _address(document.link)
    return _Page(
        id=document.id,
        link=document.link,
        address=address,
        canonical=_address(str(extra.get("canonical_url") or document.link)),
        is_article=document.category is Category.ARTICLES,
        language=document.content.language,
        title_numbers=tuple(_NUMBER.findall(document.content.title)),
        characters=len(document.content.text),
        published_at=str(extra.get("published_at") or _LATEST),
        text=text,
        signature=signature(text),
    )


def _address(link: str) -> str:
    """Return an address as links are compared: normalised if it is one of the web."""
    try:
        return web_link(link).address
    except InvalidLinkError:
        return link


def _ranked(pages: Sequence[_Page]) -> list[_Page]:
    """Return the pages, those first that stand for others."""
    named = {page.canonical for page in pages if page.names_another}
    return sorted(
        pages,
        key=lambda page: (
            page.names_another,
            page.address not in named,
            not page.is_article,
            -page.characters,
            page.published_at,
            page.link,
            page.id,
        ),
    )


def _matches(ranked: Sequence[_Page]) -> Iterator[_Match]:
    """Yield each duplicate with the first of the ranked pages that is like it and no duplicate itself."""
    candidates = _Candidates(ranked)
    joined: set[int] = set()
    for place, first in enumerate(ranked):
        if place in joined:
            continue
        for later in candidates.after(place):
            if later not in joined and (resemblance := _likeness(first, ranked[later])) is not None:
                joined.add(later)
                yield _Match(ranked[later], first, resemblance)


class _Candidates:
    """The pages that may be like a page, found without comparing all with all."""

    def __init__(self, ranked: Sequence[_Page]) -> None:
        from datasketch import MinHashLSH

        self._ranked = ranked
        self._like = MinHashLSH(num_perm=SIGNATURE_VALUES, params=_BANDS)
        self._same: dict[str, list[int]] = {}
        for place, page in enumerate(ranked):
            for key in {page.text.digest, page.canonical}:
                self._same.setdefault(key, []).append(place)
            if page.text.words >= _MIN_WORDS:
                self._like.insert(place, page.signature)

    def after(self, place: int) -> list[int]:
        """Return the places of candidates with a lower rank than the page at a place."""
        page = self._ranked[place]
        found = {*self._same[page.text.digest], *self._same[page.canonical]}
        if page.text.words >= _MIN_WORDS:
            found.update(self._like.query(page.signature))
        return sorted(each for each in found if each > place)


def _likeness(first: _Page, second: _Page) -> float | None:
    """Return the resemblance of two pages that say nearly the same, or None if they do not."""
    if first.language and second.language and first.language != second.language:
        return None
    if first.text.digest == second.text.digest:
        return 1.0 if first.text.words else None
    if min(first.text.words, second.text.words) < _MIN_WORDS:
        return None
    is_one_address = first.canonical == second.canonical
    threshold = _RESEMBLANCE_OF_ONE_ADDRESS if is_one_address else _RESEMBLANCE
    if first.signature.jaccard(second.signature) < threshold - _ESTIMATE_SLACK[threshold]:
        return None
    if not is_one_address and (_are_parts(first, second) or _are_messages(first.text, second.text)):
        return None
    resemblance = first.text.resemblance(second.text)
    return resemblance if resemblance >= threshold else None


def _are_parts(first: _Page, second: _Page) -> bool:
    """Whether the titles tell two parts, releases or weeks apart."""
    numbers = first.title_numbers, second.title_numbers
    return all(numbers) and numbers[0] != numbers[1]


def _are_messages(first: Fingerprint, second: Fingerprint) -> bool:
    """Whether two short texts begin differently, or end differently: then what they share is a signature."""
    if max(first.words, second.words) > _LONG_WORDS:
        return False
    ends = slice(_END_SHINGLES), slice(-_END_SHINGLES, None)
    return any(max(first.containment(end, second), second.containment(end, first)) < _END_CONTAINMENT for end in ends)
