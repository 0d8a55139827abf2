"""Compares documents, manifest and vectors with each other, all of them, and mends what differs."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from llm_engineering.application.index.changes import DocumentIndex
from llm_engineering.application.index.manifest import IndexedDocument
from llm_engineering.application.index.reading import DocumentReader
from llm_engineering.application.ports import VectorStore
from llm_engineering.domain.chunks import ChunkFilter
from llm_engineering.domain.models import FrozenModel

_EXAMPLES: Final = 3


class Fault(StrEnum):
    """In what way documents, manifest and vectors differ."""

    NOT_INDEXED = "documents that are not indexed"
    """Live documents that the manifest does not know."""
    OUT_OF_DATE = "documents that have changed"
    """Live documents whose words or details, or the fingerprint, are not those that were indexed."""
    UNFINISHED = "documents that a run left unfinished"
    LEFT_OVER = "documents that are no longer there"
    """Documents that the manifest knows and that are not live."""
    MISSING_CHUNK = "chunks that are missing"
    """The manifest has them and the vector store has not."""
    STALE_CHUNK = "chunks with other details than recorded"
    UNKNOWN_CHUNK = "chunks that are not recorded"
    """Chunks in the vector store of a document that the manifest knows."""
    UNKNOWN_DOCUMENT = "chunks of unknown documents"
    """Chunks in the vector store of documents that the manifest does not know."""


class Finding(FrozenModel):
    """A way in which they differ."""

    fault: Fault
    count: int
    examples: tuple[str, ...]
    """Links or ids of the first ones."""


class AuditReport(FrozenModel):
    """What an audit found."""

    location: str
    documents: int
    """Live documents of the authors."""
    chunks: int
    """Chunks that the vector store has, of all authors."""
    findings: tuple[Finding, ...]
    """In the order of `Fault`, those only that there are."""
    documents_to_mend: tuple[tuple[str, str], ...] = ()
    """Author and id of the documents that the manifest is wrong about, so that the next run has to look at them."""
    unknown_documents: tuple[str, ...] = ()
    """Ids of documents whose chunks are to be deleted."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing differs."""
        return not self.findings


@dataclass(slots=True)
class _Found:
    """What has been found so far."""

    counts: dict[Fault, int] = field(default_factory=dict)
    examples: dict[Fault, list[str]] = field(default_factory=dict)
    to_mend: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    def add(self, fault: Fault, examples: Iterable[str], *, count: int | None = None) -> None:
        named = list(examples)
        if named:
            self.counts[fault] = self.counts.get(fault, 0) + (len(named) if count is None else count)
            first = self.examples.setdefault(fault, [])
            first.extend(named[: _EXAMPLES - len(first)])

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(
            Finding(fault=fault, count=self.counts[fault], examples=tuple(self.examples[fault]))
            for fault in Fault
            if fault in self.counts
        )


def audited(author_ids: Iterable[str], reader: DocumentReader, index: DocumentIndex) -> AuditReport:
    """Compare all documents of some authors, and all that is indexed, with each other; nothing is written.

    Texts are read, but neither cut nor embedded.

    Args:
        author_ids: Who is to be indexed; those whom the manifest knows are compared too.
        reader: The documents.
        index: The collection.

    Raises:
        StoreUnavailableError: A store could not be read.
    """
    found = _Found()
    known: set[str] = set()
    documents = 0
    for author_id in sorted({*author_ids, *index.manifest.author_ids()}):
        live = {reference.id: (reference, document.link) for reference, document in reader.documents(author_id)}
        documents += len(live)
        recorded = set()
        for entry in index.manifest.documents(author_id):
            recorded.add(entry.document_id)
            link = live[entry.document_id][1] if entry.document_id in live else None
            source_digest = live[entry.document_id][0].source_digest if entry.document_id in live else None
            _audit_document(entry, source_digest, link or entry.document_id, index, found)
        found.add(Fault.NOT_INDEXED, (link for each, (_, link) in live.items() if each not in recorded))
        known |= recorded
    found.unknown = sorted(index.vectors.document_ids(None) - known)
    for document_id in found.unknown:
        chunks = len(index.vectors.digests(document_id))
        found.add(Fault.UNKNOWN_DOCUMENT, [document_id], count=chunks)
    return AuditReport(
        location=index.vectors.location,
        documents=documents,
        chunks=index.vectors.count(ChunkFilter()),
        findings=found.findings,
        documents_to_mend=tuple(found.to_mend),
        unknown_documents=tuple(found.unknown),
    )


def _audit_document(
    entry: IndexedDocument, source_digest: str | None, name: str, index: DocumentIndex, found: _Found
) -> None:
    if source_digest is None:
        found.add(Fault.LEFT_OVER, [name])
        return
    header = entry.header
    if not header.fingerprint:
        # A run that died here leaves chunks of two versions; only what it was about to do would say which is wrong.
        found.add(Fault.UNFINISHED, [name])
        return
    if not header.is_of(source_digest, index.fingerprint):
        found.add(Fault.OUT_OF_DATE, [name])
    faults = dict(_chunk_faults(entry.digests, index.vectors.digests(entry.document_id)))
    for fault, chunk_ids in faults.items():
        found.add(fault, (f"{chunk_id} of {name}" for chunk_id in chunk_ids))
    if any(faults.values()):
        found.to_mend.append((entry.author_id, entry.document_id))


def _chunk_faults(recorded: Mapping[str, str], stored: Mapping[str, str]) -> Iterator[tuple[Fault, list[str]]]:
    yield Fault.MISSING_CHUNK, sorted(recorded.keys() - stored.keys())
    both = sorted(recorded.keys() & stored.keys())
    yield Fault.STALE_CHUNK, [chunk_id for chunk_id in both if recorded[chunk_id] != stored[chunk_id]]
    yield Fault.UNKNOWN_CHUNK, sorted(stored.keys() - recorded.keys())


def repaired(
    report: AuditReport,
    *,
    index: DocumentIndex,
    vectors: VectorStore,
    follow: Callable[[], object],
    audit: Callable[[], AuditReport],
) -> AuditReport:
    """Mend what an audit found and return what a second one finds.

    Chunks of unknown documents are deleted; the documents about which the manifest is wrong are compared with the
    vector store by a run, which embeds what is missing.

    Args:
        report: Of the audit.
        index: The collection and what is known of it.
        vectors: The same collection, to delete from.
        follow: Makes the index follow its documents.
        audit: Compares again.
    """
    for document_id in report.unknown_documents:
        vectors.delete_document(document_id)
    for author_id in sorted({author_id for author_id, _ in report.documents_to_mend}):
        mine = [document_id for author, document_id in report.documents_to_mend if author == author_id]
        index.manifest.mark_unfinished(author_id, mine)
    follow()
    return audit()
