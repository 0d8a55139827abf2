import pytest

from llm_engineering.application.ports import USERS, DocumentStore
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import StoredObjectInvalidError
from llm_engineering.domain.authors import Author, InvalidAuthorNameError

ADA_ID = "2e3b2376-bb55-53b8-803e-1863f13b87c1"


def test_a_new_author_is_written(store: DocumentStore) -> None:
    written = written_author(store, "Ada Lovelace")

    assert written.author == Author(id=ADA_ID, first_name="Ada", last_name="Lovelace")
    assert written.is_new
    assert list(store.find(USERS, {})) == [{"_id": ADA_ID, "first_name": "Ada", "last_name": "Lovelace"}]


def test_a_known_author_is_found_however_the_name_is_spaced(store: DocumentStore) -> None:
    written_author(store, "Ada Lovelace")

    again = written_author(store, " Ada  Lovelace ")

    assert (again.author.id, again.is_new) == (ADA_ID, False)
    assert store.count(USERS, {}) == 1


def test_an_imported_author_keeps_the_identifier_that_documents_refer_to(store: DocumentStore) -> None:
    imported = {"_id": "of another program", "first_name": "Ada", "last_name": "Lovelace"}
    store.upsert(USERS, [imported])

    written = written_author(store, "Ada Lovelace")

    assert (written.author.id, written.is_new) == ("of another program", False)
    assert list(store.find(USERS, {})) == [imported]


def test_the_figures_say_who_it_is(store: DocumentStore) -> None:
    assert written_author(store, "Ada Lovelace").figures == {
        "author": "Ada Lovelace",
        "author_id": ADA_ID,
        "is_new": True,
    }


def test_nothing_is_written_for_a_name_that_is_none(store: DocumentStore) -> None:
    with pytest.raises(InvalidAuthorNameError, match="'ada' is not a full name"):
        written_author(store, "ada")

    assert store.count(USERS, {}) == 0


def test_an_author_that_another_program_wrote_wrongly_is_told(store: DocumentStore) -> None:
    store.upsert(USERS, [{"_id": "1", "first_name": "Ada", "last_name": "Lovelace", "age": 36}])

    with pytest.raises(StoredObjectInvalidError, match=r"object '1' of the collection 'users' is not valid: age"):
        written_author(store, "Ada Lovelace")
