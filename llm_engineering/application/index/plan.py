"""What has to change in an index so that it holds given chunks, and nothing else of the same authors."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from llm_engineering.application.ports import VectorStore
from llm_engineering.domain.chunks import Chunk


@dataclass(frozen=True, slots=True)
class IndexPlan:
    """The difference between chunks and index."""

    new: tuple[Chunk, ...]
    """Not in the index: to be embedded and written."""
    refreshed: tuple[Chunk, ...]
    """In the index with the same indexed text, but with other details (place, title, version): no embedding."""
    unchanged: int
    stale: tuple[str, ...]
    """Ids of indexed chunks that the documents no longer have."""
    removed_documents: tuple[str, ...]
    """Ids of documents in the index that were not among the given ones, though their author was."""


def index_plan(chunks: Sequence[Chunk], author_ids: Iterable[str], vectors: VectorStore) -> IndexPlan:
    """Return what has to be done; nothing is written.

    Args:
        chunks: All chunks of all documents of the authors, those of one document next to each other.
        author_ids: The authors whose documents are complete in `chunks`; of them, indexed documents that are
            not in `chunks` are to be removed.
        vectors: The index.
    """
    new: list[Chunk] = []
    refreshed: list[Chunk] = []
    stale: list[str] = []
    unchanged = 0
    documents: set[str] = set()
    for document_id, group in groupby(chunks, key=lambda chunk: chunk.provenance.document_id):
        documents.add(document_id)
        stored = vectors.digests(document_id)
        for chunk in group:
            digest = stored.pop(chunk.id, None)
            if digest is None:
                new.append(chunk)
            elif digest != chunk.digest:
                refreshed.append(chunk)
            else:
                unchanged += 1
        stale.extend(sorted(stored))
    indexed = set[str]().union(*(vectors.document_ids(author_id) for author_id in author_ids))
    return IndexPlan(tuple(new), tuple(refreshed), unchanged, tuple(stale), tuple(sorted(indexed - documents)))
