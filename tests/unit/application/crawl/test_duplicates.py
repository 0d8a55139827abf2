import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_engineering.application.crawl.duplicates import Duplicate, JoinReport, joined_duplicates
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.documents import documents_of, write_documents
from llm_engineering.domain.documents import Category, Content, PostDocument, RawDocument
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from tests.support.documents import ADA, BOB, article, source_file

BLOG, MEDIUM = "https://ada.dev/engines", "https://medium.com/@ada/engines"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as store:
        yield store


def words(count: int, topic: str = "engine") -> str:
    """Return a text of different words."""
    return " ".join(f"{topic}{number}" for number in range(count))


def page(text: str, link: str = BLOG, title: str = "One", language: str | None = "en", **extra: Any) -> RawDocument:
    content = Content.model_validate({"title": title, "text": text, "language": language, **extra})
    return article("", link=link).model_copy(update={"content": content})


def post(text: str, link: str, title: str = "") -> PostDocument:
    return PostDocument(
        id=f"id of {link}",
        content=Content(title=title, text=text),
        platform="linkedin.com",
        author_id=ADA,
        author_full_name="Ada Lovelace",
        link=link,
    )


def joined(store: DocumentStore, *documents: RawDocument) -> JoinReport:
    write_documents(store, documents)
    return joined_duplicates(store, ADA)


def stands(store: DocumentStore) -> dict[str, str]:
    """Return for each duplicate the link of the document that stands for it."""
    stored = list(documents_of(store, ADA, Category))
    links = {document.id: document.link for document in stored}
    return {document.link: links[document.duplicate_of] for document in stored if document.duplicate_of}


class TestWhatIsJoined:
    def test_the_same_words_in_other_clothes(self, store: DocumentStore) -> None:
        report = joined(
            store, page("# Hello\n\n*World* of engines, again."), page("hello World of Engines again", MEDIUM)
        )

        assert report.duplicates == (Duplicate(link=MEDIUM, duplicate_of=BLOG, resemblance=1.0),)
        assert stands(store) == {MEDIUM: BLOG}

    def test_long_texts_with_few_differences(self, store: DocumentStore) -> None:
        # One word in the middle of 200 changes 5 of 196 shingles: 191 of 201 are common.
        report = joined(store, page(words(200)), page(words(200).replace("engine100 ", "motor "), MEDIUM))

        assert report.duplicates == (Duplicate(link=MEDIUM, duplicate_of=BLOG, resemblance=0.95),)

    def test_a_copy_with_a_line_of_its_own_at_the_beginning(self, store: DocumentStore) -> None:
        copy = f"Originally published on my blog, thank you for reading it here\n\n{words(300)}"

        assert len(joined(store, page(words(300)), page(copy, MEDIUM)).duplicates) == 1

    def test_chinese_texts(self, store: DocumentStore) -> None:
        text = "".join(chr(0x4E00 + number) for number in range(300))

        assert len(joined(store, page(text), page(f"{text}完", MEDIUM)).duplicates) == 1

    def test_one_canonical_address_asks_for_less_likeness(self, store: DocumentStore) -> None:
        # All 296 shingles of the copy are among the 496 of the original.
        copy = page(words(300), MEDIUM, canonical_url="HTTPS://Ada.dev:443/engines#top")

        report = joined(store, page(words(500)), copy)

        assert report.duplicates == (Duplicate(link=MEDIUM, duplicate_of=BLOG, resemblance=0.597),)

    def test_a_post_that_repeats_an_article(self, store: DocumentStore) -> None:
        joined(store, page(words(100)), post(words(100) + " follow me", "https://linkedin.com/1"))

        assert stands(store) == {"https://linkedin.com/1": BLOG}


class TestWhatIsNotJoined:
    def test_short_texts_that_differ_in_a_word(self, store: DocumentStore) -> None:
        one, other = post(words(24), "https://x.com/1"), post(words(23), "https://x.com/2")

        assert joined(store, one, other).duplicates == ()

    def test_empty_texts(self, store: DocumentStore) -> None:
        assert joined(store, post("", "https://x.com/1"), post("!", "https://x.com/2")).duplicates == ()

    @pytest.mark.parametrize("place", ["before", "after"])
    def test_short_messages_with_one_long_signature(self, store: DocumentStore, place: str) -> None:
        signature = words(330, "signature")
        messages = [words(8, topic) for topic in ("tea", "coffee")]
        texts = [f"{each} {signature}" if place == "after" else f"{signature} {each}" for each in messages]

        report = joined(store, post(texts[0], "https://x.com/1"), post(texts[1], "https://x.com/2"))

        assert report.duplicates == ()

    def test_notes_of_two_releases(self, store: DocumentStore) -> None:
        one = page(f"Engine 1.4.1 is out. {words(500)}", "https://ada.dev/1-4-1", title="Engine 1.4.1")
        other = page(f"Engine 1.4.2 is out. {words(500)}", "https://ada.dev/1-4-2", title="Engine 1.4.2")

        assert joined(store, one, other).duplicates == ()

    def test_entries_of_a_changelog(self, store: DocumentStore) -> None:
        entries = [
            page(f"## Version {number}\n\nRaise the version of the library {name}.", f"https://ada.dev/v{number}")
            for number, name in enumerate(("numpy", "torch", "numpy"))
        ]

        assert joined(store, *entries).duplicates == ()

    def test_translations_around_the_same_code(self, store: DocumentStore) -> None:
        code = f"```python\n{words(400, 'call')}\n```"
        english = page(f"Run the code below. {code}", language="en")
        german = page(f"Führe den Code unten aus. {code}", "https://ada.dev/de/engines", language="de")

        assert joined(store, english, german).duplicates == ()

    def test_different_pages_of_a_site_that_names_its_home_page_everywhere(self, store: DocumentStore) -> None:
        pages = [
            page(words(200, topic), f"https://ada.dev/{topic}", canonical_url="https://ada.dev/")
            for topic in ("tea", "coffee", "milk")
        ]

        assert joined(store, *pages).duplicates == ()

    def test_files_of_repositories(self, store: DocumentStore) -> None:
        files = [source_file(words(100), path=path) for path in ("LICENSE", "COPYING")]

        assert joined(store, *files, page(words(100))).documents == 1
        assert stands(store) == {}

    def test_documents_of_two_authors(self, store: DocumentStore) -> None:
        of_bob = page(words(100), "https://bob.dev/1").model_copy(update={"author_id": BOB})

        assert joined(store, page(words(100)), of_bob).duplicates == ()

    def test_a_chain_of_which_the_ends_differ(self, store: DocumentStore) -> None:
        # Each page drops 6% of the first one: the neighbours are alike, the ends (0.88) are not.
        pages = [page(words(1_000 - 60 * step), f"https://ada.dev/{step}") for step in range(3)]

        joined(store, *pages)

        assert stands(store) == {"https://ada.dev/1": "https://ada.dev/0"}


class TestWhichOneStands:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (page(words(90)), page(words(99), MEDIUM, canonical_url=BLOG)),
            (page(words(99), "https://b.dev/1"), post(words(100), "https://a.dev/1")),
            (page(words(100), "https://b.dev/1"), page(words(99), "https://a.dev/1")),
            (page(words(99), "https://b.dev/1", published_at="2024-05-01"), page(words(99), "https://a.dev/1")),
            (page(words(99), "https://a.dev/1"), page(words(99), "https://b.dev/1")),
        ],
        ids=["canonical", "article", "longer", "earlier", "link"],
    )
    def test_it_is_the(self, store: DocumentStore, first: RawDocument, second: RawDocument) -> None:
        joined(store, second, first)

        assert stands(store) == {second.link: first.link}

    def test_it_is_the_one_that_a_third_page_names(self, store: DocumentStore) -> None:
        plain = page(words(120), "https://a.dev/1")
        named = page(words(119), BLOG)
        naming = page(words(118), MEDIUM, canonical_url=BLOG)

        joined(store, plain, named, naming)

        assert stands(store) == {plain.link: BLOG, MEDIUM: BLOG}


class TestRunningAgain:
    def test_writes_nothing(self, store: DocumentStore) -> None:
        first = joined(store, page(words(100)), page(words(100), MEDIUM))

        second = joined_duplicates(store, ADA)

        assert first.figures == {"documents": 2, "duplicates": 1, "joined": 1, "released": 0}
        assert second.figures == {"documents": 2, "duplicates": 1, "joined": 0, "released": 0}

    def test_releases_what_says_something_else_now(self, store: DocumentStore) -> None:
        joined(store, page(words(100)), page(words(100), MEDIUM))

        report = joined(store, page(words(100, "tea"), MEDIUM))

        assert report.figures == {"documents": 2, "duplicates": 0, "joined": 0, "released": 1}
        assert stands(store) == {}

    def test_a_duplicate_takes_the_place_of_what_is_gone(self, store: DocumentStore) -> None:
        original, copy, third = (page(words(100), link) for link in (BLOG, MEDIUM, "https://z.dev/1"))
        joined(store, original, copy, third)

        report = joined(store, original.model_copy(update={"gone_at": datetime(2026, 3, 2, tzinfo=UTC)}))

        assert report.documents == 2
        assert stands(store) == {"https://z.dev/1": MEDIUM}

    def test_what_is_gone_is_no_duplicate(self, store: DocumentStore) -> None:
        copy = page(words(100), MEDIUM)
        joined(store, page(words(100)), copy)

        report = joined(store, copy.model_copy(update={"gone_at": datetime(2026, 3, 2, tzinfo=UTC)}))

        assert (report.released, stands(store)) == (1, {})

    def test_nothing_of_an_author_is_no_error(self, store: DocumentStore) -> None:
        assert joined_duplicates(store, ADA).figures == {"documents": 0, "duplicates": 0, "joined": 0, "released": 0}


TEXTS = [
    words(100),
    words(100) + " more",
    words(92),
    words(84),
    words(100, "tea"),
    "short",
    "Short!",
]
PAGES = st.builds(
    lambda text, title, named: {"text": text, "title": title, "named": named},
    st.sampled_from(TEXTS),
    st.sampled_from(["One", "Part 1", "Part 2"]),
    st.sampled_from([None, 0, 1, 2]),
)


def site(chosen: Sequence[dict[str, Any]]) -> list[RawDocument]:
    """Return a page for each choice; it may name one of the first three pages as its canonical address."""
    links = [f"https://ada.dev/{place}" for place in range(max(len(chosen), 3))]
    return [
        page(each["text"], link, each["title"])
        if each["named"] is None
        else page(each["text"], link, each["title"], canonical_url=links[each["named"]])
        for link, each in zip(links, chosen, strict=False)
    ]


@settings(deadline=None, max_examples=60)
@given(st.lists(PAGES, max_size=8), st.randoms(use_true_random=False), st.integers(0, 8))
def test_the_outcome_does_not_depend_on_the_order_of_crawling(
    chosen: list[dict[str, Any]], order: random.Random, cut: int
) -> None:
    documents = site(chosen)
    shuffled = order.sample(documents, len(documents))
    outcomes = []
    for parts in ([documents], [shuffled[:cut], shuffled[cut:], []]):
        with (
            TemporaryDirectory() as folder,
            closing(SqliteDocumentStore.open(Path(folder) / "documents.sqlite3", timeout_seconds=5)) as store,
        ):
            reports = [joined(store, *part) for part in parts]
            outcomes.append((stands(store), reports[-1].duplicates))

    assert outcomes[0] == outcomes[1]
    assert not outcomes[0][0].keys() & set(outcomes[0][0].values())
