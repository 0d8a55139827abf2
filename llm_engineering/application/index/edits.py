"""What is to be written and deleted of one document, with the texts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from llm_engineering.application.index.changes import DocumentChange, DocumentIndex
from llm_engineering.application.index.manifest import IndexedChunk, IndexedDocument
from llm_engineering.application.index.reading import DocumentReader, DocumentReference
from llm_engineering.domain.chunks import Chunk, OtherPlace


@dataclass(frozen=True, slots=True)
class DocumentEdit:
    """What is to be done with one document."""

    new: tuple[Chunk, ...]
    """To be embedded and written."""
    refreshed: tuple[Chunk, ...]
    """To be written without embedding: only details have changed."""
    stale: tuple[str, ...]
    """Ids of chunks to be deleted."""
    recorded: IndexedDocument
    """What is known of the document afterwards."""
    place: OtherPlace
    """Where it is found."""
    is_new: bool
    """Whether the index held none of its chunks."""

    @property
    def unchanged(self) -> int:
        """Chunks that stay as they are."""
        return len(self.recorded.digests) - len(self.new) - len(self.refreshed)

    @property
    def shared(self) -> int:
        """Chunks that are not indexed because another one stands for them."""
        return len(self.recorded.chunks) - len(self.recorded.digests)


def edit(change: DocumentChange, reader: DocumentReader, index: DocumentIndex) -> DocumentEdit:
    """Return what is to be done with a document; its text is read for that.

    Raises:
        DocumentChangedError: It or a document that it stands for was changed meanwhile.
    """
    standing = {number: others for number, others in change.also_at.items() if others is not None}
    chunks = dict(_standing_chunks(change.reference, standing, reader)) if standing else {}
    recorded = tuple(
        known.model_copy(update={"digest": chunks[number].digest if number in chunks else None})
        if number in change.also_at
        else known
        for number, known in enumerate(change.chunks)
    )
    kept = {chunk.id for chunk in recorded if chunk.digest is not None}
    new = tuple(chunk for chunk in chunks.values() if chunk.id not in change.stored)
    refreshed = tuple(
        chunk for chunk in chunks.values() if chunk.id in change.stored and change.stored[chunk.id] != chunk.digest
    )
    stale = tuple(sorted(change.stored.keys() - kept))
    return DocumentEdit(
        new,
        refreshed,
        stale,
        recorded=_record(change.reference, recorded, index),
        place=_place(change.reference, chunks.values(), reader),
        is_new=not change.stored,
    )


def _place(reference: DocumentReference, chunks: Iterable[Chunk], reader: DocumentReader) -> OtherPlace:
    """Return where a document is found, without reading it again where it has been read."""
    provenance = next((chunk.provenance for chunk in chunks), None)
    return OtherPlace.of(provenance) if provenance else reader.place(reference)


def _standing_chunks(
    reference: DocumentReference, standing: Mapping[int, Iterable[DocumentReference]], reader: DocumentReader
) -> Iterator[tuple[int, Chunk]]:
    chunks = reader.chunks(reference)
    for number, others in standing.items():
        yield number, chunks[number].model_copy(update={"also_at": tuple(reader.place(other) for other in others)})


def _record(reference: DocumentReference, chunks: tuple[IndexedChunk, ...], index: DocumentIndex) -> IndexedDocument:
    return index.manifest.entry(
        reference.id,
        author_id=reference.author_id,
        content_hash=reference.content_hash,
        source_digest=reference.source_digest,
        published_at=reference.published_at,
        fingerprint=index.fingerprint,
        chunks=chunks,
    )
