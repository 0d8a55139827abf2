from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from llm_engineering.domain.chunks import Chunk, ChunkFilter, EmbeddedChunk, EmbeddingIdentity, Span, TermVector
from llm_engineering.domain.documents import Category, Provenance

PROVENANCE = Provenance(
    document_id="document",
    content_hash="0f" * 32,
    author_id="author",
    author_full_name="Ada Lovelace",
    category=Category.ARTICLES,
    platform="ada.dev",
    link="https://ada.dev/one",
    title="One",
    language="en",
)
CHUNK = Chunk(
    id="chunk",
    provenance=PROVENANCE,
    span=Span(start=3, end=8),
    text="Text.",
    heading_path=("First", "Second"),
    context="One > First > Second",
    token_count=12,
)


def test_the_context_is_indexed_on_a_line_before_the_text() -> None:
    assert CHUNK.indexed_text == "One > First > Second\nText."


def test_without_context_the_text_alone_is_indexed() -> None:
    assert CHUNK.model_copy(update={"context": ""}).indexed_text == "Text."


@pytest.mark.parametrize(
    "changed",
    [
        {"id": "other"},
        {"text": "Text!"},
        {"heading_path": ("First",)},
        {"heading_path": ("First", "Second", "")},
        {"context": ""},
        {"token_count": 13},
        {"span": Span(start=4, end=8)},
        {"span": Span(start=3, end=9)},
        {"provenance": PROVENANCE.model_copy(update={"document_id": "other"})},
        {"provenance": PROVENANCE.model_copy(update={"content_hash": "f0" * 32})},
        {"provenance": PROVENANCE.model_copy(update={"author_id": "other"})},
        {"provenance": PROVENANCE.model_copy(update={"author_full_name": "Ada Byron"})},
        {"provenance": PROVENANCE.model_copy(update={"category": Category.POSTS})},
        {"provenance": PROVENANCE.model_copy(update={"platform": "other"})},
        {"provenance": PROVENANCE.model_copy(update={"link": "https://ada.dev/two"})},
        {"provenance": PROVENANCE.model_copy(update={"title": "Two"})},
        {"provenance": PROVENANCE.model_copy(update={"language": None})},
    ],
)
def test_the_digest_changes_with_every_field(changed: dict[str, Any]) -> None:
    assert CHUNK.model_copy(update=changed).digest != CHUNK.digest


def test_the_digest_is_that_of_an_equal_chunk() -> None:
    assert Chunk.model_validate_json(CHUNK.model_dump_json()).digest == CHUNK.digest


@pytest.mark.parametrize("place", [{"start": -1, "end": 0}, {"start": 0, "end": -1}])
def test_a_span_does_not_start_before_the_text(place: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        Span(**place)


def test_vectors_have_at_least_one_dimension() -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        EmbeddingIdentity(model="letters", dimension=0, precision="float32")


def test_an_embedded_chunk_is_compared_by_what_it_is_not_by_its_numbers() -> None:
    vector = np.ones(3, dtype=np.float32)

    terms = TermVector(np.array([7], dtype=np.uint32), np.ones(1, dtype=np.float32))

    assert EmbeddedChunk(CHUNK, vector, terms) != EmbeddedChunk(CHUNK, vector, terms)


def test_a_filter_restricts_nothing_by_default() -> None:
    assert set(ChunkFilter().model_dump().values()) == {None}


def test_a_misspelt_filter_is_refused() -> None:
    with pytest.raises(ValidationError, match="autor_id"):
        ChunkFilter.model_validate({"autor_id": "ada"})
