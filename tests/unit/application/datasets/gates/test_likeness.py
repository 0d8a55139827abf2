"""Which texts say nearly the same."""

from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.datasets.gates.likeness import LikeTexts


def found(texts: list[str], threshold: float = 0.8) -> list[list[int]]:
    like = LikeTexts(texts, threshold)
    for place in range(len(texts)):
        like.add(place)
    return [like.like(place) for place in range(len(texts))]


def test_texts_of_the_same_words_are_alike_in_any_order_and_case() -> None:
    assert found(["How do looms work?", "how do looms work", "Looms: how do they sing"]) == [[1], [0], []]


def test_rare_words_count_for_more() -> None:
    # 20 questions share six words: of weight round(ln(20 / 20)) -> 1; each ends in a word of its own: round(ln(20)) = 3
    texts = [f"What does the author say about word{place}?" for place in range(20)]
    like = LikeTexts(texts, 0.5)
    assert like.likeness(0, 1) == 6 / (6 + 3 + 3)
    assert like.likeness(0, 0) == 1


def test_texts_without_words_are_like_nothing() -> None:
    assert found(["...", "...", ""]) == [[], [], []]


@given(st.lists(st.text("abc ", min_size=1, max_size=12), min_size=2, max_size=12))
def test_likeness_is_symmetric_and_between_0_and_1(texts: list[str]) -> None:
    like = LikeTexts(texts, 0.5)
    assert like.likeness(0, 1) == like.likeness(1, 0)
    assert 0 <= like.likeness(0, 1) <= 1
