"""Makes an index follow the documents of some authors, and remembers what it holds.

For each author: the documents that are touched are marked as unfinished, new chunks are embedded and written, details
are rewritten, stale chunks are deleted, and then it is recorded what the index holds. A run that dies anywhere has lost
no chunk that was found before and leaves marks, by which the next run completes the work; it embeds only what was not
written.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from llm_engineering.application.index.changes import AuthorChanges, AuthorComparison, AuthorState, DocumentIndex
from llm_engineering.application.index.edits import DocumentEdit, edit
from llm_engineering.application.index.estimate import RunSpeeds
from llm_engineering.application.index.listed_changes import ListedChanges
from llm_engineering.application.index.manifest import IndexedDocument
from llm_engineering.application.index.reading import DocumentReader
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.index.writing import Writer
from llm_engineering.domain.chunks import ChunkFilter
from llm_engineering.domain.errors import RetryableError

PORTION_CHUNKS: Final = 2_000
"""Chunks that are planned together: with their texts, until they are written, each takes some 6 kB of memory."""


class OtherWriterError(RetryableError):
    """Somebody else wrote to the collection during a run."""

    def __init__(self, location: str, *, stored: int, recorded: int) -> None:
        super().__init__(
            f"The index at {location} has {stored:,} chunks of an author where {recorded:,} were expected: "
            "somebody else wrote to it at the same time.",
            remedy="Run the same again, one run at a time: it compares the whole index of that author and mends it.",
        )
        self.location = location
        self.stored = stored
        self.recorded = recorded


@dataclass(slots=True)
class Totals:
    """What has been done so far."""

    embedded: int = 0
    refreshed: int = 0
    unchanged: int = 0
    deleted: int = 0
    removed_documents: int = 0
    embedded_tokens: int = 0
    shared: int = 0
    skipped_documents: int = 0
    changes: ListedChanges = field(default_factory=ListedChanges)

    def add(self, edited: DocumentEdit, *, is_repeated: bool = False) -> None:
        """Count what is done with a document.

        Args:
            edited: What is done.
            is_repeated: Whether it has been counted before, but for what is embedded and refreshed now.
        """
        self.changes.add(edited)
        self.embedded += len(edited.new)
        self.refreshed += len(edited.refreshed)
        if not is_repeated:  # what an earlier portion did is counted there
            self.unchanged += edited.unchanged
            self.shared += edited.shared
        self.embedded_tokens += sum(chunk.token_count for chunk in edited.new)

    def remove(self, document_id: str, chunks: int) -> None:
        """Count a document that has left the index, and its chunks."""
        self.deleted += chunks
        self.removed_documents += 1
        self.changes.add_removed(document_id, chunks)


def followed_documents(
    author_ids: Iterable[str],
    *,
    reader: DocumentReader,
    index: DocumentIndex,
    writer: Writer,
    now: datetime,
    on_planned: Callable[[int], None] = lambda _: None,
    portion: int = PORTION_CHUNKS,
) -> IndexReport:
    """Make the index hold the live documents of some authors, and return what was done.

    Args:
        author_ids: Whose documents; of all others nothing is touched.
        reader: The documents.
        index: The collection and what is known of it.
        writer: Embeds and writes, into the same collection.
        now: Recorded as the time at which the documents were indexed (UTC).
        on_planned: Called before chunks are embedded, with how many there will be; once per portion.
        portion: About how many chunks are planned at a time.

    Raises:
        DocumentChangedError: A document was changed meanwhile; run again.
        OtherWriterError: Somebody else wrote to the collection meanwhile; run again.
        StoreUnavailableError: A store could not be read or written; run again.
    """
    started = time.perf_counter()
    totals = Totals()
    for author_id in dict.fromkeys(author_ids):
        state = AuthorState.read(reader, index, author_id)
        comparison, has_changed = AuthorComparison(reader, index, state), False
        for changes in comparison.portions(portion):
            has_changed = True
            on_planned(changes.new_chunks)
            _apply(changes, totals, reader=reader, index=index, writer=writer, now=now)
        if has_changed:
            check_count(index, author_id)
        totals.skipped_documents += comparison.skipped_documents
        totals.unchanged += comparison.skipped_chunks
    report = _report(totals, writer, time.perf_counter() - started)
    if report.embedded:
        RunSpeeds(index.manifest.store).record(index.manifest.collection, report)
    return report


def _apply(
    changes: AuthorChanges,
    totals: Totals,
    *,
    reader: DocumentReader,
    index: DocumentIndex,
    writer: Writer,
    now: datetime,
) -> None:
    touched = [*(change.reference.id for change in changes.documents), *changes.removed]
    index.manifest.mark_unfinished(changes.author_id, touched)
    stale: list[str] = []
    recorded: list[IndexedDocument] = []
    with writer.batches() as batches:
        for change in changes.documents:
            edited = edit(change, reader, index)
            totals.add(edited, is_repeated=change.is_repeated)
            batches.add(edited.new)
            batches.refresh(edited.refreshed)
            recorded.append(edited.recorded.model_copy(update={"indexed_at": now}))
            stale.extend(edited.stale)
    if stale:
        writer.vectors.delete(stale)
    totals.deleted += len(stale)
    for document_id in changes.removed:
        totals.remove(document_id, writer.vectors.delete_document(document_id))
    # What other documents took over is recorded before those are forgotten that had it.
    index.manifest.record(recorded)
    index.manifest.remove(changes.removed)


def check_count(index: DocumentIndex, author_id: str) -> None:
    """See that the collection has as many chunks of an author as are recorded.

    Raises:
        OtherWriterError: It has not.
    """
    stored = index.vectors.count(ChunkFilter(author_id=author_id))
    recorded = sum(header.indexed_chunks for header in index.manifest.headers(author_id).values())
    if stored != recorded:
        raise OtherWriterError(index.vectors.location, stored=stored, recorded=recorded)


def _report(totals: Totals, writer: Writer, seconds: float) -> IndexReport:
    return IndexReport(
        embedding=writer.embedder.identity,
        location=writer.vectors.location,
        embedded=totals.embedded,
        refreshed=totals.refreshed,
        unchanged=totals.unchanged,
        deleted=totals.deleted,
        removed_documents=totals.removed_documents,
        embedded_tokens=totals.embedded_tokens,
        seconds=round(seconds, 3),
        shared=totals.shared,
        skipped_documents=totals.skipped_documents,
        changes=totals.changes.listed,
    )
