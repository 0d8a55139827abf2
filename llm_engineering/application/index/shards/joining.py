"""Ends a run of several shards: deletes what is stale and gone, and records that the index is what was decided."""

from collections.abc import Sequence
from datetime import datetime

from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.estimate import RunSpeeds
from llm_engineering.application.index.following import check_count
from llm_engineering.application.index.shards.planning import PlannedAuthor, ShardPlan
from llm_engineering.application.index.shards.writing import WrittenShard
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.ports import VectorStore
from llm_engineering.domain.errors import TwinError


class MissingShardError(TwinError):
    """A shard of the plan was not written, so that nothing may be deleted for it."""

    def __init__(self, numbers: Sequence[int]) -> None:
        super().__init__(
            f"Of the planned shards these were not written: {', '.join(map(str, numbers[:20]))}.",
            remedy="Run the same again: what the others have written is kept, and nothing of it is embedded again.",
        )
        self.numbers = tuple(numbers)


def joined_shards(
    plan: ShardPlan, written: Sequence[WrittenShard], *, index: DocumentIndex, vectors: VectorStore, now: datetime
) -> IndexReport:
    """Delete what no document has any more, record what the index holds, and return what all shards did together.

    Args:
        plan: From `planned_shards`.
        written: All shards of the plan, in any order.
        index: The collection of the plan.
        vectors: The same collection, to delete from.
        now: Recorded as the time at which the documents were indexed (UTC).

    Raises:
        MissingShardError: A shard is missing; nothing was done.
        OtherWriterError: Somebody else wrote to the collection meanwhile; run again.
        StoreUnavailableError: A store could not be read or written; run again.
    """
    missing = {shard.number for shard in plan.shards} - {shard.number for shard in written}
    if missing:
        raise MissingShardError(sorted(missing))
    stale = [chunk_id for shard in written for chunk_id in shard.stale]
    if stale:
        vectors.delete(stale)
    removed = [document_id for author in plan.authors for document_id in author.removed]
    deleted = len(stale) + sum(vectors.delete_document(document_id) for document_id in removed)
    for author in plan.authors:
        _finish(author, written, plan, index, now)
    report = _report(plan, written, deleted=deleted, removed_documents=len(removed))
    if report.embedded:
        RunSpeeds(index.manifest.store).record(index.manifest.collection, report)
    return report


def _finish(
    author: PlannedAuthor, written: Sequence[WrittenShard], plan: ShardPlan, index: DocumentIndex, now: datetime
) -> None:
    finished = [each for shard in written for each in shard.documents.get(author.author_id, ())]
    if not finished and not author.removed:
        return
    # What other documents took over is recorded before those are forgotten that had it.
    index.manifest.mark_finished(author.author_id, finished, plan.target.fingerprint.digest, now)
    index.manifest.remove(author.removed)
    check_count(index, author.author_id)


def _report(plan: ShardPlan, written: Sequence[WrittenShard], *, deleted: int, removed_documents: int) -> IndexReport:
    touched = {each for shard in written for ids in shard.documents.values() for each in ids}
    skipped = [
        chunks
        for author in plan.authors
        for reference, chunks in zip(author.untouched, author.indexed_chunks, strict=True)
        if reference.id not in touched
    ]
    elapsed = max(shard.ended_at for shard in written) - min(shard.began_at for shard in written)
    return IndexReport(
        embedding=plan.target.fingerprint.embedding,
        location=plan.location,
        embedded=sum(shard.embedded for shard in written),
        refreshed=sum(shard.refreshed for shard in written),
        unchanged=sum(shard.unchanged for shard in written) + sum(skipped),
        deleted=deleted,
        removed_documents=removed_documents,
        embedded_tokens=sum(shard.embedded_tokens for shard in written),
        seconds=round(elapsed.total_seconds(), 3),
        shared=sum(shard.shared for shard in written),
        skipped_documents=len(skipped),
    )
