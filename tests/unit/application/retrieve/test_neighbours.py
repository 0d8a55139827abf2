from llm_engineering.application.retrieve.neighbours import joined_neighbours
from llm_engineering.domain.chunks import ScoredChunk
from tests.support.documents import chunk


def found(name: str, text: str, start: int, score: float, document: str = "doc") -> ScoredChunk:
    return ScoredChunk(chunk=chunk(text, chunk_id=name, start=start, document_id=document), score=score)


def test_a_run_becomes_one_passage_at_the_place_of_its_best() -> None:
    joined = joined_neighbours([
        found("x", "else", 0, 0.9, "other"),
        found("b", "two ", 4, 0.8),
        found("a", "one ", 0, 0.7),
    ])

    assert [(each.chunk.id, each.chunk.text, each.score) for each in joined] == [
        ("x", "else", 0.9),
        ("b", "one two ", 0.8),
    ]
    assert (joined[1].chunk.span.start, joined[1].chunk.span.end) == (0, 8)
    assert joined[1].chunk.token_count == 2


def test_what_does_not_touch_stays_apart() -> None:
    apart = [found("a", "one ", 0, 0.9), found("c", "three", 9, 0.8), found("d", "two ", 4, 0.7, "other")]

    assert joined_neighbours(apart) == apart


def test_of_nothing_nothing_is_joined() -> None:
    assert joined_neighbours([]) == []
