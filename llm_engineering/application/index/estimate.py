"""What a run would do to an index, how long it would take and what it would cost."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from llm_engineering.application.index.changes import AuthorComparison, AuthorState, DocumentIndex
from llm_engineering.application.index.edits import DocumentEdit, edit
from llm_engineering.application.index.reading import DocumentReader
from llm_engineering.application.index.sync import IndexReport
from llm_engineering.application.ports import Collection, DocumentStore
from llm_engineering.domain.chunks import ChunkFilter, EmbeddingIdentity
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel

INDEX_RUNS: Final = Collection("index_runs", ("collection",))
"""How fast the last run was that embedded something, for each collection of vectors."""

_MEASURABLE_TOKENS: Final = 2_000
"""Fewer are over before a model is warm, and say nothing about the speed."""


class ExpectedChanges(FrozenModel):
    """What a run would do to the documents of an author, or of all."""

    embedded: int
    """Chunks that would be embedded and written."""
    refreshed: int
    """Chunks whose details would be rewritten."""
    deleted: int
    """Chunks that would be deleted."""
    unchanged: int
    shared: int
    """Chunks of changed documents that would not be indexed, because another one stands for them."""
    removed_documents: int
    tokens: int
    """Tokens that would be embedded."""

    def __add__(self, other: "ExpectedChanges") -> "ExpectedChanges":
        """Return the sum of both."""
        mine, others = self.model_dump(), other.model_dump()
        return ExpectedChanges.model_validate({name: mine[name] + others[name] for name in mine})

    @property
    def written(self) -> int:
        """Chunks that would be written: embedded ones and those whose details change."""
        return self.embedded + self.refreshed


NOTHING: Final = ExpectedChanges(
    embedded=0, refreshed=0, deleted=0, unchanged=0, shared=0, removed_documents=0, tokens=0
)


class NothingStored:
    """Stands for a collection that a first run would make."""

    location = "a new collection"

    def digests(self, document_id: str) -> dict[str, str]:  # noqa: ARG002 - it is the same for all
        """Return nothing."""
        return {}

    def document_ids(self, author_id: str | None) -> set[str]:  # noqa: ARG002 - it is the same for all
        """Return nothing."""
        return set()

    def count(self, where: ChunkFilter) -> int:  # noqa: ARG002 - it is the same for all
        """Return 0."""
        return 0


@dataclass(frozen=True, slots=True)
class RunSpeeds:
    """How fast earlier runs embedded, as kept in a document store."""

    store: DocumentStore

    def record(self, collection: str, report: IndexReport) -> None:
        """Keep the speed of a run, if it embedded enough to measure it."""
        if report.embedded_tokens < _MEASURABLE_TOKENS or not report.seconds:
            return
        fields = {"embedded_tokens": report.embedded_tokens, "seconds": report.seconds, **report.embedding.model_dump()}
        self.store.upsert(
            INDEX_RUNS, [{"_id": identifier("index run", collection), "collection": collection, **fields}]
        )

    def tokens_per_second(self, collection: str, identity: EmbeddingIdentity) -> float | None:
        """Return the speed of the last run on a collection, else of one with the same model; None if there is none."""
        same_model = {"model": identity.model, "precision": identity.precision}
        for where in ({"collection": collection, **same_model}, same_model):
            for run in self.store.find(INDEX_RUNS, where):
                return float(run["embedded_tokens"]) / float(run["seconds"])
        return None


def expected_seconds(tokens: int, tokens_per_second: float | None) -> float | None:
    """Return how long embedding would take; None if nothing is known of the speed."""
    if tokens == 0:
        return 0.0
    return tokens / tokens_per_second if tokens_per_second else None


def expected_cost(tokens: int, price_per_million_tokens: float | None) -> float | None:
    """Return what embedding would cost, in the currency of the price; None without a price."""
    return None if price_per_million_tokens is None else tokens * price_per_million_tokens / 1_000_000


def expected_changes(
    author_ids: Iterable[str], reader: DocumentReader, index: DocumentIndex
) -> dict[str, ExpectedChanges]:
    """Return what a run would do, by author; nothing is written.

    Raises:
        DocumentChangedError: A document was changed meanwhile.
        StoreUnavailableError: A store could not be read.
    """
    return {
        author_id: _expected(AuthorComparison(reader, index, AuthorState.read(reader, index, author_id)), reader, index)
        for author_id in dict.fromkeys(author_ids)
    }


def _expected(comparison: AuthorComparison, reader: DocumentReader, index: DocumentIndex) -> ExpectedChanges:
    found = NOTHING
    for changes in comparison.portions():
        edits = (edit(change, reader, index) for change in changes.documents)
        found = sum(map(_expected_of, edits), start=found)
        leaving = sum(len(index.vectors.digests(document_id)) for document_id in changes.removed)
        found += NOTHING.model_copy(update={"deleted": leaving, "removed_documents": len(changes.removed)})
    return found + NOTHING.model_copy(update={"unchanged": comparison.skipped_chunks})


def _expected_of(edited: DocumentEdit) -> ExpectedChanges:
    return ExpectedChanges(
        embedded=len(edited.new),
        refreshed=len(edited.refreshed),
        deleted=len(edited.stale),
        unchanged=edited.unchanged,
        shared=edited.shared,
        removed_documents=0,
        tokens=sum(chunk.token_count for chunk in edited.new),
    )
