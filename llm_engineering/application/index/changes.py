"""What has to change in an index so that it holds the documents of an author as they are now; nothing is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from llm_engineering.application.index.manifest import IndexedChunk, Manifest
from llm_engineering.application.index.reading import DocumentReader, DocumentReference
from llm_engineering.application.index.shared_chunks import Member, SharedKeys, chunk_marks, compared, groups
from llm_engineering.domain.chunks import Chunk, ChunkFilter

Place = tuple[str, int]
"""A chunk: the id of its document and its number there, from 0."""


class StoredChunks(Protocol):
    """What of a `VectorStore` is asked for a comparison."""

    @property
    def location(self) -> str:
        """Where the data lies, for people to read."""
        ...

    def digests(self, document_id: str) -> dict[str, str]:
        """Return `Chunk.digest` as stored for each chunk id of a document."""
        ...

    def document_ids(self, author_id: str | None) -> set[str]:
        """Return the ids of the documents of an author, or of all, that have a chunk."""
        ...

    def count(self, where: ChunkFilter) -> int:
        """Return the number of chunks that pass the filter."""
        ...


@dataclass(frozen=True, slots=True)
class DocumentIndex:
    """A collection of vectors with what is known of it."""

    vectors: StoredChunks
    manifest: Manifest
    fingerprint: str
    """Stands for everything by which documents become chunks and vectors; never empty."""


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A document whose chunks may have to be written or deleted."""

    reference: DocumentReference
    chunks: tuple[IndexedChunk, ...]
    """All chunks; the digests are those of before."""
    also_at: Mapping[int, tuple[DocumentReference, ...] | None]
    """Of the chunks that may have to be written, by number: the documents whose passages they stand for, or None if
    another chunk stands for them."""
    stored: Mapping[str, str]
    """`Chunk.digest` of each chunk that the index holds now, by id."""

    @property
    def new_chunks(self) -> list[IndexedChunk]:
        """The chunks that have to be embedded."""
        standing = (self.chunks[number] for number, others in self.also_at.items() if others is not None)
        return [chunk for chunk in standing if chunk.id not in self.stored]


@dataclass(frozen=True, slots=True)
class AuthorChanges:
    """The difference between the documents of an author and the index."""

    author_id: str
    documents: tuple[DocumentChange, ...] = ()
    removed: tuple[str, ...] = ()
    """Ids of documents that are to leave the index."""
    skipped_documents: int = 0
    """Documents that have not changed and were not even cut into chunks."""
    skipped_chunks: int = 0
    """Chunks of them that the index holds."""
    deferred_documents: int = 0
    """New documents that are left for the next portion."""

    @property
    def new_chunks(self) -> int:
        """How many chunks have to be embedded."""
        return sum(len(change.new_chunks) for change in self.documents)


@dataclass(slots=True)
class _Scan:
    """What reading all documents of an author through has shown."""

    references: dict[str, DocumentReference] = field(default_factory=dict)
    chunks: dict[str, tuple[IndexedChunk, ...]] = field(default_factory=dict)
    """Chunks of the documents that are new or changed."""
    new_chunks: int = 0
    deferred: set[str] = field(default_factory=set)
    """New documents that are left for the next portion."""
    removed: set[str] = field(default_factory=set)
    skipped_chunks: int = 0


def author_changes(
    reader: DocumentReader,
    index: DocumentIndex,
    author_id: str,
    *,
    is_continued: bool = False,
    at_most: int | None = None,
) -> AuthorChanges:
    """Return what has to be done so that the index holds the live documents of an author and no others of his.

    A document that was indexed with the same details, words and fingerprint is read and not cut. If the number of the
    author's chunks is not the one that was recorded, somebody else wrote to the collection, and all of his documents
    are compared with it.

    Args:
        reader: The documents.
        index: The collection.
        author_id: Whose documents.
        is_continued: Whether another portion of the same author was applied just before.
        at_most: After so many chunks of new documents the next ones are left for another portion; None takes all.

    Raises:
        DocumentChangedError: A document was changed meanwhile.
        StoreUnavailableError: A store could not be read.
    """
    scan = _scan(reader, index, author_id, is_continued=is_continued, at_most=at_most)
    if not scan.chunks and not scan.removed:
        return AuthorChanges(author_id, skipped_documents=len(scan.references), skipped_chunks=scan.skipped_chunks)
    touched, chunks = _touched(index.manifest, author_id, scan)
    standing = _standing(reader, scan.references, touched, chunks)
    changes = tuple(_changes(index, scan, standing, chunks))
    return AuthorChanges(
        author_id,
        changes,
        tuple(sorted(scan.removed)),
        len(scan.references.keys() - {change.reference.id for change in changes}),
        scan.skipped_chunks - sum(chunk.digest is not None for change in changes for chunk in change.chunks),
        len(scan.deferred),
    )


def _scan(
    reader: DocumentReader, index: DocumentIndex, author_id: str, *, is_continued: bool, at_most: int | None
) -> _Scan:
    headers = index.manifest.headers(author_id)
    recorded = sum(header.indexed_chunks for header in headers.values())
    is_trusted = is_continued or index.vectors.count(ChunkFilter(author_id=author_id)) == recorded
    scan = _Scan()
    for reference, document in reader.documents(author_id):
        header = headers.get(reference.id)
        if header is None and at_most is not None and scan.new_chunks >= at_most:
            scan.deferred.add(reference.id)
            continue
        scan.references[reference.id] = reference
        if is_trusted and header is not None and header.is_of(reference.source_digest, index.fingerprint):
            scan.skipped_chunks += header.indexed_chunks
        else:
            scan.chunks[reference.id] = tuple(map(_marked, reader.chunks_of(reference, document)))
            scan.new_chunks += len(scan.chunks[reference.id])
    stored = set() if is_trusted else index.vectors.document_ids(author_id)
    scan.removed = (headers.keys() | stored) - scan.references.keys() - scan.deferred
    return scan


def _marked(chunk: Chunk) -> IndexedChunk:
    marks = chunk_marks(chunk.text)
    return IndexedChunk(id=chunk.id, tokens=chunk.token_count, text=marks.text, keys=IndexedChunk.packed(marks.keys))


def _touched(
    manifest: Manifest, author_id: str, scan: _Scan
) -> tuple[list[Place], dict[str, tuple[IndexedChunk, ...]]]:
    """Return the chunks whose standing can have changed, and all chunks of each document that has such.

    These are the chunks of changed documents and those that share keys with their new or former chunks, directly or
    through others.
    """
    seeds: list[bool] = []
    places: list[Place | None] = []  # None is a chunk that is no more

    def keys() -> Iterator[bytes]:
        for document_id, number, chunk, is_current in _all_chunks(manifest, author_id, scan):
            seeds.append(not is_current or document_id in scan.chunks)
            places.append((document_id, number) if is_current else None)
            yield chunk.marks.keys

    shared = SharedKeys.of(keys())
    reached = shared.connected(np.array(seeds, dtype=np.bool_))
    touched = [place for place, is_reached in zip(places, reached.tolist(), strict=True) if is_reached and place]
    unchanged = sorted({document_id for document_id, _ in touched} - scan.chunks.keys())
    return touched, {**scan.chunks, **{each.document_id: each.chunks for each in manifest.named(unchanged)}}


def _all_chunks(manifest: Manifest, author_id: str, scan: _Scan) -> Iterator[tuple[str, int, IndexedChunk, bool]]:
    """Yield each chunk of an author, as recorded and as it is now: document, number, chunk, whether it still is."""
    for document in manifest.documents(author_id):
        is_current = document.document_id in scan.references and document.document_id not in scan.chunks
        for number, chunk in enumerate(document.chunks):
            yield document.document_id, number, chunk, is_current
    for document_id, chunks in scan.chunks.items():
        for number, chunk in enumerate(chunks):
            yield document_id, number, chunk, True


def _standing(
    reader: DocumentReader,
    references: Mapping[str, DocumentReference],
    touched: Sequence[Place],
    chunks: Mapping[str, Sequence[IndexedChunk]],
) -> dict[Place, tuple[DocumentReference, ...] | None]:
    """Return of each touched chunk the documents that it also stands for, or None if it is not to be indexed."""
    members = [
        Member(document_id, number, references[document_id].published_at, chunks[document_id][number].marks)
        for document_id, number in touched
    ]
    wordings = {
        member.marks.text: reader.wording(references[member.document_id], member.position)
        for member in compared(members)
    }
    standing: dict[Place, tuple[DocumentReference, ...] | None] = dict.fromkeys(touched)
    for first, *copies in groups(members, wordings):
        others = dict.fromkeys(copy.document_id for copy in copies if copy.document_id != first.document_id)
        standing[first.document_id, first.position] = tuple(references[document_id] for document_id in others)
    return standing


def _changes(
    index: DocumentIndex,
    scan: _Scan,
    standing: Mapping[Place, tuple[DocumentReference, ...] | None],
    chunks: Mapping[str, Sequence[IndexedChunk]],
) -> Iterator[DocumentChange]:
    by_document: dict[str, dict[int, tuple[DocumentReference, ...] | None]] = {each: {} for each in scan.chunks}
    for (document_id, number), others in standing.items():
        chunk = chunks[document_id][number]
        # A passage of an unchanged document that was not indexed and still is not needs nothing.
        if document_id in scan.chunks or others is not None or chunk.digest is not None:
            by_document.setdefault(document_id, {})[number] = others
    for document_id, also_at in by_document.items():
        yield DocumentChange(
            scan.references[document_id], tuple(chunks[document_id]), also_at, index.vectors.digests(document_id)
        )
