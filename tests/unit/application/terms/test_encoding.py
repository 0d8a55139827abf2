import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.chunks import TermScheme, TermVector

NUMBERS = {"boundary": 1, "layer": 2, "layers": 2, "wing": 3, "数": 4, "据": 5, "a1": 6}
PAIRS_BEGIN = 2**31


def encoder(scheme: TermScheme | None = None) -> TermEncoder:
    """Words without a number are stop words."""
    return TermEncoder(scheme or TermScheme(average_words=4), NUMBERS.get)


def stems(vector: TermVector) -> dict[int, float]:
    return {
        int(term): round(float(weight), 4)
        for term, weight in zip(vector.indices, vector.weights, strict=True)
        if term < PAIRS_BEGIN
    }


def test_terms_are_weighed_as_bm25_does() -> None:
    # Three words where four are the average: 1.2 · (1 - 0.75 + 0.75 · 3 / 4) = 0.975; f · 2.2 / (f + 0.975).
    assert stems(encoder().document("Boundary layer, boundary!")) == {1: 1.479, 2: 1.1139}


def test_a_long_text_weighs_less_unless_b_is_zero() -> None:
    short, long = "wing", "wing " + "layer " * 20
    flat = encoder(TermScheme(b=0, average_words=4))
    assert stems(encoder().document(long))[3] < stems(encoder().document(short))[3]
    assert stems(flat.document(long))[3] == stems(flat.document(short))[3] == 1.0


def test_stop_words_and_signs_are_no_terms() -> None:
    empty = encoder().document("of the ... ?! _")
    assert (len(empty.indices), len(empty.weights)) == (0, 0)


def test_neighbours_are_a_term_of_their_own_in_either_order() -> None:
    ahead, behind = encoder().document("boundary layer"), encoder().document("Layers of the boundary")
    assert ahead.indices.tolist() == behind.indices.tolist()
    assert [term >= PAIRS_BEGIN for term in ahead.indices] == [False, False, True]


def test_other_neighbours_are_another_term() -> None:
    assert encoder().document("boundary wing").indices[-1] != encoder().document("boundary layer").indices[-1]


def test_a_question_names_each_term_once() -> None:
    asked = encoder().question("layer layers wing", pair_weight=0.25)
    assert stems(asked) == {2: 1.0, 3: 1.0}
    assert asked.weights.tolist() == [1.0, 1.0, 0.25, 0.25]


def test_without_a_weight_there_are_no_pairs() -> None:
    assert encoder().question("layer wing", pair_weight=0).indices.tolist() == [2, 3]


@pytest.mark.parametrize("text", ["a1", "x_a1", "A1-x", "«a1»"])
def test_words_are_letters_and_digits(text: str) -> None:
    assert stems(encoder().question(text, pair_weight=0)) == {6: 1.0}


def test_each_sign_of_chinese_is_a_word() -> None:
    assert stems(encoder().question("数据wing", pair_weight=0)) == {3: 1.0, 4: 1.0, 5: 1.0}


@given(st.lists(st.sampled_from(sorted(NUMBERS)), max_size=30))
def test_terms_are_ascending_and_weigh_more_than_nothing(words: list[str]) -> None:
    vector = encoder().document(" ".join(words))
    assert vector.indices.tolist() == sorted(set(vector.indices.tolist()))
    assert bool(np.all(vector.weights > 0))
    assert bool(np.all(vector.weights < 2.2))
