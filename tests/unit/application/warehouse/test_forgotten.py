from datetime import UTC, datetime
from pathlib import Path

import pytest

from llm_engineering.application.ports import FORGOTTEN, DocumentStore
from llm_engineering.application.warehouse.documents import StoredObjectInvalidError
from llm_engineering.application.warehouse.forgotten import (
    Forgotten,
    InvalidTargetError,
    Target,
    TargetKind,
    forgotten_records,
    forgotten_targets,
    write_forgotten,
)
from tests.support.documents import article

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, tzinfo=UTC)


class TestTarget:
    @pytest.mark.parametrize(
        ("text", "kind", "value"),
        [
            ("ada.dev", "domain", "ada.dev"),
            (" Blog.Ada.dev. ", "domain", "blog.ada.dev"),
            ("bücher.example", "domain", "xn--bcher-kva.example"),
            ("localhost", "domain", "localhost"),
            ("127.0.0.1", "domain", "127.0.0.1"),
            ("https://www.ada.dev/engines/?utm_source=x#top", "link", "ada.dev/engines"),
            ("https://ada.dev", "link", "ada.dev"),
            ("git@github.com:ada/engine.git", "link", "git@github.com:ada/engine.git"),
            ("Ada Lovelace", "author", "Ada Lovelace"),
            ("Ada  King Lovelace", "author", "Ada King Lovelace"),
            ("J. Doe", "author", "J. Doe"),
        ],
    )
    def test_is_what_a_person_means(self, text: str, kind: str, value: str) -> None:
        assert Target.parsed(text) == Target(kind=TargetKind(kind), value=value)

    def test_a_path_is_a_link(self, tmp_path: Path) -> None:
        assert Target.parsed(str(tmp_path)).value == tmp_path.resolve().as_uri()

    @pytest.mark.parametrize("text", ["", "ada", "ada.dev/engines", "ftp://ada.dev", "https://", ".dev", "a..b"])
    def test_refuses_what_is_none(self, text: str) -> None:
        with pytest.raises(InvalidTargetError, match="neither a link, nor a domain, nor a full name") as caught:
            Target.parsed(text)
        assert caught.value.text == text


class TestForgotten:
    @pytest.mark.parametrize(
        ("target", "link", "is_covered"),
        [
            ("https://ada.dev/one", "https://ada.dev/one", True),
            ("https://ada.dev/one", "http://www.ada.dev/one/?utm_medium=feed", True),
            ("https://ada.dev/one", "https://ada.dev/one/more", False),
            ("https://ada.dev/one", "https://ada.dev/one?page=2", False),
            ("ada.dev", "https://ada.dev/one", True),
            ("ada.dev", "https://blog.ada.dev:8080/one", True),
            ("ada.dev", "https://notada.dev/one", False),
            ("ada.dev", "https://ada.dev.evil.io/one", False),
            ("ada.dev", "https://evil.io/ada.dev", False),
            ("blog.ada.dev", "https://ada.dev/one", False),
            ("github.com", "git@github.com:ada/engine.git", True),
            ("ada.dev", "/home/ada.dev/notes.md", False),
            ("ada.dev", "no link at all", False),
        ],
    )
    def test_covers_a_link(self, target: str, link: str, is_covered: bool) -> None:
        assert Forgotten.of([Target.parsed(target)]).covers(link, "Ada Lovelace") is is_covered

    def test_covers_whatever_an_author_has(self) -> None:
        forgotten = Forgotten.of([Target.parsed("Ada Lovelace")])

        assert forgotten.covers("https://ada.dev/", "Ada Lovelace")
        assert not forgotten.covers("https://ada.dev/", "Bob Byron")

    @pytest.mark.parametrize("field", ["link", "source", "origin"])
    def test_covers_a_document_by_where_it_came_from(self, field: str) -> None:
        document = article("Text.", link="https://magazine.org/fig")
        forgotten = Forgotten.of([Target.parsed("https://ada.dev/plum")])

        assert not forgotten.covers_document(document)
        assert forgotten.covers_document(document.model_copy(update={field: "https://ada.dev/plum"}))

    def test_a_domain_does_not_cover_what_was_found_through_it(self) -> None:
        document = article("Text.", link="https://magazine.org/fig").model_copy(update={"source": "https://ada.dev/"})

        assert not Forgotten.of([Target.parsed("ada.dev")]).covers_document(document)
        assert Forgotten.of([Target.parsed("https://ada.dev/")]).covers_document(document)

    def test_nothing_covers_nothing(self) -> None:
        assert not Forgotten().covers("https://ada.dev/", "Ada Lovelace")


class TestRecords:
    def test_are_written_once_with_the_first_date(self, store: DocumentStore) -> None:
        write_forgotten(store, Target.parsed("ada.dev"), MONDAY)
        write_forgotten(store, Target.parsed("https://bob.dev/one"), MONDAY)
        write_forgotten(store, Target.parsed("ada.dev"), TUESDAY)

        assert {(record.value, record.forgotten_at) for record in forgotten_records(store)} == {
            ("ada.dev", MONDAY),
            ("bob.dev/one", MONDAY),
        }
        assert forgotten_targets(store) == Forgotten(links=frozenset({"bob.dev/one"}), domains=frozenset({"ada.dev"}))

    def test_a_record_that_is_not_valid_is_named(self, store: DocumentStore) -> None:
        store.upsert(FORGOTTEN, [{"_id": "1", "kind": "planet", "value": "Mars"}])

        with pytest.raises(StoredObjectInvalidError, match="'1' of the collection 'forgotten'"):
            forgotten_targets(store)
