"""What every `DocumentStore` does. A subclass gives the settings that open its store."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import pytest

from llm_engineering.application.ports import Collection, DocumentStore, JsonObject, WriteReport
from llm_engineering.domain.errors import InvalidInputError, StoreUnavailableError
from llm_engineering.infrastructure.document_stores.objects import IdTakenError, ObjectRefusedError
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from tests.contracts.upserting_process import started

NOTES = Collection("notes", ("author", "link"))


def note(object_id: str, link: str | None = None, **fields: Any) -> JsonObject:
    return {"_id": object_id, "author": "ada", "link": link or f"https://ada.example/{object_id}", **fields}


def ids(found: Iterator[JsonObject]) -> list[str]:
    return [each["_id"] for each in found]


class DocumentStoreContract:
    @pytest.fixture
    def settings(self) -> Settings:
        raise NotImplementedError

    @pytest.fixture
    def store(self, settings: Settings) -> Iterator[DocumentStore]:
        with opened_document_store(settings) as store:
            yield store

    def test_first_write_inserts(self, store: DocumentStore) -> None:
        assert store.upsert(NOTES, [note("1", text="a"), note("2", text="b")]) == WriteReport(inserted=2)
        assert list(store.find(NOTES, {})) == [note("1", text="a"), note("2", text="b")]

    def test_second_write_changes_nothing(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", text="a", tags=["x", None], nested={"n": 1.5})])

        report = store.upsert(NOTES, [note("1", text="a", tags=["x", None], nested={"n": 1.5})])

        assert report == WriteReport(unchanged=1)

    def test_counts_each_kind_of_change(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", text="a"), note("2", text="b")])

        report = store.upsert(NOTES, [note("1", text="a"), note("2", text="new"), note("3", text="c")])

        assert report == WriteReport(inserted=1, updated=1, unchanged=1)

    def test_writes_nothing_for_no_objects(self, store: DocumentStore) -> None:
        assert store.upsert(NOTES, []) == WriteReport()
        assert list(store.find(NOTES, {})) == []

    def test_keeps_the_stored_id(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", "https://ada.example/a")])

        report = store.upsert(NOTES, [note("2", "https://ada.example/a", text="new")])

        assert report == WriteReport(updated=1)
        assert list(store.find(NOTES, {})) == [note("1", "https://ada.example/a", text="new")]

    def test_merges_top_level_fields(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", kept="k", content={"title": "t", "subtitle": "s"})])

        store.upsert(NOTES, [note("1", content={"title": "new"}, added=None)])

        assert list(store.find(NOTES, {})) == [note("1", kept="k", content={"title": "new"}, added=None)]

    def test_writes_the_same_key_twice_in_order(self, store: DocumentStore) -> None:
        first, second = note("1", "https://ada.example/a", v=1), note("2", "https://ada.example/a", v=2)

        assert store.upsert(NOTES, [first, note("3"), second]) == WriteReport(inserted=2, updated=1)
        assert list(store.find(NOTES, {"_id": "1"})) == [note("1", "https://ada.example/a", v=2)]

    @pytest.mark.parametrize(
        "text",
        [
            "Ünïcödé 🎉 中文 עברית",
            "line\u2028separator\u0085and\u00a0blank",
            "tab\tnewline\nquote\"'`$.{}",
            "\ufeff\ufffe",
            "",
        ],
    )
    def test_keeps_every_character(self, store: DocumentStore, text: str) -> None:
        store.upsert(NOTES, [note("1", f"https://ada.example/{text}", text=text, nested={text or "empty": [text]})])

        found = next(store.find(NOTES, {"link": f"https://ada.example/{text}"}))

        assert found["text"] == text
        assert found["nested"] == {text or "empty": [text]}

    def test_keeps_a_megabyte(self, store: DocumentStore) -> None:
        text = "0123456789abcdeé" * 65536

        store.upsert(NOTES, [note("1", text=text)])

        assert next(store.find(NOTES, {}))["text"] == text

    def test_writes_thousands_in_one_call(self, store: DocumentStore) -> None:
        many = [note(f"{number:04}", text="x" * 500) for number in range(2500)]

        assert store.upsert(NOTES, many) == WriteReport(inserted=2500)
        assert ids(store.find(NOTES, {})) == [f"{number:04}" for number in range(2500)]
        assert store.count(NOTES, {"author": "ada"}) == 2500

    def test_finds_by_equality(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", lang="en"), note("2", lang="de"), note("3", lang="en")])

        assert ids(store.find(NOTES, {"lang": "en"})) == ["1", "3"]
        assert ids(store.find(NOTES, {"lang": "en", "_id": "3"})) == ["3"]
        assert ids(store.find(NOTES, {"author": "ada", "link": "https://ada.example/2"})) == ["2"]
        assert ids(store.find(NOTES, {"lang": "fr"})) == []

    def test_finds_one_of_several(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", lang="en"), note("2", lang="de"), note("3", lang="fr")])

        assert ids(store.find(NOTES, {"lang": ["fr", "en", "it"]})) == ["1", "3"]
        assert ids(store.find(NOTES, {"_id": ("2", "3"), "author": ["ada"]})) == ["2", "3"]

    def test_finds_one_of_thousands(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1"), note("2")])

        assert ids(store.find(NOTES, {"_id": [str(number) for number in range(2, 40000)]})) == ["2"]

    def test_empty_sequence_matches_nothing_and_empty_mapping_everything(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1"), note("2")])

        assert ids(store.find(NOTES, {"author": []})) == []
        assert store.count(NOTES, {"author": "ada", "_id": ()}) == 0
        assert ids(store.find(NOTES, {})) == ["1", "2"]
        assert store.count(NOTES, {}) == 2

    def test_a_number_is_no_text(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", year=2024)])

        assert store.count(NOTES, {"year": "2024"}) == 0

    def test_yields_in_the_order_of_ids(self, store: DocumentStore) -> None:
        store.upsert(
            NOTES, [note("b"), note("é"), note("B"), note("10"), note("a"), note("9"), note("🎉"), note("\uffff")]
        )

        # Code points, as Python sorts: capitals first, and what UTF-16 would put before U+FFFF comes last.
        assert ids(store.find(NOTES, {})) == ["10", "9", "B", "a", "b", "é", "\uffff", "🎉"]

    def test_may_be_written_while_it_is_read(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note(f"{number:03}", seen="no") for number in range(250)])

        for found in store.find(NOTES, {"seen": "no"}):
            store.upsert(NOTES, [{**found, "seen": "yes"}])

        assert store.count(NOTES, {"seen": "yes"}) == 250

    def test_two_iterations_do_not_disturb_each_other(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note(f"{number:03}") for number in range(150)])
        first, second = store.find(NOTES, {}), store.find(NOTES, {})

        assert ids(islice(first, 120)) == ids(islice(second, 120))
        assert len(ids(first)) == len(ids(second)) == 30

    def test_collections_do_not_mix(self, store: DocumentStore) -> None:
        drafts = Collection("drafts", ("link",))
        store.upsert(NOTES, [note("1")])
        store.upsert(drafts, [note("1"), note("2")])

        assert (store.count(NOTES, {}), store.count(drafts, {})) == (1, 2)

    def test_deletes_what_matches(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", lang="en"), note("2", lang="de"), note("3", lang="en")])

        assert store.delete(NOTES, {"lang": "en"}) == 2
        assert ids(store.find(NOTES, {})) == ["2"]
        assert store.delete(NOTES, {"lang": "en"}) == 0

    def test_can_be_written_again_after_deletion(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", "https://ada.example/a")])
        store.delete(NOTES, {"_id": "1"})

        assert store.upsert(NOTES, [note("2", "https://ada.example/a")]) == WriteReport(inserted=1)

    def test_refuses_to_delete_everything(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1")])

        with pytest.raises(InvalidInputError, match="would delete every object"):
            store.delete(NOTES, {})
        assert store.count(NOTES, {}) == 1

    def test_reads_a_collection_that_does_not_exist_as_empty(self, store: DocumentStore) -> None:
        assert list(store.find(NOTES, {})) == []
        assert store.count(NOTES, {}) == 0
        assert store.delete(NOTES, {"author": "ada"}) == 0

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"_id": None}, "_id is no text but None"),
            ({"_id": 7}, "_id is no text but 7"),
            ({"_id": ""}, "_id is empty"),
            ({"author": None}, "author is no text but None"),
            ({"link": ["a"]}, "link is no text but \\['a'\\]"),
            ({"link": "a\0b"}, "link holds the character NUL"),
            ({"link": "\ud83d"}, "link holds half of a surrogate pair"),
            ({"text": "\ud83d"}, "half of a surrogate pair"),
            ({"text": float("nan")}, "it is not JSON"),
            ({"text": object()}, "it is not JSON"),
            ({"$set": 1}, "operator or a path"),
            ({"a.b": 1}, "operator or a path"),
        ],
    )
    def test_refuses_before_anything_is_written(self, store: DocumentStore, changes: JsonObject, fault: str) -> None:
        with pytest.raises(ObjectRefusedError, match=fault):
            store.upsert(NOTES, [note("1"), {**note("2"), **changes}])
        assert store.count(NOTES, {}) == 0

    @pytest.mark.parametrize("missing", ["_id", "author", "link"])
    def test_refuses_an_object_without_id_or_key(self, store: DocumentStore, missing: str) -> None:
        incomplete = {name: value for name, value in note("2").items() if name != missing}

        with pytest.raises(ObjectRefusedError, match=f"{missing} is no text but None"):
            store.upsert(NOTES, [note("1"), incomplete])
        assert store.count(NOTES, {}) == 0

    def test_refuses_the_id_of_another_object(self, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", "https://ada.example/a")])

        with pytest.raises(IdTakenError) as caught:
            store.upsert(NOTES, [note("1", "https://ada.example/b")])

        assert (caught.value.object_id, caught.value.key) == ("1", ("ada", "https://ada.example/b"))
        assert list(store.find(NOTES, {})) == [note("1", "https://ada.example/a")]

    @pytest.mark.parametrize("name", ["$where", "a.b", "x'); DROP TABLE notes; --", 'a"b', "", "_body"])
    def test_refuses_names_that_are_no_fields(self, store: DocumentStore, name: str) -> None:
        store.upsert(NOTES, [note("1")])

        with pytest.raises(InvalidInputError, match="is no field name"):
            store.find(NOTES, {name: "x"})
        with pytest.raises(InvalidInputError, match="is no field name"):
            store.delete(NOTES, {name: "x"})

    def test_refuses_operators_in_a_condition(self, store: DocumentStore) -> None:
        smuggled: Any = {"author": [{"$gt": ""}]}

        with pytest.raises(InvalidInputError, match="the value of author is no text"):
            store.count(NOTES, smuggled)

    @pytest.mark.parametrize("name", ["sqlite_master", "system.users", "Notes", "a b", "$cmd", ""])
    def test_refuses_names_that_are_no_collections(self, store: DocumentStore, name: str) -> None:
        with pytest.raises(InvalidInputError, match="cannot name a collection"):
            store.upsert(Collection(name, ("link",)), [note("1")])

    def test_text_in_a_value_is_never_a_statement(self, store: DocumentStore) -> None:
        hostile = "'; DROP TABLE notes; -- {$ne: null}"
        store.upsert(NOTES, [note("1", hostile), note(hostile)])

        assert ids(store.find(NOTES, {"link": hostile})) == ["1"]
        assert ids(store.find(NOTES, {"_id": [hostile]})) == [hostile]

    def test_keeps_everything_when_it_is_opened_again(self, settings: Settings, store: DocumentStore) -> None:
        store.upsert(NOTES, [note("1", text="a")])
        store.close()

        with opened_document_store(settings) as again:
            assert again.upsert(NOTES, [note("1", text="a")]) == WriteReport(unchanged=1)
            assert list(again.find(NOTES, {})) == [note("1", text="a")]

    def test_may_be_closed_twice_and_then_says_so(self, store: DocumentStore) -> None:
        store.close()
        store.close()

        with pytest.raises(StoreUnavailableError, match="is closed"):
            store.count(NOTES, {})
        with pytest.raises(StoreUnavailableError, match="is closed"):
            store.upsert(NOTES, [note("1")])

    def test_threads_lose_and_duplicate_nothing(self, store: DocumentStore) -> None:
        def written(field: str) -> WriteReport:
            reports = (store.upsert(NOTES, [{**note(str(number)), field: 1}]) for number in range(100))
            return sum(reports, start=WriteReport())

        with ThreadPoolExecutor(2) as threads:
            total = sum(threads.map(written, ["left", "right"]), start=WriteReport())

        assert total == WriteReport(inserted=100, updated=100)
        assert [(found["left"], found["right"]) for found in store.find(NOTES, {})] == [(1, 1)] * 100

    def test_processes_lose_and_duplicate_nothing(self, settings: Settings, store: DocumentStore) -> None:
        writers = [started(settings, 150, field) for field in ("left", "right")]
        for writer in writers:
            with writer:
                writer.communicate()
            assert writer.returncode == 0

        found = list(store.find(NOTES, {}))

        assert len(found) == 150
        assert {(each["left"], each["right"]) for each in found} == {("written", "written")}

    def test_a_killed_process_loses_nothing_it_was_told_is_stored(self, settings: Settings) -> None:
        with started(settings, 100_000, "text") as writer:
            assert writer.stdout is not None
            acknowledged = [line.strip() for line in islice(writer.stdout, 200)]
            writer.kill()
            # The last line may have been cut off by the kill.
            acknowledged += [line.strip() for line in writer.stdout if line.endswith("\n")]

        with opened_document_store(settings) as store:
            stored = ids(store.find(NOTES, {}))
            assert stored[: len(acknowledged)] == acknowledged
            assert store.upsert(NOTES, [note("after")]) == WriteReport(inserted=1)
