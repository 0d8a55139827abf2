"""Which passages of all shards are indexed, and which of them stand for others: decided once, from the marks of all."""

from collections.abc import Mapping, Sequence

from llm_engineering.application.index.changes import AuthorComparison, AuthorState, DocumentIndex, Standing
from llm_engineering.application.index.manifest import IndexedChunk
from llm_engineering.application.index.reading import DocumentReader, DocumentReference
from llm_engineering.application.index.shards.marking import MarkedShard
from llm_engineering.application.index.shards.partition import shard_of
from llm_engineering.application.index.shards.planning import ShardPlan, ShardTarget
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result


class DecidedDocument(FrozenModel):
    """A document whose chunks may have to be written or deleted."""

    reference: DocumentReference
    also_at: dict[int, tuple[DocumentReference, ...] | None]
    """Of the chunks that may have to be written, by number: the documents that each stands for, or None if another
    chunk stands for it."""


class DecidedShard(FrozenModel):
    """What a shard has to write."""

    number: int
    target: ShardTarget
    documents: tuple[DecidedDocument, ...]


class ShardDecisions(Result):
    """What all shards have to write."""

    shards: tuple[DecidedShard, ...]
    """The same ones as those of the plan, in the same order."""

    @property
    def figures(self) -> Figures:
        """How many passages are indexed, and how many others these stand for."""
        documents = [document for shard in self.shards for document in shard.documents]
        standing = [others for document in documents for others in document.also_at.values()]
        return {
            "documents": len(documents),
            "standing_passages": sum(others is not None for others in standing),
            "shared_passages": sum(others is None for others in standing),
        }


def decided_shards(
    plan: ShardPlan, marked: Sequence[MarkedShard], *, reader: DocumentReader, index: DocumentIndex
) -> ShardDecisions:
    """Return what each shard has to write, and mark its documents as unfinished.

    Passages are compared within an author. In memory are 1.3 kB for each passage that has changed, and 3.3 kB more for
    each of the author at work; for those that have not changed 111 bytes. Of the texts those are read that marks alone
    do not tell apart.

    A document that has not changed may begin or cease to stand for a passage. It goes to the shard of its id among
    those of the plan.

    Args:
        plan: From `planned_shards`, with no other writer since.
        marked: All shards of the plan, in any order.
        reader: The documents.
        index: The collection of the plan.

    Raises:
        DocumentChangedError: A document was changed since the plan was made; run again.
        StoreUnavailableError: A store could not be read or written.
    """
    numbers = [shard.number for shard in plan.shards]
    home = {document.document_id: shard.number for shard in marked for document in shard.documents}
    cut = {document.document_id: document.chunks for shard in marked for document in shard.documents}
    documents: dict[int, list[DecidedDocument]] = {number: [] for number in numbers}
    for state in plan.states:
        for decided in _decided(state, cut, reader, index):
            document_id = decided.reference.id
            documents[home.get(document_id, numbers[shard_of(document_id, len(numbers))])].append(decided)
    return ShardDecisions(
        shards=tuple(
            DecidedShard(number=number, target=plan.target, documents=tuple(found))
            for number, found in documents.items()
        )
    )


def _decided(
    state: AuthorState, cut: Mapping[str, tuple[IndexedChunk, ...]], reader: DocumentReader, index: DocumentIndex
) -> list[DecidedDocument]:
    changed = [reference.id for reference in state.changed]
    if not changed and not state.removed:
        return []
    mine = {document_id: cut[document_id] for document_id in changed}
    standings = AuthorComparison(reader, index, state).standings(mine)
    # All at once, before the first shard writes: a run that dies leaves everything marked that it had to do with.
    index.manifest.mark_unfinished(state.author_id, [*standings, *state.removed])
    return [_document(state.references[each], also_at) for each, also_at in standings.items()]


def _document(reference: DocumentReference, also_at: Mapping[int, Standing]) -> DecidedDocument:
    return DecidedDocument(reference=reference, also_at=dict(also_at))
