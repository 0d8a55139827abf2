"""The chunks of a shard's documents with their marks, by which those that say nearly the same are found."""

import time

from llm_engineering.application.index.changes import marked_chunks
from llm_engineering.application.index.manifest import IndexedChunk
from llm_engineering.application.index.reading import DocumentReader
from llm_engineering.application.index.shards.planning import PlannedShard
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result


class MarkedDocument(FrozenModel):
    """A document that was cut; of its words only the marks are kept."""

    document_id: str
    chunks: tuple[IndexedChunk, ...]
    """In the order of its text; none is indexed yet."""


class MarkedShard(Result):
    """The documents of a shard after they were cut."""

    number: int
    documents: tuple[MarkedDocument, ...]
    seconds: float

    @property
    def figures(self) -> Figures:
        """How much was cut, and how long it took."""
        return {
            "shard": self.number,
            "documents": len(self.documents),
            "chunks": sum(len(document.chunks) for document in self.documents),
            "tokens": sum(chunk.tokens for document in self.documents for chunk in document.chunks),
            "seconds": self.seconds,
        }


def marked_shard(shard: PlannedShard, reader: DocumentReader) -> MarkedShard:
    """Clean and cut the documents of a shard, and return the marks of their chunks; nothing is written.

    Raises:
        DocumentChangedError: A document was changed since the plan was made; run again.
        StoreUnavailableError: The documents could not be read.
    """
    started = time.perf_counter()
    documents = tuple(
        MarkedDocument(document_id=reference.id, chunks=marked_chunks(reader, reference))
        for reference in shard.documents
    )
    return MarkedShard(number=shard.number, documents=documents, seconds=round(time.perf_counter() - started, 3))
