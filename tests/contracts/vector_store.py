"""What every VectorStore promises, as tests: an adapter's or a fake's suite subclasses one of these classes.

A suite defines the fixture `open_store`, which opens the collection of the test; calling it again after `close`
opens the same data. That only one process opens an embedded store is no promise of the port (a server is there
to be shared); the tests of Qdrant Edge hold it.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import pytest
from numpy.typing import NDArray

from llm_engineering.application.ports import VectorStore
from llm_engineering.domain.chunks import (
    STANDARD_TERMS,
    Candidate,
    Chunk,
    ChunkFilter,
    EmbeddedChunk,
    EmbeddedQuestion,
    EmbeddingIdentity,
    OtherPlace,
    Span,
    TermScheme,
    TermVector,
)
from llm_engineering.domain.documents import Category, Provenance
from llm_engineering.domain.errors import CollectionMismatchError, InvalidInputError
from llm_engineering.domain.identity import identifier

IDENTITY: Final = EmbeddingIdentity(model="three-numbers", dimension=3, precision="float32")
EVERYTHING: Final = ChunkFilter()
REPOSITORY_ROOT: Final = Path(__file__).parents[2]

EAST: Final = (1.0, 0.0, 0.0)
"""cos(EAST, EAST) = 1, cos(EAST, NORTHEAST) = 0.6, cos(EAST, NORTH) = 0, cos(EAST, WEST) = -1."""
NORTHEAST: Final = (0.6, 0.8, 0.0)
NORTH: Final = (0.0, 1.0, 0.0)
WEST: Final = (-1.0, 0.0, 0.0)


class OpenStore(Protocol):
    """Opens the collection of a test for vectors of an identity and a scheme."""

    def __call__(self, identity: EmbeddingIdentity = IDENTITY, terms: TermScheme = STANDARD_TERMS) -> VectorStore: ...


def provenance(
    *,
    document: str = "document",
    author: str = "author",
    category: Category = Category.ARTICLES,
    title: str = "Title",
    platform: str = "example.com",
    language: str | None = "en",
    published_at: datetime | None = None,
) -> Provenance:
    return Provenance(
        document_id=document,
        content_hash="0f" * 32,
        author_id=author,
        author_full_name="Ada Lovelace",
        category=category,
        platform=platform,
        link=f"https://example.com/{document}",
        title=title,
        language=language,
        published_at=published_at,
    )


def chunk(name: str, *, text: str = "Some text.", about: Provenance | None = None) -> Chunk:
    return Chunk(
        id=identifier("chunk", name),
        provenance=about or provenance(),
        span=Span(start=7, end=7 + len(text)),
        text=text,
        heading_path=("First", "Second"),
        context="Title > First > Second",
        token_count=12,
    )


def vector(*numbers: float) -> NDArray[np.float32]:
    return np.array(numbers, dtype=np.float32)


def terms(**weights: float) -> TermVector:
    """Return the terms t1, t2 and so on with their weights."""
    numbers = [int(name.removeprefix("t")) for name in weights]
    return TermVector(np.array(numbers, dtype=np.uint32), np.array(list(weights.values()), dtype=np.float32))


def embedded(
    name: str,
    direction: tuple[float, ...] = EAST,
    *,
    text: str = "Some text.",
    about: Provenance | None = None,
    words: TermVector | None = None,
) -> EmbeddedChunk:
    return EmbeddedChunk(chunk(name, text=text, about=about), vector(*direction), words or terms(t1=1.0))


def candidates(
    store: VectorStore,
    direction: tuple[float, ...],
    words: TermVector,
    *,
    depth: int = 10,
    where: ChunkFilter = EVERYTHING,
) -> dict[str, Candidate]:
    """Return what is found, by the names of the chunks' texts."""
    question = EmbeddedQuestion(vector(*direction), words)
    return {found.chunk.text: found for found in store.candidates(question, depth=depth, where=where)}


def ids(*names: str) -> set[str]:
    return {identifier("chunk", name) for name in names}


def found_ids(store: VectorStore, where: ChunkFilter = EVERYTHING, *, limit: int = 10) -> list[str]:
    return [found.chunk.id for found in store.search(vector(*EAST), limit=limit, where=where)]


class VectorStoreContract:
    """Holds for every adapter and every fake."""

    @pytest.fixture
    def open_store(self) -> OpenStore:
        raise NotImplementedError

    @pytest.fixture
    def store(self, open_store: OpenStore) -> Iterator[VectorStore]:
        store = open_store()
        yield store
        store.close()

    def test_a_new_collection_is_empty(self, store: VectorStore) -> None:
        assert store.count(EVERYTHING) == 0
        assert store.search(vector(*EAST), limit=5, where=EVERYTHING) == []
        assert store.digests("document") == {}
        assert store.document_ids("author") == set()

    def test_location_is_for_people(self, store: VectorStore) -> None:
        assert store.location

    # Writing

    def test_a_chunk_comes_back_as_it_went_in(self, store: VectorStore) -> None:
        written = embedded("a")
        store.upsert([written])
        assert [found.chunk for found in store.search(vector(*EAST), limit=1, where=EVERYTHING)] == [written.chunk]

    @pytest.mark.parametrize(
        "text",
        ["Grüße, 世界! 👩‍💻", "e\u0301 is not é", 'quotes " and \\ and \t\r\n', "nul \0 and \u2028", "", "x" * 50_000],
    )
    def test_any_text_comes_back_as_it_went_in(self, store: VectorStore, text: str) -> None:
        written = embedded("a", text=text, about=provenance(title=text, document=f"ü{text[:20]}"))
        store.upsert([written])
        where = ChunkFilter(document_id=f"ü{text[:20]}")
        assert [found.chunk for found in store.search(vector(*EAST), limit=1, where=where)] == [written.chunk]

    def test_fields_that_may_be_empty_come_back_empty(self, store: VectorStore) -> None:
        bare = chunk("a").model_copy(
            update={
                "heading_path": (),
                "context": "",
                "provenance": provenance().model_copy(update={"language": None, "title": ""}),
            }
        )
        store.upsert([EmbeddedChunk(bare, vector(*EAST), terms())])
        assert store.search(vector(*EAST), limit=1, where=EVERYTHING)[0].chunk == bare

    def test_writing_twice_is_writing_once(self, store: VectorStore) -> None:
        for _ in range(2):
            store.upsert([embedded("a"), embedded("b", NORTH)])
        assert store.count(EVERYTHING) == 2

    def test_upsert_replaces_text_and_vector(self, store: VectorStore) -> None:
        store.upsert([embedded("a", EAST, text="old")])
        store.upsert([embedded("a", NORTH, text="new")])
        [found] = store.search(vector(*EAST), limit=5, where=EVERYTHING)
        assert found.chunk.text == "new"
        assert round(found.score, 5) == 0.0

    def test_of_two_with_one_id_the_last_stays(self, store: VectorStore) -> None:
        store.upsert([embedded("a", NORTH, text="first"), embedded("a", EAST, text="last")])
        [found] = store.search(vector(*EAST), limit=5, where=EVERYTHING)
        assert (found.chunk.text, round(found.score, 5)) == ("last", 1.0)

    def test_writing_nothing_is_fine(self, store: VectorStore) -> None:
        store.upsert([])
        store.replace_payloads([])
        store.delete([])
        assert store.count(EVERYTHING) == 0

    @pytest.mark.parametrize(
        "wrong",
        [
            pytest.param(vector(1.0, 0.0), id="too short"),
            pytest.param(vector(1.0, 0.0, 0.0, 0.0), id="too long"),
            pytest.param(np.array([[1.0, 0.0, 0.0]], dtype=np.float32), id="a row of a matrix"),
            pytest.param(vector(np.nan, 0.0, 0.0), id="not a number"),
            pytest.param(vector(np.inf, 0.0, 0.0), id="infinite"),
            pytest.param(vector(0.0, 0.0, 0.0), id="no direction"),
            pytest.param(vector(2.0, 0.0, 0.0), id="length 2"),
        ],
    )
    def test_one_wrong_vector_and_nothing_is_written(self, store: VectorStore, wrong: NDArray[np.float32]) -> None:
        store.upsert([embedded("a", NORTH, text="before")])
        with pytest.raises(InvalidInputError, match="vector"):
            store.upsert([
                embedded("a", text="after"),
                embedded("b"),
                EmbeddedChunk(chunk("c"), wrong, terms()),
                embedded("d"),
            ])
        [found] = store.search(vector(*NORTH), limit=5, where=EVERYTHING)
        assert (found.chunk.text, round(found.score, 5)) == ("before", 1.0)

    def test_a_length_that_rounding_explains_is_fine(self, store: VectorStore) -> None:
        store.upsert([EmbeddedChunk(chunk("a"), vector(0.998, 0.0, 0.0), terms())])
        assert store.search(vector(*EAST), limit=1, where=EVERYTHING)[0].score == pytest.approx(1.0, abs=0.01)

    # Searching

    def test_the_most_similar_comes_first_with_its_cosine(self, store: VectorStore) -> None:
        store.upsert([embedded("w", WEST), embedded("n", NORTH), embedded("e", EAST), embedded("ne", NORTHEAST)])
        found = store.search(vector(*EAST), limit=10, where=EVERYTHING)
        assert [(each.chunk.id, round(each.score, 5)) for each in found] == [
            (identifier("chunk", "e"), 1.0),
            (identifier("chunk", "ne"), 0.6),
            (identifier("chunk", "n"), 0.0),
            (identifier("chunk", "w"), -1.0),
        ]

    def test_scores_never_leave_the_range_of_a_cosine(self, store: VectorStore) -> None:
        directions = np.random.default_rng(7).normal(size=(50, 3))
        units = (directions / np.linalg.norm(directions, axis=1, keepdims=True)).astype(np.float32)
        store.upsert([EmbeddedChunk(chunk(str(number)), unit, terms()) for number, unit in enumerate(units)])
        scores = [found.score for unit in units for found in store.search(unit, limit=50, where=EVERYTHING)]
        assert min(scores) >= -1.0
        assert max(scores) <= 1.0

    def test_limit_cuts_the_list(self, store: VectorStore) -> None:
        store.upsert([embedded("n", NORTH), embedded("e", EAST), embedded("ne", NORTHEAST)])
        assert found_ids(store, limit=2) == [identifier("chunk", "e"), identifier("chunk", "ne")]

    @pytest.mark.parametrize("limit", [0, -1])
    def test_a_limit_below_one_is_refused(self, store: VectorStore, limit: int) -> None:
        with pytest.raises(InvalidInputError, match=f"limit of a search is {limit}"):
            store.search(vector(*EAST), limit=limit, where=EVERYTHING)

    @pytest.mark.parametrize(
        "question", [vector(1.0, 0.0), vector(1.0, 0.0, 0.0, 0.0), vector(0.0, 0.0, 0.0), vector(np.nan, 0.0, 0.0)]
    )
    def test_a_wrong_question_is_refused(self, store: VectorStore, question: NDArray[np.float32]) -> None:
        with pytest.raises(InvalidInputError, match="vector"):
            store.search(question, limit=1, where=EVERYTHING)

    # Candidates

    def test_what_is_close_and_what_shares_words_is_found_once_each(self, store: VectorStore) -> None:
        store.upsert([
            embedded("close", EAST, text="close", words=terms(t5=1.0)),
            embedded("both", NORTHEAST, text="both", words=terms(t1=1.0)),
            embedded("worded", WEST, text="worded", words=terms(t1=2.0)),
            embedded("neither", NORTH, text="neither", words=terms(t6=1.0)),
        ])
        found = candidates(store, EAST, terms(t1=1.0), depth=2)
        assert set(found) == {"close", "both", "worded"}
        # Two of four chunks have the term: ln(1 + (4 - 2 + 0.5) / (2 + 0.5)) = ln 2.
        assert found["both"].term_score == pytest.approx(np.log(2), abs=1e-5)
        assert found["worded"].term_score == pytest.approx(2 * np.log(2), abs=1e-5)
        assert found["close"].term_score is None
        assert found["both"].embedding == pytest.approx(np.array(NORTHEAST), abs=1e-6)

    def test_terms_of_the_question_are_weighed(self, store: VectorStore) -> None:
        store.upsert([
            embedded("a", text="a", words=terms(t1=1.5, t4000000000=1.0)),
            embedded("b", words=terms(t7=1.0)),
        ])
        found = candidates(store, EAST, terms(t1=1.0, t4000000000=0.25))
        # One of two chunks has each term: ln(1 + (2 - 1 + 0.5) / (1 + 0.5)) = ln 2.
        assert found["a"].term_score == pytest.approx((1.5 + 0.25) * np.log(2), abs=1e-5)

    def test_a_question_without_terms_is_answered_by_meaning(self, store: VectorStore) -> None:
        store.upsert([embedded("a", text="a"), embedded("b", text="b", words=terms())])
        found = candidates(store, EAST, terms())
        assert {name: each.term_score for name, each in found.items()} == {"a": None, "b": None}

    def test_candidates_are_whole_and_in_the_order_of_their_ids(self, store: VectorStore) -> None:
        written = [embedded(str(number), text=str(number)) for number in range(9)]
        store.upsert(written)
        question = EmbeddedQuestion(vector(*EAST), terms(t1=1.0))
        found = [each.chunk for each in store.candidates(question, depth=9, where=EVERYTHING)]
        assert found == sorted((each.chunk for each in written), key=lambda each: each.id)

    def test_a_replaced_chunk_is_found_by_its_new_words_only(self, store: VectorStore) -> None:
        store.upsert([
            embedded("a", NORTH, text="a", words=terms(t1=1.0)),
            embedded("b", text="b", words=terms(t9=1.0)),
        ])
        store.upsert([embedded("a", NORTH, text="a", words=terms(t2=1.0))])
        assert candidates(store, EAST, terms(t1=1.0), depth=1).keys() == {"b"}
        assert candidates(store, EAST, terms(t2=1.0), depth=1).keys() == {"a", "b"}

    def test_a_chunk_that_was_found_before_is_found_with_its_new_vector(self, store: VectorStore) -> None:
        store.upsert([embedded("a", NORTH, text="a")])
        before = candidates(store, EAST, terms())["a"].embedding
        store.upsert([embedded("a", EAST, text="a")])
        after = candidates(store, EAST, terms())["a"].embedding
        assert (before.tolist(), after.tolist()) == ([*NORTH], [*EAST])

    def test_a_chunk_that_was_found_before_is_not_found_when_it_is_deleted(self, store: VectorStore) -> None:
        store.upsert([embedded("a", text="a"), embedded("b", text="b")])
        candidates(store, EAST, terms(t1=1.0))
        store.delete(list(ids("a")))
        assert candidates(store, EAST, terms(t1=1.0)).keys() == {"b"}

    def test_replaced_payloads_keep_their_terms(self, store: VectorStore) -> None:
        store.upsert([embedded("a", words=terms(t3=1.0)), embedded("b")])
        store.replace_payloads([chunk("a", text="moved")])
        assert candidates(store, EAST, terms(t3=1.0))["moved"].term_score == pytest.approx(np.log(2), abs=1e-5)

    def test_a_filter_holds_for_meaning_and_words(self, store: VectorStore) -> None:
        store.upsert([embedded("a", text="a", about=provenance(author="ada")), embedded("b", text="b")])
        assert candidates(store, EAST, terms(t1=1.0), where=ChunkFilter(author_id="ada")).keys() == {"a"}

    @pytest.mark.parametrize(
        "wrong",
        [
            pytest.param(TermVector(np.array([2, 1], np.uint32), np.ones(2, np.float32)), id="not ascending"),
            pytest.param(TermVector(np.array([1, 1], np.uint32), np.ones(2, np.float32)), id="twice"),
            pytest.param(TermVector(np.array([1], np.uint32), np.zeros(1, np.float32)), id="no weight"),
            pytest.param(TermVector(np.array([1], np.uint32), np.array([np.nan], np.float32)), id="not a number"),
            pytest.param(TermVector(np.array([1], np.uint32), np.ones(2, np.float32)), id="two weights"),
        ],
    )
    def test_wrong_terms_are_refused_and_nothing_is_written(self, store: VectorStore, wrong: TermVector) -> None:
        with pytest.raises(InvalidInputError, match="terms of a text"):
            store.upsert([embedded("a"), embedded("b", words=wrong)])
        with pytest.raises(InvalidInputError, match="terms of a text"):
            store.candidates(EmbeddedQuestion(vector(*EAST), wrong), depth=1, where=EVERYTHING)
        assert store.count(EVERYTHING) == 0

    @pytest.mark.parametrize("depth", [0, -1])
    def test_a_depth_below_one_is_refused(self, store: VectorStore, depth: int) -> None:
        with pytest.raises(InvalidInputError, match=f"limit of a search is {depth}"):
            store.candidates(EmbeddedQuestion(vector(*EAST), terms()), depth=depth, where=EVERYTHING)

    # Filters

    @pytest.mark.parametrize(
        ("where", "names"),
        [
            (ChunkFilter(platform="medium"), {"first"}),
            (ChunkFilter(language="de"), {"second"}),
            (ChunkFilter(published_since=date(2024, 5, 2)), {"second", "third"}),
            (ChunkFilter(published_until=date(2024, 5, 2)), {"first", "second"}),
            (ChunkFilter(published_since=date(2024, 5, 2), published_until=date(2024, 5, 2)), {"second"}),
            (ChunkFilter(published_since=date(2024, 5, 4)), set()),
            (ChunkFilter(language="de", published_until=date(2024, 5, 1)), set()),
        ],
    )
    def test_platform_language_and_days_restrict(self, store: VectorStore, where: ChunkFilter, names: set[str]) -> None:
        def published(day: int, hour: int, **about: str) -> Provenance:
            return provenance(published_at=datetime(2024, 5, day, hour, tzinfo=UTC), **about)  # type: ignore[arg-type]  # strings only

        store.upsert([
            embedded("first", about=published(1, 23, platform="medium")),
            embedded("second", about=published(2, 23, language="de")),
            embedded("third", about=published(3, 0)),
            embedded("undated", about=provenance(language=None)),
        ])
        assert set(found_ids(store, where)) == ids(*names)
        assert store.count(where) == len(names)

    @pytest.mark.parametrize(
        ("where", "names"),
        [
            (ChunkFilter(), {"article", "post", "other", "stranger"}),
            (ChunkFilter(author_id="ada"), {"article", "post", "other"}),
            (ChunkFilter(author_id="bob"), {"stranger"}),
            (ChunkFilter(author_id="ad"), set()),
            (ChunkFilter(category=Category.ARTICLES), {"article", "other", "stranger"}),
            (ChunkFilter(category=Category.REPOSITORIES), set()),
            (ChunkFilter(document_id="d1"), {"article"}),
            (ChunkFilter(author_id="ada", category=Category.ARTICLES), {"article", "other"}),
            (ChunkFilter(author_id="bob", category=Category.POSTS), set()),
            (ChunkFilter(author_id="ada", document_id="d4"), set()),
            (ChunkFilter(author_id="ada", category=Category.POSTS, document_id="d2"), {"post"}),
        ],
    )
    def test_a_filter_lets_only_its_own_pass(self, store: VectorStore, where: ChunkFilter, names: set[str]) -> None:
        store.upsert([
            embedded("article", about=provenance(author="ada", document="d1")),
            embedded("post", about=provenance(author="ada", document="d2", category=Category.POSTS)),
            embedded("other", NORTHEAST, about=provenance(author="ada", document="d3")),
            embedded("stranger", NORTH, about=provenance(author="bob", document="d4")),
        ])
        assert set(found_ids(store, where)) == ids(*names)
        assert store.count(where) == len(names)

    def test_values_are_counted_with_those_of_the_documents_that_a_chunk_stands_for(self, store: VectorStore) -> None:
        shared = embedded("shared", about=provenance(author="ada", platform="ada.dev", language=None))
        there = OtherPlace.of(provenance(document="d2", category=Category.POSTS, platform="medium", language="de"))
        store.upsert([
            replace(shared, chunk=shared.chunk.model_copy(update={"also_at": (there,)})),
            embedded("own", about=provenance(author="ada", platform="ada.dev")),
            embedded("stranger", about=provenance(author="bob", platform="medium")),
        ])
        assert store.counts_by("author_id") == {"ada": 2, "bob": 1}
        assert store.counts_by("category") == {"articles": 3, "posts": 1}
        assert store.counts_by("platform") == {"ada.dev": 2, "medium": 2}
        assert store.counts_by("language") == {"en": 2, "de": 1}

    def test_an_empty_collection_has_no_values(self, store: VectorStore) -> None:
        assert store.counts_by("platform") == {}

    def test_the_limit_counts_what_passes_the_filter(self, store: VectorStore) -> None:
        near = [embedded(f"near {number}", EAST, about=provenance(author="bob")) for number in range(20)]
        store.upsert([*near, embedded("far", WEST, about=provenance(author="ada"))])
        assert found_ids(store, ChunkFilter(author_id="ada"), limit=1) == [identifier("chunk", "far")]

    # Deleting

    def test_deleted_chunks_are_gone_and_unknown_ids_are_ignored(self, store: VectorStore) -> None:
        store.upsert([embedded("a"), embedded("b", NORTH)])
        store.delete([*ids("a", "never written"), "no UUID"])
        assert found_ids(store) == [identifier("chunk", "b")]

    def test_deleting_a_document_returns_how_many_chunks_it_had(self, store: VectorStore) -> None:
        gone, kept = provenance(document="gone"), provenance(document="kept")
        store.upsert([embedded("a", about=gone), embedded("b", about=gone), embedded("c", about=kept)])
        assert store.delete_document("gone") == 2
        assert store.delete_document("gone") == 0
        assert found_ids(store) == [identifier("chunk", "c")]

    # Comparing with what is stored

    def test_digests_are_those_of_the_chunks_of_one_document(self, store: VectorStore) -> None:
        mine, other = provenance(document="mine"), provenance(document="other")
        first, second = embedded("a", about=mine), embedded("b", text="More.", about=mine)
        store.upsert([first, second, embedded("c", about=other)])
        assert store.digests("mine") == {
            first.chunk.id: first.chunk.digest,
            second.chunk.id: second.chunk.digest,
        }

    def test_document_ids_are_those_of_one_author(self, store: VectorStore) -> None:
        store.upsert([
            embedded("a", about=provenance(author="ada", document="d1")),
            embedded("b", about=provenance(author="ada", document="d1")),
            embedded("c", about=provenance(author="ada", document="d2")),
            embedded("d", about=provenance(author="bob", document="d3")),
        ])
        assert store.document_ids("ada") == {"d1", "d2"}
        assert store.document_ids(None) == {"d1", "d2", "d3"}

    def test_documents_and_digests_are_complete_over_thousands_of_chunks(self, store: VectorStore) -> None:
        long = [embedded(f"long {number}", about=provenance(document="long")) for number in range(1500)]
        short = [embedded(str(number), about=provenance(document=f"d{number}")) for number in range(1001)]
        store.upsert([*long, *short])
        assert store.document_ids("author") == {"long", *(f"d{number}" for number in range(1001))}
        assert len(store.digests("long")) == 1500
        assert store.delete_document("long") == 1500
        assert store.count(EVERYTHING) == 1001

    def test_replaced_payloads_keep_their_vectors(self, store: VectorStore) -> None:
        store.upsert([embedded("a", NORTHEAST, about=provenance(author="ada", document="old"))])
        moved = chunk("a", text="moved", about=provenance(author="bob", document="new"))
        store.replace_payloads([moved])
        [found] = store.search(vector(*EAST), limit=5, where=ChunkFilter(author_id="bob"))
        assert (found.chunk, round(found.score, 5)) == (moved, 0.6)
        assert store.digests("new") == {moved.id: moved.digest}
        assert store.count(ChunkFilter(document_id="old")) == 0

    def test_replacing_payloads_ignores_what_is_not_stored(self, store: VectorStore) -> None:
        store.upsert([embedded("b", NORTH)])
        known, stray = chunk("b", text="changed"), chunk("a").model_copy(update={"id": "no UUID"})
        store.replace_payloads([chunk("a"), stray, known, chunk("c")])
        assert [found.chunk for found in store.search(vector(*EAST), limit=5, where=EVERYTHING)] == [known]

    # Closing and opening again

    def test_closing_twice_is_fine(self, store: VectorStore) -> None:
        store.close()
        store.close()

    def test_everything_is_there_after_opening_again(self, open_store: OpenStore) -> None:
        written = embedded("a", NORTHEAST)
        first = open_store()
        first.upsert([written, embedded("b"), embedded("c")])
        first.delete(list(ids("b")))
        first.replace_payloads([chunk("c", text="changed")])
        first.close()
        again = open_store()
        found = {each.chunk.id: each for each in again.search(vector(*EAST), limit=5, where=EVERYTHING)}
        again.close()
        assert set(found) == ids("a", "c")
        assert found[written.chunk.id].chunk == written.chunk
        assert round(found[written.chunk.id].score, 5) == 0.6
        assert found[chunk("c").id].chunk.text == "changed"

    @pytest.mark.parametrize(
        "change",
        [{"model": "another"}, {"dimension": 4}, {"precision": "bfloat16"}],
        ids=["model", "dimension", "precision"],
    )
    def test_another_identity_is_refused_and_harms_nothing(
        self, open_store: OpenStore, change: Mapping[str, object]
    ) -> None:
        first = open_store()
        first.upsert([embedded("a")])
        first.close()
        with pytest.raises(CollectionMismatchError, match=r"'three-numbers' \(3 dimensions, float32\)") as refused:
            open_store(IDENTITY.model_copy(update=change))
        assert str(next(iter(change.values()))) in str(refused.value)
        again = open_store()
        assert found_ids(again) == [identifier("chunk", "a")]
        again.close()

    @pytest.mark.parametrize("change", [{"language": "german"}, {"k1": 0.9}, {"average_words": 50}, {"version": 2}])
    def test_another_scheme_of_terms_is_refused_and_harms_nothing(
        self, open_store: OpenStore, change: Mapping[str, object]
    ) -> None:
        first = open_store()
        first.upsert([embedded("a")])
        first.close()
        with pytest.raises(
            CollectionMismatchError, match=r"holds term vectors of the scheme .*run the feature pipeline"
        ):
            open_store(IDENTITY, STANDARD_TERMS.model_copy(update=change))
        again = open_store()
        assert found_ids(again) == [identifier("chunk", "a")]
        again.close()


class DurableVectorStoreContract(VectorStoreContract):
    """Holds for every adapter that keeps its data outside the process."""

    @pytest.fixture
    def writer(self) -> list[str]:
        """Arguments of `tests.contracts.vector_store_writer` that open the collection of `open_store`."""
        raise NotImplementedError

    @pytest.mark.integration
    def test_a_killed_writer_loses_nothing_that_was_acknowledged(
        self, open_store: OpenStore, writer: list[str]
    ) -> None:
        acknowledged = last_acknowledged_before_kill([*writer], after=30)
        store = open_store()
        missing = {f"batch {number}" for number in range(acknowledged + 1)} - store.document_ids("author")
        whole = store.count(ChunkFilter(document_id=f"batch {acknowledged}"))
        store.close()
        assert missing == set()
        assert whole == 5

    @pytest.mark.integration
    @pytest.mark.slow
    def test_ten_thousand_chunks(self, store: VectorStore) -> None:
        angles = np.linspace(0, np.pi, 10_000)
        store.upsert([
            embedded(str(number), (float(np.cos(angle)), float(np.sin(angle)), 0.0), about=provenance(document="d"))
            for number, angle in enumerate(angles)
        ])
        assert store.count(EVERYTHING) == 10_000
        assert found_ids(store, limit=3) == [identifier("chunk", str(number)) for number in range(3)]


def last_acknowledged_before_kill(arguments: list[str], *, after: int) -> int:
    """Kill a writer in the middle of its work and return the number of the last batch that it acknowledged.

    The writer prints the number of each batch when `upsert` has returned; it is killed on the line `after`, and
    what it still printed until it was dead counts as well.
    """
    command = [sys.executable, "-m", "tests.contracts.vector_store_writer", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY_ROOT) as process:
        if process.stdout is None:
            raise RuntimeError("the writer has no standard output")
        lines = [process.stdout.readline() for _ in range(after + 1)]
        process.kill()
        lines += process.stdout.readlines()
    # A kill can cut the last line short.
    return int([line for line in lines if line.endswith("\n")][-1])
