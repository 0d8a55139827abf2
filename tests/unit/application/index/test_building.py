"""Which collection documents go into."""

import pytest

from llm_engineering.application.index.building import (
    UnfinishedCollectionError,
    collection_for,
    note_begun,
    noted_entry,
)
from tests.support.catalogs import CatalogInMemory
from tests.support.switches import LETTERS, NOON, built, fingerprint, noted


@pytest.fixture
def catalog() -> CatalogInMemory:
    return CatalogInMemory("twin")


def test_a_new_fingerprint_has_a_new_name_and_nothing_is_made(catalog: CatalogInMemory) -> None:
    assert collection_for(catalog, fingerprint(40), NOON) == f"twin-{fingerprint(40).digest}"
    assert catalog.names() == []


def test_a_known_fingerprint_has_its_collection(catalog: CatalogInMemory) -> None:
    catalog.switch(built(catalog, 40))
    assert collection_for(catalog, fingerprint(40), NOON) == catalog.live()
    assert collection_for(catalog, fingerprint(50), NOON) != catalog.live()


def test_a_collection_from_before_is_adopted_as_it_is(catalog: CatalogInMemory) -> None:
    catalog.make("twin", LETTERS)

    assert collection_for(catalog, fingerprint(40), NOON) == "twin"

    assert noted_entry(catalog, "twin").fingerprint == fingerprint(40)
    assert (catalog.live(), catalog.names()) == ("twin", ["twin"])


def test_a_collection_from_before_with_another_model_stays_live_beside_the_new_one(catalog: CatalogInMemory) -> None:
    other = LETTERS.model_copy(update={"precision": "bfloat16"})
    catalog.make("twin", other)

    assert collection_for(catalog, fingerprint(40), NOON) == f"twin-{fingerprint(40).digest}"

    assert noted_entry(catalog, "twin").fingerprint == fingerprint(40, other)
    assert catalog.live() == "twin"


def test_a_collection_from_before_is_of_the_first_versions(catalog: CatalogInMemory) -> None:
    catalog.make("twin", LETTERS)
    later = fingerprint(40).model_copy(update={"chunker": 2})

    assert collection_for(catalog, later, NOON) == f"twin-{later.digest}"

    assert noted_entry(catalog, "twin").fingerprint.chunker == 1


def test_a_collection_without_terms_is_left_to_who_opens_it(catalog: CatalogInMemory) -> None:
    catalog.make("twin", LETTERS, terms=None)

    assert collection_for(catalog, fingerprint(40), NOON) == "twin"
    assert catalog.entry("twin") is None


def test_it_is_noted_once_that_a_collection_was_begun(catalog: CatalogInMemory) -> None:
    catalog.make("twin-0123456789ab", LETTERS)
    note_begun(catalog, "twin-0123456789ab", fingerprint(40), model_id="org/letters", now=NOON)
    noted(catalog, "twin-0123456789ab", 40, points=7, model_id="org/letters")

    note_begun(catalog, "twin-0123456789ab", fingerprint(40), model_id="org/letters", now=NOON)

    assert noted_entry(catalog, "twin-0123456789ab").points == 7


def test_nothing_is_noted_of_what_was_never_begun(catalog: CatalogInMemory) -> None:
    with pytest.raises(UnfinishedCollectionError, match="never filled to the end"):
        noted_entry(catalog, "twin-0123456789ab")
