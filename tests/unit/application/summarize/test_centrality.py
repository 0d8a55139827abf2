from collections.abc import Sequence

import numpy as np
import pytest

from llm_engineering.application.summarize.centrality import central_sentences, centralities, term_vectors


def _letters(sentence: str) -> Sequence[int]:
    return [ord(word) for word in sentence.split()]


def test_rare_terms_weigh_more_and_vectors_have_length_one() -> None:
    vectors = term_vectors(["a b", "a", ""], _letters)

    # tf-idf: a stands in 2 of 3 sentences, 1 + ln(3/2) = 1.405; b in 1 of 3, 1 + ln 3 = 2.099; their length is 2.525.
    assert vectors == pytest.approx(np.array([[0.5565, 0.8309], [1, 0], [0, 0]]), abs=5e-4)


def test_what_many_are_like_is_central() -> None:
    # "b" and "c" are like "b c" alone, as they share no term with each other; "x" is like none.
    scores = centralities(["b", "c", "b c", "x"], _letters)

    assert scores.sum() == pytest.approx(1)
    assert scores[2] > scores[0] == pytest.approx(scores[1])
    assert scores[0] > scores[3]


def test_two_equal_sentences_are_equally_central() -> None:
    assert centralities(["a b", "a b"], _letters) == pytest.approx([0.5, 0.5])


def test_no_sentences_have_no_scores() -> None:
    assert centralities([], _letters).shape == (0,)
    assert central_sentences([], _letters, 3) == ()


def test_of_sentences_that_say_the_same_one_is_taken() -> None:
    assert central_sentences(["a b", "a b", "x y", "a b"], _letters, 2) == (0, 2)


def test_chosen_sentences_stand_in_the_order_of_the_text() -> None:
    assert central_sentences(["x", "b", "c", "b c"], _letters, 4) == (0, 3)
