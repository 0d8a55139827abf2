"""Reads the documents of an index one by one, as references, chunks and places; few texts are held at a time."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from llm_engineering.application.index.shared_chunks import Wording
from llm_engineering.application.ports import DOCUMENTS, DocumentStore, Tokenizer
from llm_engineering.application.preprocess.chunking import Chunking, chunks_of_documents
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.warehouse.documents import document_from, documents_of
from llm_engineering.domain.chunks import Chunk, OtherPlace
from llm_engineering.domain.documents import Category, Provenance, RawDocument
from llm_engineering.domain.errors import RetryableError
from llm_engineering.domain.identity import content_hash

KEPT_CHUNKS: Final = 4096
"""Chunks that are kept for when they are needed again: some 16 MB."""
_KEPT_PLACES: Final = 2_000
"""Places of documents that are kept: some 3 MB."""


class DocumentChangedError(RetryableError):
    """A document was changed or removed while it was being indexed."""

    def __init__(self, document_id: str) -> None:
        super().__init__(
            f"The document {document_id[:80]!r} was changed or removed while it was being indexed.",
            remedy="Run the same again when nothing else writes to the warehouse; what was done is kept.",
        )
        self.document_id = document_id


class DocumentSource(Protocol):
    """Where the documents are read from."""

    def live_documents(self, author_id: str) -> Iterator[RawDocument]:
        """Yield the live documents of an author one by one."""
        ...

    def document(self, category: Category, document_id: str) -> RawDocument | None:
        """Return a live document by its id, or None."""
        ...


@dataclass(frozen=True, slots=True)
class StoredDocuments:
    """The documents of a warehouse."""

    store: DocumentStore

    def live_documents(self, author_id: str) -> Iterator[RawDocument]:
        """Yield the live documents of an author, category after category."""
        return (document for document in documents_of(self.store, author_id, Category) if document.is_live)

    def document(self, category: Category, document_id: str) -> RawDocument | None:
        """Return a live document by its id, or None."""
        found = (document_from(category, json) for json in self.store.find(DOCUMENTS[category], {"_id": document_id}))
        return next((document for document in found if document.is_live), None)


CHUNK_DETAILS_VERSION: Final = 1
"""Raised when chunks say more of themselves than before: each document is looked at once, what is stored beside its
vectors is written again, and nothing is embedded. 1: the lines of a chunk."""


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """A version of a document without its text."""

    id: str
    author_id: str
    category: Category
    content_hash: str
    source_digest: str
    published_at: str | None

    @classmethod
    def of(cls, document: RawDocument) -> "DocumentReference":
        """Return the reference of a document."""
        provenance = Provenance.of(document)
        published = provenance.model_dump(mode="json")["published_at"]
        digest = content_hash(provenance.model_dump_json(), str(CHUNK_DETAILS_VERSION))
        return cls(document.id, document.author_id, document.category, provenance.content_hash, digest, published)


class DocumentReader:
    """Cuts documents into chunks when they are asked for."""

    def __init__(
        self, source: DocumentSource, tokenizer: Tokenizer, chunking: Chunking, *, kept_chunks: int = KEPT_CHUNKS
    ) -> None:
        self._source = source
        self._tokenizer = tokenizer
        self._chunking = chunking
        self._kept: OrderedDict[str, Sequence[Chunk]] = OrderedDict()
        self._room = kept_chunks
        self._places: dict[str, OtherPlace] = {}
        self.documents_cut = 0
        """How often a document was cut into chunks."""

    def documents(self, author_id: str) -> Iterator[tuple[DocumentReference, RawDocument]]:
        """Yield each live document of an author with its reference."""
        for document in self._source.live_documents(author_id):
            yield DocumentReference.of(document), document

    def chunks(self, reference: DocumentReference) -> Sequence[Chunk]:
        """Return the chunks of a document, in the order of its text.

        Raises:
            DocumentChangedError: It is no longer the version that the reference names.
        """
        kept = self._kept.get(reference.id)
        if kept is not None:
            return kept
        cleaned = cleaned_documents([self._document(reference)])
        chunks = chunks_of_documents(cleaned.items, self._tokenizer, self._chunking).items
        self.documents_cut += 1
        self._keep(reference.id, chunks)
        return chunks

    def place(self, reference: DocumentReference) -> OtherPlace:
        """Return where a document is found.

        Raises:
            DocumentChangedError: It is no longer the version that the reference names.
        """
        if reference.id not in self._places:
            if len(self._places) >= _KEPT_PLACES:
                self._places.clear()
            self._places[reference.id] = OtherPlace.of(Provenance.of(self._document(reference)))
        return self._places[reference.id]

    def wording(self, reference: DocumentReference, position: int) -> Wording:
        """Return the wording of one chunk of a document.

        Raises:
            DocumentChangedError: The document is no longer the version that the reference names.
        """
        return Wording.of(self.chunks(reference)[position].text)

    def _document(self, reference: DocumentReference) -> RawDocument:
        document = self._source.document(reference.category, reference.id)
        if document is None or DocumentReference.of(document) != reference:
            raise DocumentChangedError(reference.id)
        return document

    def _keep(self, document_id: str, chunks: Sequence[Chunk]) -> None:
        self._room += len(self._kept.pop(document_id, ()))
        self._room -= len(chunks)
        self._kept[document_id] = chunks
        while self._room < 0:
            _, dropped = self._kept.popitem(last=False)
            self._room += len(dropped)
