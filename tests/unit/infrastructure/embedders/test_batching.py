from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.infrastructure.embedders.batching import length_batches


def test_texts_of_like_length_are_together_and_the_longest_come_first() -> None:
    assert length_batches([3, 10, 4, 9, 3], tokens=20) == [[1, 3], [2, 0, 4]]


def test_a_text_that_is_too_long_is_alone() -> None:
    assert length_batches([50, 2], tokens=10) == [[0], [1]]


def test_no_texts_are_no_batches() -> None:
    assert length_batches([], tokens=10) == []


def test_a_text_without_tokens_takes_part() -> None:
    assert length_batches([0, 0], tokens=10) == [[0, 1]]


@given(lengths=st.lists(st.integers(0, 300), max_size=60), tokens=st.integers(1, 2_000))
def test_each_text_is_in_one_batch_and_no_batch_is_too_large(lengths: list[int], tokens: int) -> None:
    batches = length_batches(lengths, tokens)

    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= max(tokens, len(batch))
