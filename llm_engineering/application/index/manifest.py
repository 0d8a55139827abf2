"""What is known of the documents in an index, so that a run leaves alone what has not changed.

The vectors are written first and the manifest last. Before a run touches the vectors of documents it marks them as
unfinished: a run that dies leaves marks, and the next one looks at these documents again.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from llm_engineering.application.index.shared_chunks import ChunkMarks
from llm_engineering.application.ports import Collection, DocumentStore, JsonObject
from llm_engineering.application.warehouse.documents import object_from
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel

INDEXED_DOCUMENTS: Final = Collection("indexed_documents", ("collection", "document_id"))
"""What is known of each document in each collection of vectors."""

_UNFINISHED: Final = ""
"""Fingerprint of a document whose vectors may be anything between two versions; no real one is empty."""
_AT_ONCE: Final = 200


class IndexedChunk(FrozenModel):
    """A chunk of an indexed document."""

    id: str
    tokens: int
    text: str
    """`ChunkMarks.text`."""
    keys: str
    """`ChunkMarks.keys` in base64."""
    digest: str | None = None
    """`Chunk.digest` as written to the index; None if another chunk stands for this one."""

    @property
    def marks(self) -> ChunkMarks:
        """What finds chunks like this one."""
        return ChunkMarks(self.text, b64decode(self.keys))

    @staticmethod
    def packed(keys: bytes) -> str:
        """Return keys as they are stored."""
        return b64encode(keys).decode("ascii")


class IndexedDocument(FrozenModel):
    """A document as a collection holds it."""

    id: str = Field(alias="_id")
    collection: str
    document_id: str
    author_id: str
    content_hash: str = ""
    source_digest: str = ""
    """Hash over all that a chunk takes from its document."""
    published_at: str | None = None
    fingerprint: str = _UNFINISHED
    """By what the chunks were made; empty while a run is at work on the document, or if it died there."""
    chunks: tuple[IndexedChunk, ...] = ()
    indexed_at: datetime | None = None

    @property
    def digests(self) -> dict[str, str]:
        """The digest of each chunk that the index holds, by id."""
        return {chunk.id: chunk.digest for chunk in self.chunks if chunk.digest is not None}

    @property
    def header(self) -> "DocumentHeader":
        """What decides whether it has to be looked at."""
        return DocumentHeader(self.content_hash, self.source_digest, self.fingerprint, len(self.digests))


@dataclass(frozen=True, slots=True)
class DocumentHeader:
    """What of an indexed document decides whether it has changed."""

    content_hash: str
    source_digest: str
    fingerprint: str
    indexed_chunks: int

    def is_of(self, source_digest: str, fingerprint: str) -> bool:
        """Whether nothing has changed since it was indexed."""
        return (self.source_digest, self.fingerprint) == (source_digest, fingerprint)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of the documents in one collection of vectors."""

    store: DocumentStore
    collection: str
    """Name of the collection as the vector store has it."""

    def documents(self, author_id: str) -> Iterator[IndexedDocument]:
        """Yield what is known of the documents of an author, one by one, in the order of their ids there."""
        return self._found({"author_id": author_id})

    def named(self, document_ids: Sequence[str]) -> Iterator[IndexedDocument]:
        """Yield what is known of some documents."""
        for start in range(0, len(document_ids), _AT_ONCE):
            yield from self._found({"document_id": document_ids[start : start + _AT_ONCE]})

    def headers(self, author_id: str) -> dict[str, DocumentHeader]:
        """Return the header of each document of an author by its id."""
        return {document.document_id: document.header for document in self.documents(author_id)}

    def author_ids(self) -> set[str]:
        """Return the authors of whom something is known."""
        return {found["author_id"] for found in self.store.find(INDEXED_DOCUMENTS, {"collection": self.collection})}

    def mark_unfinished(self, author_id: str, document_ids: Iterable[str]) -> None:
        """Write that the vectors of documents may not be what is known of them."""
        marks = [
            {**self._key(document_id), "author_id": author_id, "fingerprint": _UNFINISHED}
            for document_id in document_ids
        ]
        self._write(marks)

    def record(self, documents: Iterable[IndexedDocument]) -> None:
        """Write what the collection holds of documents, the last thing that is done for them."""
        self._write([document.model_dump(mode="json", by_alias=True) for document in documents])

    def record_unfinished(self, documents: Iterable[IndexedDocument]) -> None:
        """Write what the collection is about to hold of documents whose old chunks are not deleted yet."""
        self.record(document.model_copy(update={"fingerprint": _UNFINISHED}) for document in documents)

    def mark_finished(self, author_id: str, document_ids: Iterable[str], fingerprint: str, now: datetime) -> None:
        """Write that the collection holds what `record_unfinished` has written, no more and no less."""
        fields = {"id", "collection", "document_id", "author_id", "fingerprint", "indexed_at"}
        self._write([
            self.entry(each, author_id=author_id, fingerprint=fingerprint, indexed_at=now).model_dump(
                mode="json", by_alias=True, include=fields
            )
            for each in document_ids
        ])

    def remove(self, document_ids: Sequence[str]) -> None:
        """Forget documents that the collection no longer holds."""
        for start in range(0, len(document_ids), _AT_ONCE):
            some = document_ids[start : start + _AT_ONCE]
            self.store.delete(INDEXED_DOCUMENTS, {"collection": self.collection, "document_id": some})

    def entry(self, document_id: str, **fields: Any) -> IndexedDocument:  # noqa: ANN401 - those of the model
        """Return what is to be recorded of a document."""
        return IndexedDocument.model_validate({**self._key(document_id), **fields})

    def _key(self, document_id: str) -> JsonObject:
        return {
            "_id": identifier("indexed document", self.collection, document_id),
            "collection": self.collection,
            "document_id": document_id,
        }

    def _found(self, where: dict[str, str | Sequence[str]]) -> Iterator[IndexedDocument]:
        for found in self.store.find(INDEXED_DOCUMENTS, {"collection": self.collection, **where}):
            yield object_from(IndexedDocument, INDEXED_DOCUMENTS, found)

    def _write(self, objects: Sequence[JsonObject]) -> None:
        for start in range(0, len(objects), _AT_ONCE):
            self.store.upsert(INDEXED_DOCUMENTS, objects[start : start + _AT_ONCE])


def mark_unfinished_everywhere(store: DocumentStore, document_ids: Sequence[str]) -> None:
    """Write for all collections that the vectors of documents may not be what is known of them.

    For whoever deletes vectors without a sync: the next sync looks at these documents again, and lets other documents
    take over the passages that they stood for.
    """
    for start in range(0, len(document_ids), _AT_ONCE):
        known = store.find(INDEXED_DOCUMENTS, {"document_id": document_ids[start : start + _AT_ONCE]})
        fields = ("_id", "collection", "document_id", "author_id")
        marks = [{**{name: found[name] for name in fields}, "fingerprint": _UNFINISHED} for found in known]
        store.upsert(INDEXED_DOCUMENTS, marks)


def drop_manifest(store: DocumentStore, collection: str) -> int:
    """Forget all that is known of a collection of vectors, when it is deleted; return the number of documents."""
    return store.delete(INDEXED_DOCUMENTS, {"collection": collection})
