import uuid
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.index.shards.partition import jump_hash, shard_of

IDS = [str(uuid.UUID(int=number)) for number in range(4_000)]

ids = st.text(max_size=40)
counts = st.integers(1, 1_000)


@given(ids, counts)
def test_each_document_is_in_one_of_the_shards_whatever_else_there_is(document_id: str, shards: int) -> None:
    assert 0 <= shard_of(document_id, shards) < shards


@given(ids, counts)
def test_with_one_shard_more_it_stays_or_moves_to_the_new_one(document_id: str, shards: int) -> None:
    assert shard_of(document_id, shards + 1) in {shard_of(document_id, shards), shards}


@pytest.mark.parametrize(
    ("document_id", "shard"),
    [
        ("6f1f1b1c-0000-5000-8000-000000000001", 1),
        ("6f1f1b1c-0000-5000-8000-000000000002", 2),
        ("6f1f1b1c-0000-5000-8000-000000000003", 5),
    ],
)
def test_it_is_the_same_on_every_machine_and_in_every_version(document_id: str, shard: int) -> None:
    assert shard_of(document_id, 8) == shard


@pytest.mark.parametrize(
    ("key", "buckets", "bucket"),
    # From the tests of other implementations of the paper.
    [(1, 1, 0), (42, 57, 43), (0xDEAD10CC, 1, 0), (0xDEAD10CC, 666, 361), (256, 1024, 520)],
)
def test_it_is_the_hash_of_the_paper(key: int, buckets: int, bucket: int) -> None:
    assert jump_hash(key, buckets) == bucket


def test_shards_are_of_like_size() -> None:
    sizes = Counter(shard_of(document_id, 8) for document_id in IDS)

    # 500 each; six standard deviations of a binomial distribution are 125.
    assert sorted(sizes) == list(range(8))
    assert all(375 < size < 625 for size in sizes.values())


def test_a_ninth_shard_takes_a_ninth_of_the_documents() -> None:
    moved = sum(shard_of(document_id, 9) != shard_of(document_id, 8) for document_id in IDS)

    # 444; six standard deviations are 119.
    assert 325 < moved < 563
