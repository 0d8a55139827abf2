"""Which passages of an author have to do with those of given documents."""

import numpy as np

from llm_engineering.application.index.author_passages import AuthorPassages
from llm_engineering.application.index.manifest import IndexedChunk

TEXT = "00112233445566778899aabbccddeeff"


def chunk(*keys: int, digest: str | None = "digest") -> IndexedChunk:
    packed = IndexedChunk.packed(np.array(keys, dtype="<u4").tobytes())
    return IndexedChunk(id="id", tokens=1, text=TEXT, keys=packed, digest=digest)


def connected(passages: AuthorPassages, *document_ids: str) -> list[tuple[str, int]]:
    return [(found.document_id, found.number) for _, found in passages.connected(document_ids)]


def test_what_shares_a_key_directly_or_through_others_is_connected() -> None:
    passages = AuthorPassages()
    passages.add("a", [chunk(1, 2)])
    passages.add("b", [chunk(9), chunk(2, 3)])
    passages.add("c", [chunk(3)])
    passages.add("d", [chunk(4)])

    assert connected(passages, "a") == [("a", 0), ("b", 1), ("c", 0)]
    assert connected(passages, "d") == [("d", 0)]
    assert connected(passages) == []


def test_a_passage_comes_back_as_it_was() -> None:
    passages = AuthorPassages()
    passages.add("a", [chunk(7), chunk(5, 6, digest=None)])

    first, second = (found for _, found in passages.connected(["a"]))

    assert (first.is_indexed, second.is_indexed) == (True, False)
    assert (second.marks.text, second.marks.key_numbers.tolist()) == (TEXT, [5, 6])


def test_former_passages_lead_to_others_but_are_not_found() -> None:
    passages = AuthorPassages()
    passages.add("a", [chunk(1)])
    passages.add("b", [chunk(1)])
    passages.add("a", [chunk(2)])

    assert connected(passages, "a") == [("b", 0), ("a", 0)]
    assert connected(passages, "b") == [("b", 0)]


def test_dropped_passages_lead_nowhere() -> None:
    passages = AuthorPassages()
    passages.add("a", [chunk(1)])
    passages.add("b", [chunk(1)])
    passages.add("a", [chunk(2)])

    passages.drop_former(["a"])

    assert connected(passages, "a") == [("a", 0)]


def test_passages_that_are_no_more_do_not_connect_others() -> None:
    passages = AuthorPassages()
    passages.add("a", [chunk(1)])
    passages.add("gone", [chunk(1, 2)], is_current=False)
    passages.add("b", [chunk(2)])

    assert connected(passages, "a") == [("a", 0)]
    assert connected(passages, "gone") == [("a", 0), ("b", 0)]


def test_what_is_noted_is_remembered() -> None:
    passages = AuthorPassages()
    passages.add("a", [chunk(1, digest=None)])
    ((place, _),) = passages.connected(["a"])

    passages.note_indexed(place, is_indexed=True)

    assert [found.is_indexed for _, found in passages.connected(["a"])] == [True]


def test_a_document_without_passages_is_connected_with_nothing() -> None:
    passages = AuthorPassages()
    passages.add("a", [])

    assert (connected(passages, "a"), connected(passages, "unknown"), len(passages)) == ([], [], 0)


def test_many_passages_are_compared_block_by_block() -> None:
    passages = AuthorPassages()
    passages.add("a", [chunk(number) for number in range(20_000)])
    passages.add("b", [chunk(3), chunk(19_999)])

    assert connected(passages, "b") == [("a", 3), ("a", 19_999), ("b", 0), ("b", 1)]
