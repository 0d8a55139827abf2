"""Makes an index follow its documents: new vectors go in first, what they replace goes out last."""

import time
from collections.abc import Callable

from llm_engineering.application.index.listed_changes import ChangedDocument
from llm_engineering.application.index.plan import IndexPlan
from llm_engineering.application.index.writing import Writer
from llm_engineering.application.ports import Embedder, VectorStore
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.domain.outcomes import Figures, Result


class IndexReport(Result):
    """What a run did to the index."""

    embedding: EmbeddingIdentity
    location: str
    """Where the index lies."""
    embedded: int
    """Chunks that were embedded and written."""
    refreshed: int
    """Chunks whose details were rewritten and whose vectors stayed."""
    unchanged: int
    deleted: int
    """Chunks deleted, those of removed documents included."""
    removed_documents: int
    embedded_tokens: int
    seconds: float
    """Time for embedding, writing and deleting."""
    shared: int = 0
    """Chunks of changed documents that are not indexed, because another one that says nearly the same stands for
    them."""
    skipped_documents: int = 0
    """Documents that had not changed and were not even cut into chunks; their chunks count as unchanged."""
    changes: tuple[ChangedDocument, ...] = ()
    """What was done with each document, of the first `MOST_LISTED`."""

    @property
    def figures(self) -> Figures:
        """What changed, with which model and how fast; all numbers of chunks are 0 if no document changed."""
        return {
            "embedded_chunks": self.embedded,
            "refreshed_chunks": self.refreshed,
            "unchanged_chunks": self.unchanged,
            "deleted_chunks": self.deleted,
            "shared_chunks": self.shared,
            "removed_documents": self.removed_documents,
            "skipped_documents": self.skipped_documents,
            "written_points": self.embedded + self.refreshed + self.deleted,
            "embedded_tokens": self.embedded_tokens,
            "seconds": self.seconds,
            "location": self.location,
            **self.embedding.model_dump(),
        }


def synced_index(
    plan: IndexPlan,
    *,
    embedder: Embedder,
    encoder: TermEncoder,
    vectors: VectorStore,
    on_progress: Callable[[int], None] = lambda _: None,
) -> IndexReport:
    """Make the index follow a plan and return what was done.

    A run that dies anywhere leaves the old chunks, the new ones, or both, never neither; a new plan made
    afterwards finishes the work and embeds only what was not written.

    Args:
        plan: From `index_plan` on the same index, with no other writer since.
        embedder: Computes the vectors; its identity is that of the index.
        encoder: Computes the term vectors; its scheme is that of the index.
        vectors: The index.
        on_progress: Called after each batch with the number of chunks written in it.
    """
    started = time.perf_counter()
    with Writer(embedder, encoder, vectors, on_progress).batches() as batches:
        batches.add(plan.new)
    if plan.refreshed:
        vectors.replace_payloads(plan.refreshed)
    if plan.stale:
        vectors.delete(plan.stale)
    removed_chunks = sum(vectors.delete_document(document_id) for document_id in plan.removed_documents)
    return IndexReport(
        embedding=embedder.identity,
        location=vectors.location,
        embedded=len(plan.new),
        refreshed=len(plan.refreshed),
        unchanged=plan.unchanged,
        deleted=len(plan.stale) + removed_chunks,
        removed_documents=len(plan.removed_documents),
        embedded_tokens=sum(chunk.token_count for chunk in plan.new),
        seconds=round(time.perf_counter() - started, 3),
    )
