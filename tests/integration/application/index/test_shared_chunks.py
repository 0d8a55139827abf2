"""A passage that several documents have is indexed once and points to all of them."""

from datetime import UTC, datetime, timedelta

import pytest

from llm_engineering.application.ports import DOCUMENTS, DocumentStore, VectorStore
from llm_engineering.application.warehouse.documents import write_documents
from llm_engineering.domain.chunks import Chunk, ChunkFilter
from llm_engineering.domain.documents import Category, Content, RawDocument
from tests.support.documents import article
from tests.support.fakes import LetterEmbedder
from tests.support.indexing import Indexing, clean_build, contents

pytestmark = pytest.mark.integration

FOOTER = "# Thanks\n\nSubscribe for more.\n"
DAY = datetime(2024, 1, 1, tzinfo=UTC)


def issue(number: int, *, text: str | None = None, language: str = "en") -> RawDocument:
    """Return an issue of a newsletter, published on the day of its number, with words of its own and a footer."""
    own = f"# News\n\nabc{'b' * number}\n\n" if text is None else text
    content = Content(
        title=f"Issue {number}",
        text=own + FOOTER,
        language=language,
        published_at=(DAY + timedelta(days=number)).isoformat(),  # type: ignore[call-arg]  # further keys are kept
    )
    return article("", link=f"https://ada.dev/{number}").model_copy(update={"content": content})


@pytest.fixture
def indexing(documents: DocumentStore, vectors: VectorStore, embedder: LetterEmbedder) -> Indexing:
    return Indexing(documents, vectors, embedder)


def footer(vectors: VectorStore) -> Chunk:
    """Return the only chunk of a footer."""
    found = (Chunk.model_validate(fields) for fields, _ in contents(vectors).values())
    (chunk,) = (chunk for chunk in found if "Subscribe" in chunk.text)
    return chunk


def test_it_is_indexed_once_with_all_places(indexing: Indexing) -> None:
    write_documents(indexing.store, [issue(2), issue(1), issue(3)])

    report = indexing.run()

    found = footer(indexing.vectors)
    assert (report.embedded, report.shared) == (4, 2)
    assert found.provenance.link == "https://ada.dev/1"
    assert [(place.link, place.title) for place in found.also_at] == [
        ("https://ada.dev/2", "Issue 2"),
        ("https://ada.dev/3", "Issue 3"),
    ]


def test_a_new_document_with_it_embeds_only_its_own_words_and_leaves_the_others_uncut(indexing: Indexing) -> None:
    write_documents(indexing.store, [issue(number) for number in range(1, 6)])
    indexing.run()
    write_documents(indexing.store, [issue(6)])

    report = indexing.run()

    assert (report.embedded, report.refreshed, report.shared, report.skipped_documents) == (1, 1, 1, 4)
    assert indexing.reader.documents_cut == 2  # the new one, and the first one to read its footer
    assert len(footer(indexing.vectors).also_at) == 5


def test_another_takes_over_when_the_one_that_stands_goes(indexing: Indexing) -> None:
    write_documents(indexing.store, [issue(1), issue(2), issue(3)])
    indexing.run()
    indexing.store.delete(DOCUMENTS[Category.ARTICLES], {"_id": issue(1).id})

    report = indexing.run()

    found = footer(indexing.vectors)
    assert (report.embedded, report.deleted, report.removed_documents) == (1, 2, 1)
    assert (found.provenance.link, [place.link for place in found.also_at]) == (
        "https://ada.dev/2",
        ["https://ada.dev/3"],
    )


def test_it_is_never_gone_while_another_takes_over(indexing: Indexing) -> None:
    write_documents(indexing.store, [issue(1), issue(2)])
    indexing.run()
    indexing.store.delete(DOCUMENTS[Category.ARTICLES], {"_id": issue(1).id})
    seen: list[int] = []
    vectors = indexing.vectors

    class Watched:
        def __getattr__(self, name: str) -> object:
            seen.append(sum("Subscribe" in str(fields["text"]) for fields, _ in contents(vectors).values()))
            return getattr(vectors, name)

    indexing.vectors = Watched()  # type: ignore[assignment]  # has every method by delegation
    indexing.run()

    assert min(seen) == 1


def test_an_edited_title_is_seen_where_another_stands_for_the_passage(indexing: Indexing) -> None:
    write_documents(indexing.store, [issue(1), issue(2)])
    indexing.run()
    renamed = issue(2).content.model_copy(update={"title": "Renamed"})
    write_documents(indexing.store, [issue(2).model_copy(update={"content": renamed})])

    indexing.run()

    assert [place.title for place in footer(indexing.vectors).also_at] == ["Renamed"]


def test_a_filter_finds_it_by_each_of_its_documents(indexing: Indexing) -> None:
    write_documents(indexing.store, [issue(1), issue(400, language="de")])
    indexing.run()

    assert indexing.vectors.count(ChunkFilter(language="de")) == 2
    assert indexing.vectors.count(ChunkFilter(published_since=datetime(2025, 1, 1, tzinfo=UTC).date())) == 2
    assert indexing.vectors.count(ChunkFilter(published_since=datetime(2026, 1, 1, tzinfo=UTC).date())) == 0


def test_a_passage_that_a_document_repeats_is_indexed_once_without_another_place(indexing: Indexing) -> None:
    write_documents(indexing.store, [issue(1, text=FOOTER)])
    indexing.run()

    assert footer(indexing.vectors).also_at == ()


def test_whatever_the_order_of_arrival_the_index_is_the_same(indexing: Indexing) -> None:
    issues = [issue(3), issue(1), issue(2)]
    for each in issues:
        write_documents(indexing.store, [each])
        indexing.run()

    assert contents(indexing.vectors) == clean_build(issues)
