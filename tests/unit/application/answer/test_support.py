"""Whether passages say what a sentence says. "the" and "of" are the stop words."""

import pytest

from llm_engineering.application.answer.support import PassageWords, claims_something, numbers_missing, support
from tests.support.fakes import word_encoder

ENCODER = word_encoder()
PASSAGE = "the loom weaves patterns of silk in 1804"


def words(*passages: str) -> list[PassageWords]:
    return [PassageWords.of(passage, ENCODER) for passage in passages]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("The loom weaves patterns. [1]", 1.0),  # 3 of 3 words, 2 of 2 pairs
        ("Patterns of silk", 1.0),  # one pair, whichever comes first
        ("Looms weave patterns", (2 * 1 / 3 + 0 / 2) / 3),
        ("the loom sings patterns", (2 * 2 / 3 + 0 / 2) / 3),
        ("loom", 1.0),
        ("engine", 0.0),
        ("the", 0.0),
        ("the loom weaves patterns in 1805", 0.0),  # an invented number
        ("1. loom weaves", 1.0),  # the number of an item is no claim
    ],
)
def test_support_is_the_share_of_words_and_pairs(sentence: str, expected: float) -> None:
    assert support(sentence, words(PASSAGE), ENCODER) == pytest.approx(expected)


def test_several_passages_support_together() -> None:
    # words: loom, weaves, flowers: all; pairs: (loom, weaves) of two
    assert support("loom weaves flowers", words("the loom weaves", "flowers"), ENCODER) == pytest.approx(
        (2 + 1 / 2) / 3
    )


def test_without_passages_nothing_is_supported() -> None:
    assert support("the loom weaves", [], ENCODER) == 0


def test_signs_of_scripts_without_spaces_are_words() -> None:
    assert support("特徴量", words("この特徴量です"), ENCODER) == 1
    assert support("特別量", words("この特徴量です"), ENCODER) == pytest.approx((2 * 2 / 3 + 0) / 3)


@pytest.mark.parametrize(
    ("sentence", "claims"),
    [
        ("It weaves silk.", True),
        ("Does it weave silk?", False),
        ("Yes.", False),
        ("[1]", False),
        ("weaves silk [1]?", False),
    ],
)
def test_questions_and_bare_openings_claim_nothing(sentence: str, claims: bool) -> None:
    assert claims_something(sentence, ENCODER) is claims


def test_numbers_are_compared_as_numbers() -> None:
    assert not numbers_missing("1,000 threads", words("1000 threads"))
    assert numbers_missing("1,001 threads", words("1000 threads"))
    assert not numbers_missing("version v2 of bm25", words("none"))
    assert not numbers_missing("4 threads and 5", words("4 looms", "5 engines"))
