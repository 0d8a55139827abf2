"""Which passages say nearly the same, and which of them stands for the others."""

import random

from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.index.shared_chunks import Member, Wording, chunk_marks, compared, groups

WORDS = [f"word{letter}{other}" for letter in "abcdefghij" for other in "klmnopqrstuvwxyz"]
LONG = " ".join(WORDS)
"""160 different words."""
NEARLY = LONG.replace("wordak", "another")
"""The first word is another: 155 of 156 shingles are the same, so 155 of 157 of both."""


def member(text: str, document: str = "a", position: int = 0, published_at: str | None = None) -> Member:
    return Member(document, position, published_at, chunk_marks(text))


def grouped(texts: dict[Member, str]) -> list[list[str]]:
    """Return the documents of each group, the one that stands first."""
    wordings = {found.marks.text: Wording.of(texts[found]) for found in compared(texts)}
    return [[each.document_id for each in group] for group in groups(texts, wordings)]


def test_equal_passages_have_equal_marks_whatever_the_layout() -> None:
    assert chunk_marks(LONG) == chunk_marks(LONG.upper().replace(" ", "\n"))


def test_nearly_equal_passages_are_one_group() -> None:
    assert grouped({member(LONG, "b"): LONG, member(NEARLY, "a"): NEARLY}) == [["a", "b"]]


def test_the_resemblance_is_exact() -> None:
    assert Wording.of(LONG).words.resemblance(Wording.of(NEARLY).words) == 155 / 157


def test_a_passage_with_another_tenth_of_its_words_stays_by_itself() -> None:
    other = " ".join([*WORDS[:150], *(f"new{number}" for number in "abcdefghij")])
    # 146 shingles of 156 are the same: 146 / 166 is below 0.9.
    assert grouped({member(LONG, "a"): LONG, member(other, "b"): other}) == [["a"], ["b"]]


def test_passages_with_other_numbers_are_other_passages() -> None:
    first, second = f"{LONG} 2023", f"{LONG} 2024"
    assert grouped({member(first, "a"): first, member(second, "b"): second}) == [["a"], ["b"]]


def test_short_passages_are_shared_only_if_they_are_equal() -> None:
    texts = {member("a + b", "a"): "a + b", member("a - b", "b"): "a - b", member("a  + b\n", "c"): "a  + b\n"}
    assert grouped(texts) == [["a", "c"], ["b"]]


def test_the_earliest_published_stands_and_undated_ones_come_last() -> None:
    texts = {
        member(LONG, "a"): LONG,
        member(LONG, "b", published_at="2024-01-01"): LONG,
        member(LONG, "c", published_at="2023-01-01"): LONG,
    }
    assert grouped(texts) == [["c", "b", "a"]]


def test_nothing_has_to_be_compared_where_all_are_equal_or_all_differ() -> None:
    assert compared([member(LONG, "a"), member(LONG, "b"), member("short", "c")]) == []


def test_a_passage_is_always_like_the_one_that_stands_for_it() -> None:
    # Each differs from the next in one word, so that the first and the last are far apart.
    chain = [" ".join(["new"] * number + WORDS[number:]) for number in range(0, 40, 4)]
    texts = {member(text, f"{number:02}"): text for number, text in enumerate(chain)}
    wordings = {each.marks.text: Wording.of(text) for each, text in texts.items()}
    for first, *copies in groups(texts, wordings):
        for copy in copies:
            assert wordings[first.marks.text].says_nearly(wordings[copy.marks.text])


@given(st.randoms(use_true_random=False), st.lists(st.sampled_from([LONG, NEARLY, "a", "b", f"{LONG} 1"]), max_size=8))
def test_groups_do_not_depend_on_the_order(order: random.Random, given: list[str]) -> None:
    texts = {member(text, str(number)): text for number, text in enumerate(given)}
    shuffled = list(texts.items())
    order.shuffle(shuffled)
    assert grouped(dict(shuffled)) == grouped(texts)
    assert sorted(name for group in grouped(texts) for name in group) == sorted(map(str, range(len(given))))
