from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.infrastructure.embedders.batching import balanced_batches, length_batches


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


def test_balanced_batches_are_as_many_for_each_stream() -> None:
    # Of three batches of two one of two streams would compute two, and the other would wait for it.
    assert length_batches([10, 9, 9, 8, 4, 4], tokens=20) == [[0, 1], [2, 3], [4, 5]]
    assert balanced_batches([10, 9, 9, 8, 4, 4], tokens=20, streams=2) == [[0], [1, 2], [3, 4], [5]]


def test_what_fits_in_one_batch_is_shared_between_streams() -> None:
    assert length_batches([5, 5, 5, 5], tokens=100) == [[0, 1, 2, 3]]
    assert balanced_batches([5, 5, 5, 5], tokens=100, streams=2) == [[0, 1], [2, 3]]


def test_one_stream_gets_full_batches() -> None:
    assert balanced_batches([5, 5, 5, 5], tokens=20, streams=1) == [[0, 1, 2, 3]]


def test_fewer_texts_than_streams_are_a_batch_each() -> None:
    assert balanced_batches([3, 7], tokens=100, streams=8) == [[1], [0]]
    assert balanced_batches([], tokens=100, streams=8) == []


@given(lengths=st.lists(st.integers(0, 300), max_size=60), tokens=st.integers(1, 2_000), streams=st.integers(1, 8))
def test_balancing_makes_no_batch_larger_and_no_stream_does_more_rounds(
    lengths: list[int], tokens: int, streams: int
) -> None:
    batches = balanced_batches(lengths, tokens, streams)

    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= max(tokens, len(batch))
    assert -(-len(batches) // streams) == -(-len(length_batches(lengths, tokens)) // streams)
