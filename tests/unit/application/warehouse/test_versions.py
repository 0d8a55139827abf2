from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_engineering.application.ports import DOCUMENT_VERSIONS, DOCUMENTS, DocumentStore
from llm_engineering.application.warehouse.documents import (
    StoredObjectInvalidError,
    document_at,
    documents_of,
    stored_json,
    write_documents,
)
from llm_engineering.application.warehouse.versions import (
    DocumentChanges,
    document_versions,
    write_changed_documents,
)
from llm_engineering.domain.documents import ArticleDocument, Category, RawDocument
from tests.support.documents import ADA, BOB, article, source_file
from tests.support.dying_store import DyingStore, KilledError

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)


def dated(text: str, day: datetime = MONDAY, **fields: object) -> ArticleDocument:
    return article(text).model_copy(update={"crawled_at": day, **fields})


def stored(store: DocumentStore, document: RawDocument) -> RawDocument:
    found = document_at(store, document.author_id, document.category, document.link)
    assert found is not None
    return found


class TestWriteChangedDocuments:
    def test_writes_new_ones_of_any_category_and_author(self, store: DocumentStore) -> None:
        given = [article("One."), article("Two.", link="https://bob.dev/two", author_id=BOB), source_file("print()")]

        assert write_changed_documents(store, given, now=MONDAY) == DocumentChanges(new=3)
        assert [*documents_of(store, ADA, Category), *documents_of(store, BOB, Category)] == [
            given[0],
            given[2],
            given[1],
        ]
        assert store.count(DOCUMENT_VERSIONS, {}) == 0

    def test_writes_nothing_of_none(self, store: DocumentStore) -> None:
        assert write_changed_documents(store, [], now=MONDAY) == DocumentChanges()

    def test_leaves_what_says_the_same(self, store: DocumentStore) -> None:
        write_documents(store, [dated("Text.", MONDAY)])

        assert write_changed_documents(store, [dated("Text.", TUESDAY)], now=TUESDAY) == DocumentChanges(unchanged=1)
        assert stored(store, article("")) == dated("Text.", MONDAY)

    def test_a_commit_that_does_not_change_the_file_is_no_change(self, store: DocumentStore) -> None:
        first, second = source_file("print()"), source_file("print()").model_copy(update={"commit": "f" * 40})
        write_documents(store, [first])

        assert write_changed_documents(store, [second], now=MONDAY) == DocumentChanges(unchanged=1)
        assert stored(store, first) == first

    def test_brings_details_up_to_date_without_a_change(self, store: DocumentStore) -> None:
        write_documents(store, [dated("Text.", owner="Ada", licence="MIT", source="https://ada.dev/")])

        changes = write_changed_documents(store, [dated("Text.", TUESDAY, owner="Bob", licence=None)], now=TUESDAY)

        assert changes == DocumentChanges(unchanged=1)
        assert stored(store, article("")) == dated("Text.", owner="Bob", licence=None, source="https://ada.dev/")
        assert store.count(DOCUMENT_VERSIONS, {}) == 0

    def test_keeps_what_was_said_before(self, store: DocumentStore) -> None:
        write_documents(store, [dated("Old.", owner="Ada")])

        changes = write_changed_documents(store, [dated("New.", TUESDAY)], now=TUESDAY)

        assert changes == DocumentChanges(changed=1)
        assert stored(store, article("")) == dated("New.", TUESDAY, owner="Ada")
        [version] = document_versions(store, "id of https://ada.dev/one")
        assert version.document == stored_json(dated("Old.", owner="Ada"))
        assert (version.replaced_at, version.content_hash) == (TUESDAY, article("Old.").content_hash)
        assert (version.author_id, version.category) == (ADA, Category.ARTICLES)

    def test_versions_come_in_the_order_of_time(self, store: DocumentStore) -> None:
        for day, text in enumerate(("One.", "Two.", "Three.", "Four."), start=1):
            write_changed_documents(store, [article(text)], now=datetime(2026, 3, day, tzinfo=UTC))

        versions = document_versions(store, "id of https://ada.dev/one")

        assert [version.document["content"]["Content"] for version in versions] == ["One.", "Two.", "Three."]

    def test_a_stored_document_keeps_its_identifier(self, store: DocumentStore) -> None:
        write_documents(store, [article("Old.").model_copy(update={"id": "imported"})])

        write_changed_documents(store, [article("New.")], now=MONDAY)

        assert stored(store, article("")).id == "imported"
        assert len(document_versions(store, "imported")) == 1

    @pytest.mark.parametrize(("text", "versions"), [("Text.", 0), ("New.", 1)])
    def test_what_was_gone_returns(self, store: DocumentStore, text: str, versions: int) -> None:
        write_documents(store, [dated("Text.", gone_at=MONDAY)])

        assert write_changed_documents(store, [article(text)], now=TUESDAY) == DocumentChanges(returned=1)
        assert stored(store, article("")).gone_at is None
        assert store.count(DOCUMENT_VERSIONS, {}) == versions

    def test_a_duplicate_stays_one(self, store: DocumentStore) -> None:
        write_documents(store, [dated("Text.", duplicate_of="other")])

        write_changed_documents(store, [dated("New.", duplicate_of=None)], now=TUESDAY)

        assert stored(store, article("")).duplicate_of == "other"

    def test_of_two_at_one_link_the_last_counts(self, store: DocumentStore) -> None:
        assert write_changed_documents(store, [article("A."), article("B.")], now=MONDAY) == DocumentChanges(new=1)
        assert stored(store, article("")) == article("B.")

    def test_names_a_stored_document_that_is_not_valid(self, store: DocumentStore) -> None:
        broken = {**stored_json(article("Text.")), "platform": 7}
        store.upsert(DOCUMENTS[Category.ARTICLES], [broken])

        with pytest.raises(StoredObjectInvalidError, match="platform: Input should be a valid string, got 7"):
            write_changed_documents(store, [article("Text.")], now=MONDAY)


def test_changes_add_up() -> None:
    assert DocumentChanges(1, 2, 3, 4) + DocumentChanges(10, 20, 30, 40) == DocumentChanges(11, 22, 33, 44)


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_a_run_that_died_is_completed_by_the_next(store: DocumentStore, writes: int) -> None:
    write_documents(store, [article("Old."), source_file("old()")])
    given = [article("New."), source_file("new()")]
    with pytest.raises(KilledError):
        write_changed_documents(DyingStore(store, writes), given, now=MONDAY)

    write_changed_documents(store, given, now=MONDAY)

    assert list(documents_of(store, ADA, Category)) == given
    versions = [each["document"]["content"]["Content"] for each in store.find(DOCUMENT_VERSIONS, {})]
    assert sorted(versions) == ["Old.", "old()"]


TEXTS = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(TEXTS)
def test_everything_that_was_ever_said_is_kept(store: DocumentStore, texts: list[str]) -> None:
    store.delete(DOCUMENTS[Category.ARTICLES], {"author_id": ADA})
    store.delete(DOCUMENT_VERSIONS, {"author_id": ADA})
    for text in texts:
        write_changed_documents(store, [article(text)], now=MONDAY)

    said = {stored(store, article("")).content.text}
    said |= {version.document["content"]["Content"] for version in document_versions(store, article("").id)}
    assert said == set(texts)
