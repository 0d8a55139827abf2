"""What has to change in an index so that it holds the documents of an author as they are now; nothing is written."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from llm_engineering.application.index.author_passages import AuthorPassages, KnownPassage
from llm_engineering.application.index.manifest import IndexedChunk, Manifest
from llm_engineering.application.index.reading import DocumentReader, DocumentReference
from llm_engineering.application.index.shared_chunks import LATEST, Member, chunk_marks, compared, groups
from llm_engineering.domain.chunks import Chunk, ChunkFilter

Standing = tuple[DocumentReference, ...] | None
"""The documents whose passages a chunk stands for, or None if another chunk stands for it."""


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
    also_at: Mapping[int, Standing]
    """Of the chunks that may have to be written, by number."""
    stored: Mapping[str, str]
    """`Chunk.digest` of each chunk that the index holds now, by id."""
    is_repeated: bool = False
    """Whether an earlier portion of the same comparison had to do with the document already."""

    @property
    def new_chunks(self) -> list[IndexedChunk]:
        """The chunks that have to be embedded."""
        standing = (self.chunks[number] for number, others in self.also_at.items() if others is not None)
        return [chunk for chunk in standing if chunk.id not in self.stored]


@dataclass(frozen=True, slots=True)
class AuthorChanges:
    """A portion of the difference between the documents of an author and the index."""

    author_id: str
    documents: tuple[DocumentChange, ...] = ()
    removed: tuple[str, ...] = ()
    """Ids of documents that are to leave the index."""

    @property
    def new_chunks(self) -> int:
        """How many chunks have to be embedded."""
        return sum(len(change.new_chunks) for change in self.documents)


@dataclass(frozen=True, slots=True)
class AuthorState:
    """The documents of an author beside what was recorded of them, without their texts."""

    author_id: str
    references: dict[str, DocumentReference]
    """All live documents, by id."""
    untouched: dict[str, int]
    """How many chunks the index holds of each document that was indexed with the same details, words and fingerprint,
    by id."""
    removed: tuple[str, ...]
    """Ids of documents that the index holds and that are no longer live, sorted."""

    @classmethod
    def read(cls, reader: DocumentReader, index: DocumentIndex, author_id: str) -> "AuthorState":
        """Read all documents of an author through once; what is kept of each takes 0.7 kB.

        If the number of the author's chunks is not the one that was recorded, somebody else wrote to the collection,
        or a run died: then no document counts as untouched.

        Raises:
            StoreUnavailableError: A store could not be read.
        """
        headers = index.manifest.headers(author_id)
        recorded = sum(header.indexed_chunks for header in headers.values())
        is_trusted = index.vectors.count(ChunkFilter(author_id=author_id)) == recorded
        references = {reference.id: reference for reference, _ in reader.documents(author_id)}
        stored = set() if is_trusted else index.vectors.document_ids(author_id)
        known = headers if is_trusted else {}
        untouched = {
            document_id: known[document_id].indexed_chunks
            for document_id, reference in references.items()
            if document_id in known and known[document_id].is_of(reference.source_digest, index.fingerprint)
        }
        return cls(author_id, references, untouched, tuple(sorted((headers.keys() | stored) - references.keys())))

    @property
    def changed(self) -> list[DocumentReference]:
        """The documents that have to be cut, the earliest published first."""
        ids = self.references.keys() - self.untouched.keys()
        changed = (self.references[each] for each in ids)
        return sorted(changed, key=lambda reference: (reference.published_at or LATEST, reference.id))


class AuthorComparison:
    """The documents of an author beside what the index holds of them; nothing is written.

    The documents that have changed are read portion by portion, the earliest published first, so that the passages
    which stand for others come before these. What is kept of all documents is a reference of each, and, if any has
    changed, the marks of their passages. A document that has not changed is not cut.

    Args:
        reader: The documents.
        index: The collection.
        state: What has changed.
    """

    def __init__(self, reader: DocumentReader, index: DocumentIndex, state: AuthorState) -> None:
        self._reader = reader
        self._index = index
        self._author_id = state.author_id
        self._references = state.references
        self._changed = [reference.id for reference in state.changed]
        self._untouched = dict(state.untouched)
        """Without those that a portion had to do with."""
        self._removed = state.removed

    @property
    def skipped_documents(self) -> int:
        """Documents that have not changed and that no portion so far had to do with."""
        return len(self._untouched)

    @property
    def skipped_chunks(self) -> int:
        """Chunks of them that the index holds."""
        return sum(self._untouched.values())

    def portions(self, at_most: int | None = None) -> Iterator[AuthorChanges]:
        """Yield what has to be done so that the index holds the live documents of the author and no others of his.

        Each portion has to be done and recorded before the next one is asked for. Removed documents are in the last.

        Args:
            at_most: A portion ends with the document that reaches so many chunks; None takes all at once.

        Raises:
            DocumentChangedError: A document was changed meanwhile.
            StoreUnavailableError: A store could not be read.
        """
        waiting = deque(self._changed)
        if not waiting and not self._removed:
            return
        passages = self._known_passages()
        while True:
            cut = self._cut(waiting, at_most)
            yield self._portion(passages, cut, () if waiting else self._removed)
            if not waiting:
                return

    def standings(self, cut: Mapping[str, tuple[IndexedChunk, ...]]) -> dict[str, dict[int, Standing]]:
        """Return which passages are to be indexed and which documents they stand for, of all that has changed at once.

        Args:
            cut: The chunks of all documents that have changed, by id.

        Returns:
            By document, for the chunks that may have to be written, by number: those of the documents that are given,
            and of others that begin or cease to stand for a passage.

        Raises:
            DocumentChangedError: A document was changed meanwhile.
        """
        return self._also_at(self._known_passages(), cut, self._removed)

    def _known_passages(self) -> AuthorPassages:
        passages = AuthorPassages()
        for document in self._index.manifest.documents(self._author_id):
            passages.add(document.document_id, document.chunks, is_current=document.document_id in self._untouched)
        return passages

    def _cut(self, waiting: deque[str], at_most: int | None) -> dict[str, tuple[IndexedChunk, ...]]:
        """Return the chunks of the next documents that wait."""
        cut: dict[str, tuple[IndexedChunk, ...]] = {}
        chunks = 0
        while waiting and (at_most is None or chunks < at_most):
            document_id = waiting.popleft()
            cut[document_id] = marked_chunks(self._reader, self._references[document_id])
            chunks += len(cut[document_id])
        return cut

    def _portion(
        self, passages: AuthorPassages, cut: Mapping[str, tuple[IndexedChunk, ...]], removed: tuple[str, ...]
    ) -> AuthorChanges:
        also_at = self._also_at(passages, cut, removed)
        return AuthorChanges(self._author_id, tuple(self._changes(cut, also_at)), removed)

    def _also_at(
        self, passages: AuthorPassages, cut: Mapping[str, tuple[IndexedChunk, ...]], removed: tuple[str, ...]
    ) -> dict[str, dict[int, Standing]]:
        for document_id, chunks in cut.items():
            passages.add(document_id, chunks)
        touched = passages.connected([*cut, *removed])
        passages.drop_former([*cut, *removed])
        standing = self._standing([passage for _, passage in touched])
        also_at: dict[str, dict[int, Standing]] = {document_id: {} for document_id in cut}
        for place, passage in touched:
            others = standing[passage.document_id, passage.number]
            # A passage of another document that was not indexed and still is not needs nothing.
            if passage.document_id in cut or passage.is_indexed or others is not None:
                also_at.setdefault(passage.document_id, {})[passage.number] = others
            passages.note_indexed(place, is_indexed=others is not None)
        return also_at

    def _standing(self, touched: Sequence[KnownPassage]) -> dict[tuple[str, int], Standing]:
        """Return of each passage, by document and number, the documents that it also stands for."""
        members = [
            Member(each.document_id, each.number, self._references[each.document_id].published_at, each.marks)
            for each in touched
        ]
        wordings = {
            member.marks.text: self._reader.wording(self._references[member.document_id], member.position)
            for member in compared(members)
        }
        standing: dict[tuple[str, int], Standing] = {(each.document_id, each.number): None for each in touched}
        for first, *copies in groups(members, wordings):
            others = dict.fromkeys(copy.document_id for copy in copies if copy.document_id != first.document_id)
            standing[first.document_id, first.position] = tuple(self._references[each] for each in others)
        return standing

    def _changes(
        self, cut: Mapping[str, tuple[IndexedChunk, ...]], also_at: Mapping[str, Mapping[int, Standing]]
    ) -> Iterator[DocumentChange]:
        others = self._index.manifest.named(sorted(also_at.keys() - cut.keys()))
        chunks = {**cut, **{each.document_id: each.chunks for each in others}}
        for document_id, standing in also_at.items():
            is_first = document_id in cut or self._untouched.pop(document_id, None) is not None
            yield DocumentChange(
                self._references[document_id],
                chunks[document_id],
                standing,
                self._index.vectors.digests(document_id),
                is_repeated=not is_first,
            )


def marked_chunks(reader: DocumentReader, reference: DocumentReference) -> tuple[IndexedChunk, ...]:
    """Return the chunks of a document with the marks by which those like them are found; none is indexed yet.

    Raises:
        DocumentChangedError: It is no longer the version that the reference names.
    """
    return tuple(map(_marked, reader.chunks(reference)))


def _marked(chunk: Chunk) -> IndexedChunk:
    marks = chunk_marks(chunk.text)
    return IndexedChunk(id=chunk.id, tokens=chunk.token_count, text=marks.text, keys=IndexedChunk.packed(marks.keys))
