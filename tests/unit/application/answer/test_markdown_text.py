"""Sentences, marks and code of an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.answer.markdown_text import (
    code_ranges,
    marks_in,
    pieces,
    sentence_ranges,
    without_marks,
)


def texts(text: str) -> list[str]:
    return [text[piece.start : piece.end] for piece in pieces(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It weaves. It sings! [1] Does it?", ["It weaves.", "It sings! [1]", "Does it?"]),
        (
            "It is fast, e.g. here. Dr. Who said 3.5 is ok. [1][2] End",
            ["It is fast, e.g. here.", "Dr. Who said 3.5 is ok. [1][2]", "End"],
        ),
        ("A line\nthat goes on. Next.", ["A line\nthat goes on.", "Next."]),
        ("# Head\ntext one [1]", ["# Head", "text one [1]"]),
        ("- one. [1]\n- two\n  goes on", ["- one. [1]", "- two\n  goes on"]),
        ("1. first\n2. second", ["1. first", "2. second"]),
        ("| a | b |\n| c | d [1] |", ["| a | b |", "| c | d [1] |"]),
        ("特徴量です。次の文です[1]。終わり", ["特徴量です。", "次の文です[1]。", "終わり"]),
        ("هل هذا نص؟ نعم.", ["هل هذا نص؟", "نعم."]),
        ("Run:\n```\na. b. [1]\n```\n\n[2]", ["Run:", "```\na. b. [1]\n```\n\n[2]"]),
        ("", []),
    ],
)
def test_a_text_falls_into_sentences(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_headings_and_code_claim_nothing() -> None:
    assert [piece.is_claim for piece in pieces("# Head\n\nText.\n\n```py\nx = 1\n```")] == [False, True, False]


def test_marks_in_code_are_none() -> None:
    text = "See `a[1]` and [2], [3; 4].\n\n```\nb[5]\n```\n[6](https://ada.dev) [7]: x"

    assert [mark[0] for mark in marks_in(text)] == ["[2]", "[3; 4]"]
    assert without_marks("It weaves [1, 2]. `a[1]`") == "It weaves. `a[1]`"


def test_code_that_nothing_closes_reaches_to_the_end() -> None:
    text = "a\n```\nb [1]"

    assert code_ranges(text) == ((2, len(text)),)


@given(st.text(alphabet="ab. !?\n[]1`#-|。", max_size=60))
def test_between_sentences_is_white_space_only(text: str) -> None:
    reached = 0
    for piece in pieces(text):
        assert piece.start >= reached
        assert not text[reached : piece.start].strip()
        assert text[piece.start : piece.end].strip() == text[piece.start : piece.end] != ""
        reached = piece.end
    assert not text[reached:].strip()


def test_a_blank_text_has_no_sentence() -> None:
    assert sentence_ranges(" \n ") == []
