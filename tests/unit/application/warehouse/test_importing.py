import json
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_engineering.application.ports import DOCUMENTS, USERS, Collection, DocumentStore, JsonObject, WriteReport
from llm_engineering.application.warehouse.exchange import ExchangeFolderError
from llm_engineering.application.warehouse.exporting import exported
from llm_engineering.application.warehouse.forgotten import Target, write_forgotten
from llm_engineering.application.warehouse.importing import ImportedFile, ImportRefusedError, imported
from llm_engineering.domain.documents import Category
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.unit.application.warehouse.warehouse_files import ADA, Objects, article, read_folder, written_folder

ARTICLES = DOCUMENTS[Category.ARTICLES]
REAL_DATA = Path(__file__).resolve().parents[5] / "shared" / "data" / "warehouse"


def refused(store: DocumentStore, folder: Path) -> list[str]:
    """Return the faults of an import that must be refused and write nothing."""
    before = [list(store.find(collection, {})) for collection in (USERS, *DOCUMENTS.values())]
    with pytest.raises(ImportRefusedError, match="Nothing was imported from") as caught:
        imported(store, folder)
    assert [list(store.find(collection, {})) for collection in (USERS, *DOCUMENTS.values())] == before
    return [str(fault) for fault in caught.value.faults]


class TestWhatIsWritten:
    def test_tells_what_each_file_changed(self, store: DocumentStore, tmp_path: Path) -> None:
        folder = written_folder(tmp_path / "in", UserDocument=[ADA], ArticleDocument=[article("a"), article("b")])
        store.upsert(ARTICLES, [article("a"), article("b", platform="old.example")])

        assert imported(store, folder) == [
            ImportedFile(folder / "UserDocument.json", "users", 1, WriteReport(inserted=1)),
            ImportedFile(folder / "ArticleDocument.json", "articles", 2, WriteReport(updated=1, unchanged=1)),
        ]

    def test_a_second_import_changes_nothing(self, store: DocumentStore, tmp_path: Path) -> None:
        folder = written_folder(tmp_path / "in", UserDocument=[ADA], ArticleDocument=[article("a"), article("b")])
        imported(store, folder)

        assert [file.written for file in imported(store, folder)] == [
            WriteReport(unchanged=1),
            WriteReport(unchanged=2),
        ]

    def test_keeps_identifiers_and_absent_fields(self, store: DocumentStore, tmp_path: Path) -> None:
        given = article("any text", content={"Title": "t", "Content": "c", "kudos": {"n": [1, 1.5, None, True]}})

        imported(store, written_folder(tmp_path / "in", UserDocument=[ADA], ArticleDocument=[given]))

        assert list(store.find(ARTICLES, {})) == [given]

    def test_takes_a_byte_order_mark_and_other_files(self, store: DocumentStore, tmp_path: Path) -> None:
        (tmp_path / "UserDocument.json").write_text(
            '\ufeff[{"_id":"u","first_name":"A","last_name":"B"}]', encoding="utf-8"
        )
        (tmp_path / "README.md").write_text("about these files", encoding="utf-8")
        (tmp_path / ".UserDocument.json").write_text("of an editor", encoding="utf-8")

        assert [file.written for file in imported(store, tmp_path)] == [WriteReport(inserted=1)]

    def test_takes_documents_of_an_author_who_is_stored(self, store: DocumentStore, tmp_path: Path) -> None:
        store.upsert(USERS, [ADA])

        files = imported(store, written_folder(tmp_path / "in", ArticleDocument=[article("a")]))

        assert [file.written for file in files] == [WriteReport(inserted=1)]

    def test_files_documents_under_the_author_who_is_stored_by_name(self, store: DocumentStore, tmp_path: Path) -> None:
        store.upsert(USERS, [{**ADA, "_id": "stored before"}])
        folder = written_folder(tmp_path / "in", UserDocument=[ADA], ArticleDocument=[article("a")])

        first, second = imported(store, folder), imported(store, folder)

        assert [file.written for file in first] == [WriteReport(unchanged=1), WriteReport(inserted=1)]
        assert [file.written for file in second] == [WriteReport(unchanged=1), WriteReport(unchanged=1)]
        assert list(store.find(USERS, {})) == [{**ADA, "_id": "stored before"}]
        assert list(store.find(ARTICLES, {})) == [article("a", author_id="stored before")]

    def test_a_stored_document_at_the_same_link_keeps_its_id(self, store: DocumentStore, tmp_path: Path) -> None:
        store.upsert(ARTICLES, [article("crawled", link="https://ada.example/a", crawled_at="2026-01-01T00:00:00Z")])

        imported(
            store, written_folder(tmp_path / "in", UserDocument=[ADA], ArticleDocument=[article("a", platform="p")])
        )

        assert list(store.find(ARTICLES, {})) == [
            article(
                "a", _id="crawled", content=article("a")["content"], platform="p", crawled_at="2026-01-01T00:00:00Z"
            )
        ]


class TestWhatIsRefused:
    def test_a_folder_that_is_none(self, store: DocumentStore, tmp_path: Path) -> None:
        with pytest.raises(ExchangeFolderError, match=r"missing' is no folder"):
            imported(store, tmp_path / "missing")

    def test_a_folder_without_files(self, store: DocumentStore, tmp_path: Path) -> None:
        with pytest.raises(ExchangeFolderError, match="holds no JSON file"):
            imported(store, written_folder(tmp_path / "in"))

    def test_unknown_files(self, store: DocumentStore, tmp_path: Path) -> None:
        folder = written_folder(tmp_path / "in", UserDocument=[ADA], ArticleDocuments=[], zebra=[])

        assert refused(store, folder) == [
            "ArticleDocuments.json: this file belongs to no collection. Did you mean 'ArticleDocument.json'?",
            "zebra.json: this file belongs to no collection.",
        ]

    @pytest.mark.parametrize(
        ("content", "fault"),
        [
            (b"[{]", "it is not JSON (Expecting property name enclosed in double quotes: line 1 column 3 (char 2))"),
            (b"", "it is not JSON (Expecting value: line 1 column 1 (char 0))"),
            (b"[NaN]", "it is not JSON (NaN is no JSON value)"),
            (b"[-Infinity]", "it is not JSON (-Infinity is no JSON value)"),
            (b'["\xff"]', "it is not JSON ('utf-8' codec can't decode byte 0xff in position 2: invalid start byte)"),
            (b'{"_id": "a"}', "it must be a JSON list, not {'_id': 'a'}"),
        ],
    )
    def test_files_that_are_no_json_list(
        self, store: DocumentStore, tmp_path: Path, content: bytes, fault: str
    ) -> None:
        (tmp_path / "ArticleDocument.json").write_bytes(content)

        assert refused(store, tmp_path) == [f"ArticleDocument.json: {fault}"]

    def test_a_file_that_cannot_be_read(self, store: DocumentStore, tmp_path: Path) -> None:
        (tmp_path / "ArticleDocument.json").mkdir()

        assert refused(store, tmp_path) == ["ArticleDocument.json: it cannot be read (Is a directory)"]

    def test_a_file_that_is_nested_too_deeply(self, store: DocumentStore, tmp_path: Path) -> None:
        (tmp_path / "ArticleDocument.json").write_text("[" * 100_000, encoding="utf-8")

        assert refused(store, tmp_path)[0].startswith("ArticleDocument.json: it is not JSON (maximum recursion depth")

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"likes": 3}, "likes: Extra inputs are not permitted, got 3"),
            ({"id": "a"}, "id: Extra inputs are not permitted, got 'a'"),
            ({"link": ...}, "link: Field required"),
            ({"link": None}, "link: Input should be a valid string, got None"),
            ({"link": ""}, "link: must not be empty or hold the character NUL, got ''"),
            ({"link": "a\0b"}, "link: must not be empty or hold the character NUL, got 'a\\x00b'"),
            ({"_id": 7}, "_id: Input should be a valid string, got 7"),
            ({"_id": ""}, "_id: must not be empty or hold the character NUL, got ''"),
            ({"content": "text"}, "content: Input should be a valid dictionary or instance of Content, got 'text'"),
            ({"content": {"title": "t", "Content": "c"}}, "content.Title: Field required"),
            (
                {"crawled_at": "soon"},
                "crawled_at: Input should be a valid datetime or date, input is too short, got 'soon'",
            ),
            ({"platform": "p\ud83d"}, 'half of a surrogate pair is no character: \'xt"}, "platform": "p\\ud83d\''),
            (
                {"author_id": "charles"},
                "author_id: no author in UserDocument.json or in the store has it, got 'charles'",
            ),
        ],
    )
    def test_objects_that_are_not_valid(
        self, store: DocumentStore, tmp_path: Path, changes: dict[str, Any], fault: str
    ) -> None:
        articles = [article("fine"), article("a", **changes)]

        faults = refused(store, written_folder(tmp_path / "in", UserDocument=[ADA], ArticleDocument=articles))

        assert faults == [f"ArticleDocument.json[1]: {fault}"]

    def test_what_is_no_object(self, store: DocumentStore, tmp_path: Path) -> None:
        faults = refused(store, written_folder(tmp_path / "in", UserDocument=[ADA, "Ada"]))

        assert faults == [
            "UserDocument.json[1]: object: Input should be a valid dictionary or instance of Author, got 'Ada'"
        ]

    def test_the_same_id_or_key_twice(self, store: DocumentStore, tmp_path: Path) -> None:
        articles = [
            article("a"),
            article("a", link="https://ada.example/2"),
            article("b", link="https://ada.example/a"),
        ]
        folder = written_folder(tmp_path / "in", UserDocument=[ADA, {**ADA, "_id": "ada2"}], ArticleDocument=articles)

        assert refused(store, folder) == [
            "ArticleDocument.json[1]: _id: the same as in [0], got 'a'",
            "ArticleDocument.json[2]: author_id, link: the same as in [0], got 'ada, https://ada.example/a'",
            "UserDocument.json[1]: first_name, last_name: the same as in [0], got 'Ada, Lovelace'",
        ]

    def test_an_id_that_the_store_has_for_another(self, store: DocumentStore, tmp_path: Path) -> None:
        store.upsert(ARTICLES, [article("a", link="https://ada.example/old")])
        folder = written_folder(tmp_path / "in", UserDocument=[ADA], ArticleDocument=[article("a"), article("b")])

        assert refused(store, folder) == [
            "ArticleDocument.json[0]: _id: the store has it for 'ada, https://ada.example/old', got 'a'"
        ]

    def test_all_faults_of_all_files_at_once(self, store: DocumentStore, tmp_path: Path) -> None:
        folder = written_folder(
            tmp_path / "in",
            UserDocument=[ADA],
            ArticleDocument=[article("a", author_id="x"), article("b"), article("c", link=...)],
            PostDocument=[article("p", image=1)],
        )

        assert refused(store, folder) == [
            "ArticleDocument.json[0]: author_id: no author in UserDocument.json or in the store has it, got 'x'",
            "ArticleDocument.json[2]: link: Field required",
            "PostDocument.json[0]: image: Input should be a valid string, got 1",
        ]

    def test_faulty_authors_without_a_fault_for_each_document(self, store: DocumentStore, tmp_path: Path) -> None:
        folder = written_folder(tmp_path / "in", UserDocument={}, ArticleDocument=[article("a"), article("b")])

        assert refused(store, folder) == ["UserDocument.json: it must be a JSON list, not {}"]

    def test_the_message_names_the_first_twenty_faults(self, store: DocumentStore, tmp_path: Path) -> None:
        articles = [article(str(number), platform=number) for number in range(30)]

        with pytest.raises(ImportRefusedError) as caught:
            imported(store, written_folder(tmp_path / "in", UserDocument=[ADA], ArticleDocument=articles))

        lines = str(caught.value).splitlines()
        assert "because of 30 faults" in lines[0]
        assert lines[20] == "  ArticleDocument.json[19]: platform: Input should be a valid string, got 19"
        assert lines[21:] == ["  and 10 more"]


class DyingStore(SqliteDocumentStore):
    """A store that fails when one of its collections is about to be written."""

    dies_at = ""

    def upsert(self, collection: Collection, objects: Sequence[JsonObject]) -> WriteReport:
        if collection.name == self.dies_at:
            raise StoreUnavailableError("The power went.", remedy="Turn it on.")
        return super().upsert(collection, objects)


@pytest.mark.parametrize("dies_at", ["users", "articles", "posts"])
def test_an_import_that_died_is_completed_by_the_next(tmp_path: Path, dies_at: str) -> None:
    objects = {"UserDocument": [ADA], "ArticleDocument": [article("a")], "PostDocument": [article("p", image=None)]}
    folder = written_folder(tmp_path / "in", **objects)
    with closing(DyingStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as store:
        store.dies_at = dies_at
        with pytest.raises(StoreUnavailableError, match="The power went"):
            imported(store, folder)

        store.dies_at = ""
        imported(store, folder)
        exported(store, tmp_path / "out")

    assert read_folder(tmp_path / "out") == read_folder(folder)


# SQLite and JSON have no NUL in keys and no halves of surrogate pairs, and neither has text that people read.
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
KEY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
FURTHER = st.dictionaries(TEXT.filter(lambda name: name not in {"Title", "Subtitle", "Content", "language"}), JSON)
CONTENT = st.builds(
    lambda own, further: {**further, **own},
    st.fixed_dictionaries(
        {"Title": TEXT, "Content": TEXT}, optional={"Subtitle": st.none() | TEXT, "language": st.none() | TEXT}
    ),
    FURTHER,
)
CRAWLED_AT = st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda at: at.isoformat().replace("+00:00", "Z"))


def documents(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Objects]:
    own = {"_id": KEY, "link": KEY, "author_id": st.just("ada"), "author_full_name": TEXT, "platform": TEXT}
    strategy = st.fixed_dictionaries({**own, "content": CONTENT, **fields}, optional={"crawled_at": CRAWLED_AT})
    return st.lists(strategy, max_size=4, unique_by=(lambda each: each["_id"], lambda each: each["link"]))


class TestRoundTrip:
    # An example opens a store on the disk, which takes as long as the disk takes.
    @settings(deadline=None)
    @given(
        articles=documents(),
        posts=documents(image=st.none() | TEXT),
        repositories=documents(name=TEXT, repository=TEXT, path=TEXT, commit=TEXT),
    )
    def test_of_any_documents(self, articles: Objects, posts: Objects, repositories: Objects) -> None:
        with TemporaryDirectory() as temporary:
            given_folder = written_folder(
                Path(temporary, "in"),
                UserDocument=[ADA],
                ArticleDocument=articles,
                PostDocument=posts,
                RepositoryDocument=repositories,
            )
            with closing(SqliteDocumentStore.open(Path(temporary, "documents.sqlite3"), timeout_seconds=5)) as store:
                imported(store, given_folder)
                exported(store, Path(temporary, "out"))

            assert as_json(read_folder(Path(temporary, "out"))) == as_json(read_folder(given_folder))

    def test_of_the_real_data(self, store: DocumentStore, tmp_path: Path) -> None:
        if not REAL_DATA.is_dir():
            pytest.skip(f"{REAL_DATA} is not here")

        imported(store, REAL_DATA)
        files = exported(store, tmp_path / "out")

        assert [file.objects for file in files] == [2, 76, 0, 0]
        assert as_json(read_folder(tmp_path / "out")) == as_json(read_folder(REAL_DATA))


@pytest.mark.parametrize(
    ("target", "left_out"),
    [("https://ada.example/a", [0, 1, 0]), ("ada.example", [0, 2, 0]), ("Ada Lovelace", [1, 2, 1])],
)
def test_what_was_forgotten_is_left_out(store: DocumentStore, tmp_path: Path, target: str, left_out: list[int]) -> None:
    post = article("c", link="https://social.example/c", author_full_name="Countess Lovelace")
    folder = written_folder(
        tmp_path / "in", UserDocument=[ADA], ArticleDocument=[article("a"), article("b")], PostDocument=[post]
    )
    write_forgotten(store, Target.parsed(target), datetime(2026, 3, 2, tzinfo=UTC))

    files = imported(store, folder)

    assert [file.forgotten for file in files] == left_out
    assert [file.written.inserted for file in files] == [
        given - out for given, out in zip([1, 2, 1], left_out, strict=True)
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"gone_at": "2026-03-02T00:00:00Z", "duplicate_of": None},
        {"duplicate_of": "b", "source": "https://ada.example/", "origin": "https://ada.example/a"},
        {"owner": "Ada", "licence": "CC-BY-4.0"},
    ],
)
def test_the_fields_of_a_crawl_come_out_as_they_went_in(
    store: DocumentStore, tmp_path: Path, facts: dict[str, Any]
) -> None:
    folder = written_folder(tmp_path / "in", UserDocument=[ADA], ArticleDocument=[article("a", **facts)])

    imported(store, folder)
    exported(store, tmp_path / "out")

    assert read_folder(tmp_path / "out") == read_folder(folder)


def as_json(objects: object) -> str:
    """Return what JSON tells apart and Python does not: 1, 1.0 and true."""
    return json.dumps(objects, sort_keys=True)
