from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.domain.chunks import Chunk, ChunkFilter, OtherPlace, Span
from llm_engineering.domain.documents import Category, Provenance
from llm_engineering.infrastructure.vector_stores.payloads import (
    UnreadablePayloadError,
    chunk_of,
    cosine,
    payload_of,
    publication_bounds,
    restrictions,
    text_field,
)

CHUNK_ID = "6b1f3c1e-52ab-5a5e-9d5f-4be4f3a0f6c1"
CHUNK = Chunk(
    id=CHUNK_ID,
    provenance=Provenance(
        document_id="d1",
        content_hash="abc",
        author_id="a1",
        author_full_name="Ada Lovelace",
        category=Category.POSTS,
        platform="example.com",
        link="https://example.com/1",
        title="Notes",
        language=None,
        published_at=datetime(2024, 5, 1, 12, tzinfo=UTC),
    ),
    span=Span(start=3, end=8),
    text="Words",
    heading_path=("One", "Two"),
    context="Notes > One > Two",
    token_count=9,
)
CHUNKS = st.builds(
    Chunk,
    id=st.uuids().map(str),
    provenance=st.builds(Provenance, language=st.none() | st.text()),
    span=st.builds(Span),
    heading_path=st.lists(st.text()).map(tuple),
    also_at=st.lists(st.builds(OtherPlace, language=st.none() | st.text()), max_size=2).map(tuple),
)


def test_every_field_is_stored_and_filters_find_theirs_at_the_top() -> None:
    assert payload_of(CHUNK) == {
        "document_id": "d1",
        "content_hash": "abc",
        "author_id": "a1",
        "author_full_name": "Ada Lovelace",
        "category": "posts",
        "platform": "example.com",
        "link": "https://example.com/1",
        "title": "Notes",
        "language": None,
        "published_at": "2024-05-01T12:00:00Z",
        "span": {"start": 3, "end": 8},
        "text": "Words",
        "heading_path": ["One", "Two"],
        "context": "Notes > One > Two",
        "token_count": 9,
        "also_at": [],
        "lines": None,
        "digest": CHUNK.digest,
    }


def test_filters_find_a_shared_chunk_by_what_any_of_its_documents_has() -> None:
    other = OtherPlace(
        document_id="d2",
        link="https://medium.com/2",
        title="Notes again",
        category=Category.ARTICLES,
        platform="example.com",
        language="en",
        published_at=datetime(2025, 5, 1, tzinfo=UTC),
    )
    shared = CHUNK.model_copy(update={"also_at": (other,)})

    payload = payload_of(shared)

    assert (payload["category"], payload["platform"], payload["language"]) == (
        ["posts", "articles"],
        "example.com",
        [None, "en"],
    )
    assert payload["published_at"] == ["2024-05-01T12:00:00Z", "2025-05-01T00:00:00Z"]
    assert payload["document_id"] == "d1"
    assert chunk_of(CHUNK_ID, payload) == shared


@given(CHUNKS)
def test_any_chunk_is_made_again_from_its_payload(chunk: Chunk) -> None:
    assert chunk_of(chunk.id, payload_of(chunk)) == chunk


@pytest.mark.parametrize(
    "payload", [None, {}, {**payload_of(CHUNK), "span": "3-8"}, {**payload_of(CHUNK), "category": "poems"}]
)
def test_what_is_not_a_chunk_is_refused(payload: dict[str, object] | None) -> None:
    with pytest.raises(UnreadablePayloadError, match=f"The stored chunk {CHUNK_ID} cannot be read") as refused:
        chunk_of(CHUNK_ID, payload)
    assert refused.value.point_id == CHUNK_ID


def test_a_field_that_is_unknown_is_not_lost_silently() -> None:
    with pytest.raises(UnreadablePayloadError, match="mood"):
        chunk_of(CHUNK_ID, {**payload_of(CHUNK), "mood": "gay"})


@pytest.mark.parametrize(("payload", "digest"), [({"digest": "abc"}, "abc"), ({}, ""), (None, "")])
def test_a_missing_digest_is_empty(payload: dict[str, object] | None, digest: str) -> None:
    assert text_field(payload, "digest") == digest


def test_a_filter_restricts_only_by_what_it_sets() -> None:
    where = ChunkFilter(author_id="a1", category=Category.ARTICLES)
    assert restrictions(where) == {"author_id": "a1", "category": "articles"}
    assert restrictions(ChunkFilter()) == {}


def test_days_of_publication_are_whole_days_of_utc() -> None:
    where = ChunkFilter(published_since=date(2024, 2, 29), published_until=date(2024, 12, 31))
    assert publication_bounds(where) == {
        "gte": datetime(2024, 2, 29, tzinfo=UTC),
        "lt": datetime(2025, 1, 1, tzinfo=UTC),
    }
    assert publication_bounds(ChunkFilter(published_until=date(2024, 1, 1))).keys() == {"lt"}
    assert publication_bounds(ChunkFilter()) == {}


@pytest.mark.parametrize(("score", "expected"), [(1.0000001, 1.0), (-1.0000001, -1.0), (0.25, 0.25)])
def test_a_cosine_stays_in_its_range(score: float, expected: float) -> None:
    assert cosine(score) == expected
