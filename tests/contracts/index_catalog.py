"""What every IndexCatalog promises; each adapter and each fake runs this suite."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from llm_engineering.application.index.catalog import (
    CollectionIdentity,
    CollectionInUseError,
    IndexCatalog,
    IndexEntry,
    UnknownCollectionError,
)
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.preprocess.chunking import Chunking
from llm_engineering.domain.chunks import STANDARD_TERMS
from tests.contracts.vector_store import IDENTITY

OpenCatalog = Callable[[], IndexCatalog]
Make = Callable[[str], None]

INDEX = "catalog-contract"
BLUE, GREEN, RED = (f"{INDEX}-{digit * 12}" for digit in "bef")
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
FINGERPRINT = IndexFingerprint(chunking=Chunking(max_tokens=256), embedding=IDENTITY, terms=STANDARD_TERMS)


def entry(**fields: object) -> IndexEntry:
    return IndexEntry(fingerprint=FINGERPRINT, made_at=NOON).model_copy(update=fields)


class IndexCatalogContract:
    """Subclasses give `open_catalog`, which opens the catalog of `INDEX`, and `make`, which makes a collection."""

    @pytest.fixture
    def open_catalog(self) -> OpenCatalog:
        raise NotImplementedError

    @pytest.fixture
    def make(self) -> Make:
        raise NotImplementedError

    @pytest.fixture
    def catalog(self, open_catalog: OpenCatalog) -> Iterator[IndexCatalog]:
        opened = open_catalog()
        yield opened
        opened.close()

    def test_it_tells_its_index(self, catalog: IndexCatalog) -> None:
        assert catalog.index == INDEX
        assert catalog.location

    def test_it_can_be_checked_and_that_makes_nothing(self, catalog: IndexCatalog) -> None:
        catalog.check()
        assert (catalog.live(), list(catalog.names())) == (None, [])

    def test_at_first_nothing_is_there(self, catalog: IndexCatalog) -> None:
        assert (catalog.live(), catalog.previous(), list(catalog.names())) == (None, None, [])

    def test_a_collection_from_before_fingerprints_is_live(self, catalog: IndexCatalog, make: Make) -> None:
        make(INDEX)
        assert (catalog.live(), catalog.previous()) == (INDEX, None)

    def test_a_new_collection_is_not_live_by_itself(self, catalog: IndexCatalog, make: Make) -> None:
        make(BLUE)
        assert (catalog.live(), list(catalog.names())) == (None, [BLUE])

    def test_a_switch_leaves_the_previous_one(self, catalog: IndexCatalog, make: Make) -> None:
        make(BLUE)
        make(GREEN)
        catalog.switch(BLUE)
        assert (catalog.live(), catalog.previous()) == (BLUE, None)
        catalog.switch(GREEN)
        assert (catalog.live(), catalog.previous()) == (GREEN, BLUE)
        catalog.switch(BLUE)
        assert (catalog.live(), catalog.previous()) == (BLUE, GREEN)

    def test_the_one_from_before_fingerprints_can_be_gone_back_to(self, catalog: IndexCatalog, make: Make) -> None:
        make(INDEX)
        make(GREEN)
        catalog.switch(GREEN)
        assert (catalog.live(), catalog.previous()) == (GREEN, INDEX)
        catalog.switch(INDEX)
        assert (catalog.live(), catalog.previous()) == (INDEX, GREEN)

    def test_switching_to_the_live_one_changes_nothing(self, catalog: IndexCatalog, make: Make) -> None:
        make(BLUE)
        make(GREEN)
        catalog.switch(BLUE)
        catalog.switch(GREEN)
        catalog.switch(GREEN)
        assert (catalog.live(), catalog.previous()) == (GREEN, BLUE)

    def test_what_is_not_there_cannot_be_switched_to_or_noted(self, catalog: IndexCatalog, make: Make) -> None:
        make(BLUE)
        catalog.switch(BLUE)
        with pytest.raises(UnknownCollectionError, match=GREEN):
            catalog.switch(GREEN)
        with pytest.raises(UnknownCollectionError, match=GREEN):
            catalog.note(GREEN, entry())
        with pytest.raises(UnknownCollectionError, match=GREEN):
            catalog.identity(GREEN)
        assert (catalog.live(), catalog.entry(GREEN)) == (BLUE, None)

    def test_only_collections_of_the_index_are_named(self, catalog: IndexCatalog, make: Make) -> None:
        for name in (RED, BLUE, f"{INDEX}-older", f"{INDEX}y", f"{BLUE}-copy", f"{INDEX}2-{'a' * 12}"):
            make(name)
        assert list(catalog.names()) == [BLUE, RED]

    def test_a_collection_tells_its_vectors(self, catalog: IndexCatalog, make: Make) -> None:
        make(BLUE)
        assert catalog.identity(BLUE) == CollectionIdentity(embedding=IDENTITY, terms=STANDARD_TERMS)

    def test_the_last_note_holds(self, catalog: IndexCatalog, make: Make) -> None:
        make(BLUE)
        assert catalog.entry(BLUE) is None
        catalog.note(BLUE, entry(rolled_back_at=NOON, points=7))
        catalog.note(BLUE, entry(synced_at=NOON, points=8, model_id="org/three-numbers"))
        assert catalog.entry(BLUE) == entry(synced_at=NOON, points=8, model_id="org/three-numbers")
        assert catalog.identity(BLUE).embedding == IDENTITY

    def test_others_are_deleted_and_what_is_in_use_is_not(self, catalog: IndexCatalog, make: Make) -> None:
        for name in (BLUE, GREEN, RED):
            make(name)
        catalog.switch(BLUE)
        catalog.switch(GREEN)
        catalog.delete(RED)
        catalog.delete(RED)
        for name in (BLUE, GREEN):
            with pytest.raises(CollectionInUseError, match=name):
                catalog.delete(name)
        assert list(catalog.names()) == [BLUE, GREEN]

    def test_a_deleted_collection_begins_anew(self, catalog: IndexCatalog, make: Make) -> None:
        make(BLUE)
        catalog.note(BLUE, entry(points=7))
        catalog.delete(BLUE)
        make(BLUE)
        assert catalog.entry(BLUE) is None

    def test_a_size_is_positive_or_unknown(self, catalog: IndexCatalog, make: Make) -> None:
        make(BLUE)
        size = catalog.size_bytes(BLUE)
        assert size is None or size > 0

    def test_everything_is_there_after_opening_again(self, open_catalog: OpenCatalog, make: Make) -> None:
        make(BLUE)
        make(GREEN)
        first = open_catalog()
        first.switch(BLUE)
        first.switch(GREEN)
        first.note(BLUE, entry(points=3))
        first.close()
        again = open_catalog()
        found = (again.live(), again.previous(), again.entry(BLUE))
        again.close()
        assert found == (GREEN, BLUE, entry(points=3))

    def test_closing_twice_is_fine(self, catalog: IndexCatalog) -> None:
        catalog.close()
        catalog.close()
