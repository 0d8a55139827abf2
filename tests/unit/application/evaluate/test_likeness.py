from llm_engineering.application.evaluate.excerpts import whole
from llm_engineering.application.evaluate.likeness import LikeExcerpts
from tests.support.golden import document, words

ORIGINAL = whole(document(words(60), link="https://ada.dev/a"))
CHANGED_AT_THE_END = whole(document(f"{words(58)} other words", link="https://ada.dev/b"))
"""It shares 54 of the 58 different runs of five words that both have together."""
HALF = whole(document(f"{words(30)} {words(30, 'x')}", link="https://ada.dev/c"))
SHORT = whole(document("two words", link="https://ada.dev/d"))


def test_excerpts_that_differ_in_little_say_nearly_the_same() -> None:
    like = LikeExcerpts([ORIGINAL, CHANGED_AT_THE_END, HALF, SHORT])

    assert like.like(ORIGINAL) == (ORIGINAL, CHANGED_AT_THE_END)
    assert like.like(CHANGED_AT_THE_END) == (ORIGINAL, CHANGED_AT_THE_END)
    assert like.like(HALF) == (HALF,)


def test_short_excerpts_are_like_others_of_the_same_words_only() -> None:
    again = whole(document("Two *words*!", link="https://ada.dev/e"))

    assert LikeExcerpts([SHORT, again, ORIGINAL]).like(SHORT) == (SHORT, again)


def test_words_are_counted() -> None:
    assert LikeExcerpts([ORIGINAL, SHORT]).words(ORIGINAL) == 60
