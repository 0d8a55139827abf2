from datetime import UTC, datetime

import pytest

from llm_engineering.application.ports import DOCUMENTS, USERS, DocumentStore, WriteReport
from llm_engineering.application.warehouse.documents import (
    StoredObjectInvalidError,
    author_from,
    document_at,
    document_from,
    documents_of,
    stored_author,
    stored_json,
    write_author,
    write_documents,
)
from llm_engineering.domain.authors import Author, InvalidAuthorNameError
from llm_engineering.domain.documents import ArticleDocument, Category, Content, PostDocument

ARTICLE = ArticleDocument(
    id="a1",
    content=Content(title="On engines", text="# Engines"),
    platform="ada.example",
    author_id="ada",
    author_full_name="Ada Lovelace",
    link="https://ada.example/engines",
)
POST = PostDocument(
    id="p1",
    content=Content(title="Short", subtitle=None, text="Hello", language="en"),
    platform="linkedin",
    author_id="ada",
    author_full_name="Ada Lovelace",
    link="https://linkedin.example/1",
    crawled_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    image="https://linkedin.example/1.png",
)


class TestStoredJson:
    def test_holds_only_what_was_set(self) -> None:
        assert stored_json(ARTICLE) == {
            "_id": "a1",
            "content": {"Title": "On engines", "Content": "# Engines"},
            "platform": "ada.example",
            "author_id": "ada",
            "author_full_name": "Ada Lovelace",
            "link": "https://ada.example/engines",
        }

    def test_keeps_none_that_was_set(self) -> None:
        stored = stored_json(POST)

        assert stored["content"] == {"Title": "Short", "Subtitle": None, "Content": "Hello", "language": "en"}
        assert stored["crawled_at"] == "2026-01-02T03:04:05Z"

    @pytest.mark.parametrize("document", [ARTICLE, POST])
    def test_is_read_as_the_same_document(self, document: ArticleDocument | PostDocument) -> None:
        again = document_from(document.category, stored_json(document))

        assert again == document
        assert stored_json(again) == stored_json(document)


class TestAuthors:
    def test_a_new_author_is_not_written(self, store: DocumentStore) -> None:
        assert stored_author(store, "Ada Lovelace") == Author.from_full_name("Ada Lovelace")
        assert store.count(USERS, {}) == 0

    def test_a_known_author_keeps_the_stored_id(self, store: DocumentStore) -> None:
        store.upsert(USERS, [{"_id": "imported", "first_name": "Ada", "last_name": "Lovelace"}])

        assert stored_author(store, " Ada  Lovelace ").id == "imported"

    def test_is_written_once(self, store: DocumentStore) -> None:
        author = stored_author(store, "Ada Lovelace")

        assert write_author(store, author) == WriteReport(inserted=1)
        assert write_author(store, author) == WriteReport(unchanged=1)
        assert stored_author(store, "Ada Lovelace") == author

    def test_refuses_what_is_no_name(self, store: DocumentStore) -> None:
        with pytest.raises(InvalidAuthorNameError, match="'ada' is not a full name"):
            stored_author(store, "ada")

    def test_names_a_stored_author_that_is_not_valid(self, store: DocumentStore) -> None:
        store.upsert(USERS, [{"_id": "u1", "first_name": "Ada", "last_name": "Lovelace", "born": 1815}])

        with pytest.raises(StoredObjectInvalidError) as caught:
            stored_author(store, "Ada Lovelace")

        assert (caught.value.collection, caught.value.object_id) == ("users", "u1")
        assert caught.value.faults == ("born: Extra inputs are not permitted, got 1815",)

    def test_names_one_without_id(self) -> None:
        with pytest.raises(StoredObjectInvalidError, match="_id: Field required"):
            author_from({"first_name": "Ada", "last_name": "Lovelace"})


class TestDocuments:
    def test_are_written_to_the_collection_of_their_category(self, store: DocumentStore) -> None:
        assert write_documents(store, [ARTICLE, POST]) == WriteReport(inserted=2)
        assert list(store.find(DOCUMENTS[Category.ARTICLES], {})) == [stored_json(ARTICLE)]
        assert list(store.find(DOCUMENTS[Category.POSTS], {})) == [stored_json(POST)]
        assert store.count(DOCUMENTS[Category.REPOSITORIES], {}) == 0

    def test_none_are_written_of_none(self, store: DocumentStore) -> None:
        assert write_documents(store, []) == WriteReport()

    def test_a_field_that_is_not_set_keeps_its_stored_value(self, store: DocumentStore) -> None:
        seen = datetime(2026, 1, 1, tzinfo=UTC)
        write_documents(store, [ARTICLE.model_copy(update={"crawled_at": seen})])

        assert write_documents(store, [ARTICLE]) == WriteReport(unchanged=1)
        assert [each.crawled_at for each in documents_of(store, "ada", [Category.ARTICLES])] == [seen]

    def test_are_found_by_author_and_category(self, store: DocumentStore) -> None:
        others = ARTICLE.model_copy(update={"id": "a2", "author_id": "charles"})
        write_documents(store, [ARTICLE, others, POST])

        assert list(documents_of(store, "ada", Category)) == [ARTICLE, POST]
        assert list(documents_of(store, "ada", [Category.POSTS])) == [POST]
        assert list(documents_of(store, "ada", [])) == []
        assert list(documents_of(store, "nobody", Category)) == []

    def test_are_found_by_link(self, store: DocumentStore) -> None:
        write_documents(store, [ARTICLE])

        assert document_at(store, "ada", Category.ARTICLES, "https://ada.example/engines") == ARTICLE
        assert document_at(store, "ada", Category.ARTICLES, "https://ada.example/other") is None
        assert document_at(store, "charles", Category.ARTICLES, "https://ada.example/engines") is None
        assert document_at(store, "ada", Category.POSTS, "https://ada.example/engines") is None

    def test_names_a_stored_document_that_is_not_valid(self, store: DocumentStore) -> None:
        broken = {**stored_json(ARTICLE), "content": {"Content": 7, "Subtitle": []}, "platform": None, "likes": 3}
        store.upsert(DOCUMENTS[Category.ARTICLES], [broken])

        with pytest.raises(StoredObjectInvalidError) as caught:
            list(documents_of(store, "ada", Category))

        assert str(caught.value) == (
            "The object 'a1' of the collection 'articles' is not valid: content.Title: Field required; "
            "content.Subtitle: Input should be a valid string, got []; "
            "content.Content: Input should be a valid string, got 7; and 2 more. "
            "Correct or delete it in the store, or collect it again."
        )
        assert len(caught.value.faults) == 5
