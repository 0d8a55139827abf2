import re

from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.preprocess.splitting import TokenBudget, evened, finer_points, pieces, points_at


def budget_of(text: str, tokens: int) -> TokenBudget:
    """Return a budget in which each word is a token."""
    return TokenBudget([match.start() for match in re.finditer(r"\S+", text)], tokens)


def split(text: str, tokens: int, blocks: tuple[int, ...] = ()) -> list[str]:
    budget = budget_of(text, tokens)
    levels = (points_at(blocks), *finer_points(text), budget.boundaries, budget.stride)
    return [text[start:end] for start, end in pieces(0, len(text), budget, levels)]


def test_a_text_that_fits_is_one_piece() -> None:
    assert split("one two three", tokens=3) == ["one two three"]


def test_neighbours_are_packed_while_they_fit() -> None:
    assert split("a b\nc\nd e\nf", tokens=3) == ["a b\nc\n", "d e\nf"]


def test_blocks_are_cut_before_lines() -> None:
    assert split("a\nb\n\nc\nd", tokens=3, blocks=(5,)) == ["a\nb\n\n", "c\nd"]


def test_a_long_line_is_cut_after_sentences_and_not_after_abbreviating_points() -> None:
    assert split("One two. Three 3.5 four! Five.", tokens=3) == ["One two. ", "Three 3.5 four! ", "Five."]


def test_a_long_sentence_is_cut_between_words() -> None:
    assert split("a b c d e", tokens=2) == ["a b ", "c d ", "e"]


def test_a_word_of_any_length_is_cut_by_its_characters() -> None:
    lengths = [len(piece) for piece in split("x" * 100, tokens=2)]

    # The word is one token, but more than 16 characters for each of the two allowed tokens.
    assert lengths == [32, 32, 32, 4]


@given(st.text(alphabet=st.sampled_from("ab .\n"), max_size=300), st.integers(min_value=1, max_value=9))
def test_pieces_are_the_text_and_each_fits(text: str, tokens: int) -> None:
    found = split(text, tokens)

    assert "".join(found) == text
    assert all(len(piece.split()) <= tokens for piece in found)


def split_evenly(text: str, tokens: int, min_tokens: int, blocks: tuple[int, ...] = ()) -> list[str]:
    budget = budget_of(text, tokens)
    readable = (points_at(blocks), *finer_points(text))
    found = pieces(0, len(text), budget, (*readable, budget.boundaries, budget.stride), min_tokens)
    return [text[start:end] for start, end in evened(found, budget, readable, min_tokens)]


def test_a_heading_above_a_long_block_is_not_left_alone() -> None:
    text = "Head\n\na b\nc d\ne f\n"

    assert split(text, tokens=6, blocks=(6,)) == ["Head\n\n", "a b\nc d\ne f\n"]
    assert split_evenly(text, tokens=6, min_tokens=2, blocks=(6,)) == ["Head\n\na b\n", "c d\ne f\n"]


def test_a_heading_above_a_block_that_is_cut_goes_with_its_beginning() -> None:
    text = "Head\n\na b c d e f g h"

    assert split(text, tokens=6, blocks=(6,)) == ["Head\n\n", "a b c d e f ", "g h"]
    assert split_evenly(text, tokens=6, min_tokens=2, blocks=(6,)) == ["Head\n\na b c d e ", "f g h"]


def test_what_is_left_over_gets_some_of_its_neighbour() -> None:
    assert split("a b\nc d\ne f\ng", tokens=6) == ["a b\nc d\ne f\n", "g"]
    assert split_evenly("a b\nc d\ne f\ng", tokens=6, min_tokens=2) == ["a b\nc d\n", "e f\ng"]


def test_pieces_that_are_long_enough_stay() -> None:
    assert split_evenly("a b\nc d\ne f\ng", tokens=6, min_tokens=1) == ["a b\nc d\ne f\n", "g"]


def test_pieces_between_which_nothing_can_be_moved_stay() -> None:
    assert split_evenly("a b\nc", tokens=2, min_tokens=2) == ["a b\n", "c"]


@given(st.text(alphabet=st.sampled_from("ab .\n"), max_size=300), st.integers(1, 9), st.integers(0, 5))
def test_evened_pieces_are_the_text_and_each_fits(text: str, tokens: int, min_tokens: int) -> None:
    found = split_evenly(text, tokens, min_tokens)

    assert "".join(found) == text
    assert all(len(piece.split()) <= tokens for piece in found)
