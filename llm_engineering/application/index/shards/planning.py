"""Which documents each shard has to look at."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from llm_engineering.application.index.changes import AuthorState, DocumentIndex
from llm_engineering.application.index.fingerprint import IndexFingerprint
from llm_engineering.application.index.reading import DocumentReader, DocumentReference
from llm_engineering.application.index.shards.partition import shard_of
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result

MOST_SHARDS: Final = 1_000
"""More are of no use: starting so many jobs takes longer than embedding what one of them has."""


class ShardTarget(FrozenModel):
    """What each shard has to write to, and how."""

    collection: str
    """Name of the collection as the vector store has it."""
    fingerprint: IndexFingerprint
    """By it documents become chunks and vectors, on whichever machine."""


class PlannedShard(FrozenModel):
    """Documents that have changed, without their texts."""

    number: int
    target: ShardTarget
    documents: tuple[DocumentReference, ...]


class PlannedAuthor(FrozenModel):
    """What an author's documents are that no shard has to cut."""

    author_id: str
    untouched: tuple[DocumentReference, ...]
    indexed_chunks: tuple[int, ...]
    """How many the index holds of each of them, in the same order."""
    removed: tuple[str, ...]
    """Ids of documents that are to leave the index."""


class ShardPlan(Result):
    """What is to be done, by shard: ids, dates and hashes of documents, no texts."""

    target: ShardTarget
    location: str
    """Where the index lies."""
    wanted_shards: int
    authors: tuple[PlannedAuthor, ...]
    shards: tuple[PlannedShard, ...]
    """In the order of their numbers. Those without a document are left out, but one is always there."""
    planned_at: datetime

    @property
    def figures(self) -> Figures:
        """How many documents there are of each kind, and how many the smallest and the largest shard have."""
        sizes = [len(shard.documents) for shard in self.shards]
        return {
            "shards": len(self.shards),
            "wanted_shards": self.wanted_shards,
            "changed_documents": sum(sizes),
            "unchanged_documents": sum(len(author.untouched) for author in self.authors),
            "removed_documents": sum(len(author.removed) for author in self.authors),
            "smallest_shard": min(sizes),
            "largest_shard": max(sizes),
            "collection": self.target.collection,
        }

    @property
    def states(self) -> list[AuthorState]:
        """What has changed of each author, in the order in which the authors were given."""
        changed: dict[str, dict[str, DocumentReference]] = {author.author_id: {} for author in self.authors}
        for shard in self.shards:
            for reference in shard.documents:
                changed[reference.author_id][reference.id] = reference
        return [_state(author, changed[author.author_id]) for author in self.authors]


def planned_shards(
    author_ids: Iterable[str],
    *,
    reader: DocumentReader,
    index: DocumentIndex,
    target: ShardTarget,
    shards: int,
    now: datetime,
) -> ShardPlan:
    """Return which documents of some authors have changed, in shards; nothing is written.

    Each document is read once, and none is cut.

    Args:
        author_ids: Whose documents; each author once.
        reader: The documents.
        index: The collection, of the same fingerprint as `target`.
        target: What the shards write to.
        shards: How many there are to be, at least 1.
        now: The time (UTC).

    Raises:
        StoreUnavailableError: A store could not be read.
    """
    states = [AuthorState.read(reader, index, author_id) for author_id in dict.fromkeys(author_ids)]
    documents: dict[int, list[DocumentReference]] = {}
    for state in states:
        for reference in state.changed:
            documents.setdefault(shard_of(reference.id, shards), []).append(reference)
    return ShardPlan(
        target=target,
        location=index.vectors.location,
        wanted_shards=shards,
        authors=tuple(map(_planned_author, states)),
        shards=_shards(documents or {0: []}, target),
        planned_at=now,
    )


def _shards(documents: Mapping[int, Sequence[DocumentReference]], target: ShardTarget) -> tuple[PlannedShard, ...]:
    return tuple(
        PlannedShard(number=number, target=target, documents=tuple(found))
        for number, found in sorted(documents.items())
    )


def _planned_author(state: AuthorState) -> PlannedAuthor:
    return PlannedAuthor(
        author_id=state.author_id,
        untouched=tuple(state.references[each] for each in state.untouched),
        indexed_chunks=tuple(state.untouched.values()),
        removed=state.removed,
    )


def _state(author: PlannedAuthor, changed: Mapping[str, DocumentReference]) -> AuthorState:
    untouched = {
        reference.id: chunks for reference, chunks in zip(author.untouched, author.indexed_chunks, strict=True)
    }
    references = {**{reference.id: reference for reference in author.untouched}, **changed}
    return AuthorState(author.author_id, references, untouched, author.removed)
