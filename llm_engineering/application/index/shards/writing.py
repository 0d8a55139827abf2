"""Embeds and writes what was decided for one shard; nothing is deleted before all shards have written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime

from llm_engineering.application.index.changes import DocumentChange, DocumentIndex
from llm_engineering.application.index.edits import DocumentEdit, edit
from llm_engineering.application.index.following import Totals
from llm_engineering.application.index.listed_changes import ChangedDocument
from llm_engineering.application.index.manifest import IndexedChunk, IndexedDocument
from llm_engineering.application.index.reading import DocumentReader
from llm_engineering.application.index.shards.deciding import DecidedDocument, DecidedShard
from llm_engineering.application.index.shards.marking import MarkedShard
from llm_engineering.application.index.writing import Writer
from llm_engineering.domain.outcomes import Figures, Result


class WrittenShard(Result):
    """What a shard has written, and what is to be deleted when all have."""

    number: int
    documents: dict[str, tuple[str, ...]]
    """Ids of the documents that are written, by author."""
    stale: tuple[str, ...]
    """Ids of chunks to be deleted."""
    embedded: int
    refreshed: int
    unchanged: int
    shared: int
    embedded_tokens: int
    changes: tuple[ChangedDocument, ...]
    """What was done with its documents, of the first `MOST_LISTED`."""
    began_at: datetime
    ended_at: datetime

    @property
    def figures(self) -> Figures:
        """What changed, and how fast."""
        return {
            "shard": self.number,
            "documents": sum(map(len, self.documents.values())),
            "embedded_chunks": self.embedded,
            "refreshed_chunks": self.refreshed,
            "unchanged_chunks": self.unchanged,
            "shared_chunks": self.shared,
            "stale_chunks": len(self.stale),
            "embedded_tokens": self.embedded_tokens,
            "seconds": round((self.ended_at - self.began_at).total_seconds(), 3),
        }


def written_shard(
    decided: DecidedShard,
    marked: MarkedShard,
    *,
    reader: DocumentReader,
    index: DocumentIndex,
    writer: Writer,
    clock: Callable[[], datetime],
    on_planned: Callable[[int], None] = lambda _: None,
) -> WrittenShard:
    """Embed and write what was decided for a shard, and record it as unfinished.

    Shards may be written in any order, at the same time, and again: what the index holds already is not embedded.

    Args:
        decided: What the shard has to write.
        marked: The chunks of those of its documents that have changed.
        reader: The documents.
        index: The collection of the plan.
        writer: Embeds and writes, into the same collection.
        clock: Returns the time (UTC).
        on_planned: Called before the chunks of each document are embedded, with their number.

    Raises:
        DocumentChangedError: A document was changed since the plan was made; run again.
        StoreUnavailableError: A store could not be read or written; run again.
    """
    began_at = clock()
    totals = Totals()
    stale: list[str] = []
    recorded: list[IndexedDocument] = []
    with writer.batches() as batches:
        for edited in _edits(decided.documents, marked, reader, index):
            on_planned(len(edited.new))
            totals.add(edited)
            batches.add(edited.new)
            batches.refresh(edited.refreshed)
            stale.extend(edited.stale)
            recorded.append(edited.recorded)
    index.manifest.record_unfinished(recorded)
    return WrittenShard(
        number=decided.number,
        documents=_by_author(recorded),
        stale=tuple(stale),
        embedded=totals.embedded,
        refreshed=totals.refreshed,
        unchanged=totals.unchanged,
        shared=totals.shared,
        embedded_tokens=totals.embedded_tokens,
        changes=totals.changes.listed,
        began_at=began_at,
        ended_at=clock(),
    )


def _edits(
    documents: Sequence[DecidedDocument], marked: MarkedShard, reader: DocumentReader, index: DocumentIndex
) -> Iterator[DocumentEdit]:
    chunks = {document.document_id: document.chunks for document in marked.documents}
    others = [document.reference.id for document in documents if document.reference.id not in chunks]
    chunks |= {known.document_id: known.chunks for known in index.manifest.named(others)}
    for document in documents:
        yield edit(_change(document, chunks, index), reader, index)


def _change(
    document: DecidedDocument, chunks: Mapping[str, tuple[IndexedChunk, ...]], index: DocumentIndex
) -> DocumentChange:
    document_id = document.reference.id
    stored = index.vectors.digests(document_id)
    return DocumentChange(document.reference, chunks[document_id], document.also_at, stored)


def _by_author(documents: Sequence[IndexedDocument]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for document in documents:
        found.setdefault(document.author_id, []).append(document.document_id)
    return {author_id: tuple(ids) for author_id, ids in found.items()}
