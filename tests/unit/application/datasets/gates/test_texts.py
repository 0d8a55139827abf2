"""Texts as gates compare them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.datasets.gates.texts import (
    plain_words,
    runs,
    sentences,
    shortened,
    without_code,
    words,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It's GPT-4, isn't it?", ["it", "s", "gpt", "4", "isn", "t", "it"]),
        ("snake_case 𝗯𝗼𝗹𝗱 Straße", ["snake_case", "bold", "strasse"]),
        ("...", []),
    ],
)
def test_words_are_letters_digits_and_underscores_without_case(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_addresses_of_links_are_no_plain_words() -> None:
    assert plain_words("See [the docs](https://a.example.org/b_(c)) or https://d.example.org.") == [
        "see", "the", "docs", "or",
    ]  # fmt: skip


def test_runs_are_the_different_ones_of_six_words() -> None:
    assert len(runs(["a", "b", "c", "d", "e", "f", "a", "b", "c", "d", "e", "f"])) == 6
    assert runs(["a", "b", "c", "d", "e"]) == set()
    assert runs(["a", "b", "c"], 2) == {hash(("a", "b")), hash(("b", "c"))}


def test_sentences_end_at_full_stops_paragraphs_and_items() -> None:
    assert sentences("One. Two e.g. this\nwraps on.\n\n# Three\n- four\n- five") == [
        "One.", "Two e.g. this\nwraps on.", "# Three", "- four", "- five",
    ]  # fmt: skip


@given(st.text())
def test_sentences_lose_no_word(text: str) -> None:
    assert [word for sentence in sentences(text) for word in words(sentence)] == words(text)


def test_code_is_left_out() -> None:
    assert without_code("Use `x` so:\n```python\ny = 1\n```\nDone.").split() == ["Use", "so:", "Done."]


def test_what_is_shown_of_a_text_is_one_short_line() -> None:
    assert shortened("a\n b") == "a b"
    assert shortened("abcdef", 4) == "abc…"
