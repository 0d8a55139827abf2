"""Which collection answers while others go live, on real collections of Qdrant Edge."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import numpy as np
import pytest
from loguru import logger

from llm_engineering.domain.chunks import ChunkFilter, EmbeddedQuestion, EmbeddingIdentity, TermVector
from llm_engineering.domain.errors import StoreUnavailableError
from llm_engineering.infrastructure.vector_stores.followed_index import FollowedIndex, following
from llm_engineering.infrastructure.vector_stores.holders import CollectionHeldError
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.contracts.vector_store import EAST, EVERYTHING, IDENTITY, chunk, embedded

pytestmark = pytest.mark.integration

NO_WORDS = TermVector(np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.float32))
ANYTHING = EmbeddedQuestion(np.array(EAST, dtype=np.float32), NO_WORDS)
LINGER = 60.0


class Index:
    """An index in a folder whose live collection a test sets, a clock that it sets too, and what was logged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.live = "first"
        self.now = 0.0
        self.lines: list[str] = []

    def opened(self, name: str, identity: EmbeddingIdentity = IDENTITY) -> QdrantEdgeVectorStore:
        return QdrantEdgeVectorStore.open(self.folder, name, identity)

    def name(self) -> str:
        return self.live

    def followed(self) -> FollowedIndex:
        return FollowedIndex(self.name, self.opened, linger_seconds=LINGER, clock=lambda: self.now)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """An index whose collection "first" has one chunk, and "second" two."""
    made = Index(tmp_path)
    for name, chunks in {"first": ["a"], "second": ["b", "c"]}.items():
        with closing(made.opened(name)) as store:
            store.upsert([embedded(each) for each in chunks])
    handler = logger.add(made.lines.append, format="{message}", level="INFO")
    yield made
    logger.remove(handler)


def told(index: Index, words: str) -> list[str]:
    return [line for line in index.lines if words in line]


def test_answers_come_from_the_collection_that_was_live_at_the_last_look(index: Index) -> None:
    with closing(index.followed()) as followed:
        index.live = "second"
        assert followed.count(EVERYTHING) == 1
        followed.look()

        assert followed.count(EVERYTHING) == 2
        assert followed.location == str(index.folder / "second")
        assert followed.counts_by("author_id") == {"author": 2}
    assert told(index, "Answers come from") == [f"Answers come from {index.folder / 'second'} now.\n"]


def test_what_was_found_before_a_switch_is_read_after_it(index: Index) -> None:
    with closing(index.followed()) as followed:
        (candidate,) = followed.candidates(ANYTHING, depth=5, where=ChunkFilter())
        index.live = "second"
        followed.look()
        followed.look()

        assert candidate.chunk == chunk("a")


def test_a_collection_that_is_not_live_any_more_is_let_go_of_after_a_while(index: Index) -> None:
    with closing(index.followed()) as followed:
        index.live, index.now = "second", 100.0
        followed.look()
        index.now = 100.0 + LINGER - 1
        followed.look()
        with pytest.raises(CollectionHeldError):
            index.opened("first")
        index.now = 100.0 + LINGER
        followed.look()

        index.opened("first").close()


def test_a_collection_that_is_live_again_before_it_was_let_go_of_is_used_as_it_is(index: Index) -> None:
    with closing(index.followed()) as followed:
        for live in ("second", "first"):
            index.live = live
            followed.look()
        index.now = 2 * LINGER
        followed.look()

        assert followed.count(EVERYTHING) == 1
        index.opened("second").close()


def test_a_collection_that_is_still_held_is_taken_once_it_is_free(index: Index) -> None:
    with closing(index.followed()) as followed:
        with closing(index.opened("second")):
            index.live = "second"
            followed.look()
            followed.look()
            assert followed.count(EVERYTHING) == 1
        followed.look()

        assert followed.count(EVERYTHING) == 2
    (line,) = told(index, "Answers go on coming from")
    assert "second is open in" in line


def test_a_collection_of_another_model_is_not_answered_from(index: Index) -> None:
    other = EmbeddingIdentity(model="other", dimension=3, precision="float32")
    index.opened("third", other).close()
    with closing(index.followed()) as followed:
        index.live = "third"
        followed.look()

        assert followed.count(EVERYTHING) == 1
    assert len(told(index, "Answers go on coming from")) == 1


def test_a_catalog_that_cannot_be_asked_changes_nothing(index: Index) -> None:
    is_down = False

    def live() -> str:
        if is_down:
            raise StoreUnavailableError("The server is away.", remedy="Wait.")
        return "first"

    with closing(FollowedIndex(live, index.opened, linger_seconds=LINGER)) as followed:
        is_down = True
        followed.look()

        assert followed.count(EVERYTHING) == 1
    assert len(told(index, "The server is away.")) == 1


def test_a_problem_that_comes_back_is_told_again(index: Index) -> None:
    with closing(index.followed()) as followed, closing(index.opened("second")):
        for live in ("second", "first", "second"):
            index.live = live
            followed.look()
    assert len(told(index, "Answers go on coming from")) == 2


def test_closing_lets_go_of_all(index: Index) -> None:
    followed = index.followed()
    index.live = "second"
    followed.look()
    followed.close()
    followed.close()

    for name in ("first", "second"):
        index.opened(name).close()


def test_it_looks_by_itself_until_it_is_left(index: Index) -> None:
    looked = Event()

    def live() -> str:
        if is_open:
            looked.set()
        return "first"

    is_open = False
    followed = FollowedIndex(live, index.opened, linger_seconds=LINGER)
    is_open = True
    with following(followed, every_seconds=0.01):
        assert looked.wait(10)
    index.opened("first").close()


def test_a_look_that_fails_unforeseen_is_logged_and_not_the_last(index: Index) -> None:
    looked_again = Event()
    answers: list[str | BaseException] = ["first", RuntimeError("a fault of ours")]

    def live() -> str:
        if not answers:
            looked_again.set()
            return "first"
        answer = answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    followed = FollowedIndex(live, index.opened, linger_seconds=LINGER)
    with following(followed, every_seconds=0.01):
        assert looked_again.wait(10)
    assert len(told(index, "It could not be seen which index is live.")) == 1
