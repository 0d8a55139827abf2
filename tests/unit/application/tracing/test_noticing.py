"""What is noticed in any value: chunks, whole documents, prompts and completions, by their types."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from llm_engineering.application.answer.asking import FoundPassage
from llm_engineering.application.retrieve.passages import Passage
from llm_engineering.application.tracing.noticing import Noticed
from llm_engineering.domain.chunks import Candidate, ScoredChunk
from llm_engineering.domain.language_models import Completion, FinishReason, TokenUsage
from llm_engineering.domain.prompts import RenderedPrompt
from tests.support.documents import article, chunk, cleaned
from tests.support.traces import MESSAGES, V1

ONE, TWO = chunk("one", chunk_id="1"), chunk("two", chunk_id="2")
PROMPT = RenderedPrompt(reference=V1, messages=MESSAGES)
SAID = Completion(text="Plums.", model="small", finish_reason=FinishReason.STOP, usage=TokenUsage())


@dataclass
class Holding:
    something: Any


def passage(number: int | None, score: float, found: str = "1") -> FoundPassage:
    held = {"1": ONE, "2": TWO}[found]
    return FoundPassage(number=number, chunk=held, score=score, similarity=None, word_score=None)


def chunks(value: object) -> list[tuple[str, int | None, float | None]]:
    return [(each.chunk_id, each.number, each.score) for each in Noticed(value).chunks]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (ONE, [("1", None, None)]),
        ([TWO, ONE, TWO], [("2", None, None), ("1", None, None)]),
        ((passage(1, 0.5), passage(None, 0.25, "2")), [("1", 1, 0.5), ("2", None, 0.25)]),
        ([ScoredChunk(chunk=ONE, score=0.5)], [("1", None, 0.5)]),
        ([Passage(number=3, found=ScoredChunk(chunk=ONE, score=0.5))], [("1", 3, 0.5)]),
        ([passage(None, 0.5), passage(2, 0.75)], [("1", 2, 0.75)]),  # what is said later counts
        ([passage(2, 0.75), ONE], [("1", 2, 0.75)]),
        ({"chunk": ONE}, [("1", None, None)]),
        ([[[ONE]]], [("1", None, None)]),
        ([[[[ONE]]]], []),  # too deep
        ("1", []),
        (None, []),
        (Decimal(1), []),
    ],
)
def test_chunks_are_listed_once_with_what_is_said_of_them(
    value: object, expected: list[tuple[str, int | None, float | None]]
) -> None:
    assert chunks(value) == expected


def test_the_chunk_of_a_candidate_is_not_read_for_a_trace() -> None:
    candidate = Candidate("1", "doc", np.zeros(3, dtype=np.float32), None, lambda: pytest.fail("it is read"))

    assert chunks([candidate]) == []


def test_two_hundred_chunks_are_enough() -> None:
    many = [chunk("one", chunk_id=str(number)) for number in range(201)]

    assert [each.chunk_id for each in Noticed(many).chunks] == [str(number) for number in range(200)]


def test_documents_are_listed_once_without_an_id_of_a_chunk() -> None:
    raw, clean = article("raw"), cleaned("clean", link="https://ada.dev/two")
    found = Noticed([raw, raw, clean]).documents

    assert [(each.chunk_id, each.link) for each in found] == [("", "https://ada.dev/one"), ("", "https://ada.dev/two")]
    assert Noticed([raw]).chunks == ()


@pytest.mark.parametrize(
    ("value", "prompts", "completions"),
    [
        (PROMPT, 1, 0),
        (SAID, 0, 1),
        ([PROMPT, SAID], 1, 1),
        (Holding(PROMPT), 1, 0),
        ([Holding(PROMPT), Holding(SAID)], 0, 1),  # a prompt two levels down belongs to another node
        ([[Holding(SAID)]], 0, 0),
    ],
)
def test_prompts_and_completions_are_found_where_nodes_have_them(value: object, prompts: int, completions: int) -> None:
    noticed = Noticed(value)

    assert noticed.prompts == [PROMPT] * prompts
    assert noticed.completions == [SAID] * completions
