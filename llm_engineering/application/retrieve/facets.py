"""What an index can be filtered by: the values that are there, with how many passages have them."""

from collections.abc import Iterable, Mapping

from llm_engineering.application.ports import USERS, DocumentStore, SearchableIndex
from llm_engineering.application.warehouse.documents import author_from
from llm_engineering.domain.models import FrozenModel


class FacetValue(FrozenModel):
    """One value of a filter."""

    value: str
    passages: int
    """How many passages pass the filter."""


class Facets(FrozenModel):
    """The values of each filter, those with the most passages first."""

    authors: tuple[FacetValue, ...]
    """Full names."""
    categories: tuple[FacetValue, ...]
    platforms: tuple[FacetValue, ...]
    languages: tuple[FacetValue, ...]


def index_facets(vectors: SearchableIndex, documents: DocumentStore) -> Facets:
    """Return what the passages of an index can be filtered by.

    An author is named as the document store has them; passages of one whom it does not have are not offered, because
    a question could not name them.
    """
    names = {author.id: author.full_name for author in map(author_from, documents.find(USERS, {}))}
    by_author = vectors.counts_by("author_id")
    return Facets(
        authors=_ordered((names[key], count) for key, count in by_author.items() if key in names),
        categories=_values(vectors.counts_by("category")),
        platforms=_values(vectors.counts_by("platform")),
        languages=_values(vectors.counts_by("language")),
    )


def _values(counts: Mapping[str, int]) -> tuple[FacetValue, ...]:
    return _ordered(counts.items())


def _ordered(counts: Iterable[tuple[str, int]]) -> tuple[FacetValue, ...]:
    ordered = sorted(counts, key=lambda item: (-item[1], item[0]))
    return tuple(FacetValue(value=value, passages=count) for value, count in ordered)
