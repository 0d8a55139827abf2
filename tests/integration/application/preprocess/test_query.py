from datetime import UTC, datetime

import pytest

from llm_engineering.application.ports import DOCUMENTS, USERS, DocumentStore
from llm_engineering.application.preprocess.query import (
    RawDocuments,
    UnknownAuthorError,
    known_author,
    raw_documents,
)
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.documents import StoredObjectInvalidError, write_documents
from llm_engineering.domain.authors import InvalidAuthorNameError
from llm_engineering.domain.documents import (
    ArticleDocument,
    Category,
    Content,
    PostDocument,
    RawDocument,
    RepositoryDocument,
)
from llm_engineering.domain.outcomes import Dropped
from tests.support.documents import article, source_file

pytestmark = pytest.mark.integration


@pytest.fixture
def ada(documents: DocumentStore) -> str:
    """Write an author and return her id."""
    return written_author(documents, "Ada Lovelace").author.id


def by(author_id: str, document: RawDocument, full_name: str = "Ada Lovelace") -> RawDocument:
    return document.model_copy(update={"author_id": author_id, "author_full_name": full_name})


def post(text: str, author_id: str) -> PostDocument:
    return PostDocument(
        id=f"id of {text}",
        content=Content.model_validate({"Title": "", "Content": text, "Likes": 3}),
        platform="linkedin",
        author_id=author_id,
        author_full_name="Ada Lovelace",
        link=f"https://linkedin.com/{text}",
        image=None,
    )


def test_all_documents_of_an_author_are_found_category_by_category(documents: DocumentStore, ada: str) -> None:
    written = [by(ada, source_file("print()")), post("hello", ada), by(ada, article("Text."))]
    write_documents(documents, written)

    found = raw_documents(documents, ["Ada Lovelace"])

    assert [type(document) for document in found.items] == [ArticleDocument, PostDocument, RepositoryDocument]
    assert found.items == (written[2], written[1], written[0])
    assert found.author_ids == (ada,)
    assert found.dropped == ()


def test_the_figures_count_by_category_author_and_domain(documents: DocumentStore, ada: str) -> None:
    write_documents(documents, [by(ada, source_file("print()")), by(ada, article("Text."))])

    assert raw_documents(documents, ["Ada Lovelace"]).figures == {
        "documents": 2,
        "dropped": {},
        "per_category": {"articles": 1, "repositories": 1},
        "per_author": {"Ada Lovelace": 2},
        "per_domain": {"ada.dev": 1, "github.com": 1},
    }


def test_what_is_gone_or_a_duplicate_is_dropped_with_the_reason(documents: DocumentStore, ada: str) -> None:
    live = by(ada, article("Text.", link="https://ada.dev/live"))
    gone = by(ada, article("Old.", link="https://ada.dev/gone")).model_copy(
        update={"gone_at": datetime(2026, 3, 2, 10, tzinfo=UTC)}
    )
    copy = by(ada, post("copy", ada)).model_copy(update={"duplicate_of": live.id})
    write_documents(documents, [live, gone, copy])

    found = raw_documents(documents, ["Ada Lovelace"])

    assert found.items == (live,)
    assert found.dropped == (
        Dropped(item="https://ada.dev/gone", reason="gone", detail="Its source has not had it since 2026-03-02."),
        Dropped(
            item="https://linkedin.com/copy",
            reason="duplicate",
            detail="https://ada.dev/live says nearly the same and stands for it.",
        ),
    )
    assert found.figures["dropped"] == {"gone": 1, "duplicate": 1}
    assert found.figures["documents"] == 1


def test_authors_come_in_the_order_of_their_names_and_others_not_at_all(documents: DocumentStore, ada: str) -> None:
    bob = written_author(documents, "Bob Byron").author.id
    eve = written_author(documents, "Eve Else").author.id
    write_documents(
        documents,
        [
            by(ada, article("Of Ada.", link="https://ada.dev/1")),
            by(bob, article("Of Bob.", link="https://bob.dev/1"), "Bob Byron"),
            by(eve, article("Of Eve.", link="https://eve.dev/1"), "Eve Else"),
        ],
    )

    found = raw_documents(documents, ["Bob Byron", "Ada Lovelace", "Bob  Byron"])

    assert [document.content.text for document in found.items] == ["Of Bob.", "Of Ada."]
    assert found.author_ids == (bob, ada)


def test_a_known_author_without_documents_is_no_error(documents: DocumentStore, ada: str) -> None:
    found = raw_documents(documents, ["Ada Lovelace"])

    assert (found.items, found.author_ids) == ((), (ada,))


def test_an_author_keeps_the_stored_identifier(documents: DocumentStore) -> None:
    documents.upsert(USERS, [{"_id": "imported", "first_name": "Ada", "last_name": "Lovelace"}])

    assert known_author(documents, "Ada Lovelace").id == "imported"


def test_another_author_who_is_not_valid_is_no_hindrance(documents: DocumentStore) -> None:
    written_author(documents, "Ada Lovelace")
    documents.upsert(USERS, [{"_id": "foreign", "first_name": "Bob", "last_name": "Byron", "age": 3}])

    assert known_author(documents, "Ada Lovelace").full_name == "Ada Lovelace"


def test_an_unknown_author_is_told_with_the_known_ones(documents: DocumentStore) -> None:
    for name in ("Zoe Zed", "Ada Lovelace"):
        written_author(documents, name)

    with pytest.raises(UnknownAuthorError) as caught:
        raw_documents(documents, ["Ada Lovelace", "Bob Byron"])

    assert caught.value.problem == "Nothing is stored of 'Bob Byron'; there is Ada Lovelace, Zoe Zed."
    assert "poetry poe run-digital-data-etl" in caught.value.remedy
    assert (caught.value.full_name, caught.value.known) == ("Bob Byron", ("Ada Lovelace", "Zoe Zed"))


def test_of_many_known_authors_five_are_named(documents: DocumentStore) -> None:
    for name in ("Gil G", "Fay F", "Eve E", "Dan D", "Cid C", "Bob B"):
        written_author(documents, name)

    with pytest.raises(UnknownAuthorError, match=r"there is Bob B, Cid C, Dan D, Eve E, Fay F, \.\.\.\."):
        known_author(documents, "Ada Lovelace")


def test_an_empty_store_is_told(documents: DocumentStore) -> None:
    with pytest.raises(UnknownAuthorError, match="'Ada Lovelace'; the store is empty"):
        known_author(documents, "Ada Lovelace")


def test_a_name_that_is_none_is_refused_before_it_is_looked_for(documents: DocumentStore) -> None:
    with pytest.raises(InvalidAuthorNameError, match="'ada' is not a full name"):
        raw_documents(documents, ["ada"])


def test_a_stored_document_that_is_not_valid_is_named(documents: DocumentStore, ada: str) -> None:
    foreign = {"_id": "1", "author_id": ada, "link": "https://ada.dev/one", "text": "Text."}
    documents.upsert(DOCUMENTS[Category.ARTICLES], [foreign])

    with pytest.raises(StoredObjectInvalidError, match="'1' of the collection 'articles'"):
        raw_documents(documents, ["Ada Lovelace"])


@pytest.mark.parametrize(
    ("document", "category"),
    [
        (article("Text."), "articles"),
        (post("hello", "ada"), "posts"),
        (source_file("print()"), "repositories"),
    ],
)
def test_a_record_keeps_the_type_and_exactly_the_fields_that_were_set(document: RawDocument, category: str) -> None:
    record = RawDocuments.record(document)

    read = RawDocuments.item(record)

    assert record["category"] == category
    assert type(read) is type(document)
    assert read == document
    assert read.model_fields_set == document.model_fields_set
