"""Documents that are read again: only what has changed is written, and what they said before is kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import Field

from llm_engineering.application.ports import DOCUMENT_VERSIONS, DOCUMENTS, DocumentStore, JsonObject
from llm_engineering.application.warehouse.documents import document_from, object_from, stored_json
from llm_engineering.domain.documents import Category, RawDocument
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel

_OF_THE_VERSION: Final = frozenset({"content", "crawled_at", "commit"})
"""Fields that belong to one version of the content and stay with it."""
_OF_THE_WAREHOUSE: Final = frozenset({"gone_at", "duplicate_of"})
"""Fields that no source states."""

_Key = tuple[Category, str, str]


class DocumentVersion(FrozenModel):
    """What a document said before it changed. The natural key is document and content hash."""

    id: str = Field(alias="_id")
    document_id: str
    author_id: str
    category: Category
    content_hash: str
    replaced_at: datetime
    """When the next version was found (UTC); the last time, if the document said the same more than once."""
    document: Mapping[str, Any]
    """The whole document as it was stored."""


@dataclass(frozen=True, slots=True)
class DocumentChanges:
    """What became of documents that were read, in numbers of documents; each counts once."""

    new: int = 0
    changed: int = 0
    """They say something else than before."""
    unchanged: int = 0
    """They say the same; details such as owner and licence may have been brought up to date."""
    returned: int = 0
    """They were marked as gone, and are there again, whether they say the same or not."""

    def __add__(self, other: "DocumentChanges") -> "DocumentChanges":
        """Return the sum of two numbers of each."""
        return DocumentChanges(
            self.new + other.new,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.returned + other.returned,
        )


def write_changed_documents(
    store: DocumentStore, documents: Iterable[RawDocument], *, now: datetime
) -> DocumentChanges:
    """Write the documents that are new or say something else than what is stored, and return what became of all.

    What a document said before is kept as a `DocumentVersion`, which is written first: a run that dies in between
    can be repeated, and loses no version. Of a document that says the same (`RawDocument.content_hash`) only details
    are updated, such as source, owner and licence, and only those that are set; the date and the commit at which this
    version was first seen stay. A stored document keeps its `_id`. One that was gone counts as live again; whether it
    is a duplicate is left as it is (`llm_engineering.application.crawl.duplicates` decides that).

    Args:
        store: Where the documents are.
        documents: Of any authors and categories; of two at the same link of an author the last one counts.
        now: The present (UTC), written to the versions.

    Raises:
        StoredObjectInvalidError: A stored document is not valid.
        StoreUnavailableError: The store could not be reached; repeat the call.
        StoreReadOnlyError: The store may not be written.
    """
    given = {_key(document): document for document in documents}
    stored = _stored(store, given.values())
    changes = DocumentChanges()
    versions: list[JsonObject] = []
    writes: dict[Category, list[JsonObject]] = {}
    for key, document in given.items():
        before = stored.get(key)
        write = _new_fields(document, before)
        if write:
            writes.setdefault(document.category, []).append(write)
        if before is not None and _is_changed(document, before):
            versions.append(_version(before, now))
        changes += _change(document, before)
    if versions:
        store.upsert(DOCUMENT_VERSIONS, versions)
    for category, objects in writes.items():
        store.upsert(DOCUMENTS[category], objects)
    return changes


def document_versions(store: DocumentStore, document_id: str) -> list[DocumentVersion]:
    """Return what a document said before, the oldest first; without what is stored of it now.

    Raises:
        StoredObjectInvalidError: A stored version is not valid.
    """
    found = store.find(DOCUMENT_VERSIONS, {"document_id": document_id})
    versions = (object_from(DocumentVersion, DOCUMENT_VERSIONS, json) for json in found)
    return sorted(versions, key=lambda version: (version.replaced_at, version.content_hash))


def _key(document: RawDocument) -> _Key:
    return document.category, document.author_id, document.link


def _stored(store: DocumentStore, documents: Iterable[RawDocument]) -> dict[_Key, RawDocument]:
    links: dict[tuple[Category, str], list[str]] = {}
    for document in documents:
        links.setdefault((document.category, document.author_id), []).append(document.link)
    found = (
        document
        for (category, author_id), at in links.items()
        for document in _stored_at(store, category, author_id, at)
    )
    return {_key(document): document for document in found}


def _stored_at(store: DocumentStore, category: Category, author_id: str, links: Sequence[str]) -> Iterator[RawDocument]:
    for json in store.find(DOCUMENTS[category], {"author_id": author_id, "link": links}):
        yield document_from(category, json)


def _is_changed(document: RawDocument, before: RawDocument) -> bool:
    return document.content_hash != before.content_hash


def _change(document: RawDocument, before: RawDocument | None) -> DocumentChanges:
    if before is None:
        return DocumentChanges(new=1)
    if before.gone_at is not None:
        return DocumentChanges(returned=1)
    return DocumentChanges(changed=1) if _is_changed(document, before) else DocumentChanges(unchanged=1)


def _new_fields(document: RawDocument, before: RawDocument | None) -> JsonObject | None:
    """Return the object to be merged into the stored one, or None if that would change nothing."""
    fields = {name: value for name, value in stored_json(document).items() if name not in _OF_THE_WAREHOUSE}
    if before is None:
        return fields
    stored = stored_json(before)
    if not _is_changed(document, before):
        details = fields.keys() - _OF_THE_VERSION - {"_id"}
        fields = {name: fields[name] for name in sorted(details) if fields[name] != stored.get(name)}
    if before.gone_at is not None:
        fields["gone_at"] = None
    key = {"_id": before.id, "author_id": before.author_id, "link": before.link}
    return {**fields, **key} if fields else None


def _version(before: RawDocument, now: datetime) -> JsonObject:
    version = DocumentVersion(
        id=identifier("document-version", before.id, before.content_hash),
        document_id=before.id,
        author_id=before.author_id,
        category=before.category,
        content_hash=before.content_hash,
        replaced_at=now,
        document=stored_json(before),
    )
    return version.model_dump(mode="json", by_alias=True)
