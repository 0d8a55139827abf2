"""Takes documents that are gone out of a live collection that is not being kept up to date."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.ports import DocumentStore, VectorStore
from llm_engineering.application.warehouse.documents import documents_of
from llm_engineering.domain.documents import Category


def removed_gone_documents(
    store: DocumentStore,
    live: str,
    author_ids: Sequence[str],
    opened: Callable[[str], AbstractContextManager[VectorStore]],
) -> int:
    """Delete from the live collection what some authors no longer have, and return the number of documents.

    A collection that stays live beside a newer one is not written otherwise, but what was taken off the web is not to
    be cited from it. It is marked as unfinished, so that a later sync of this collection looks at it again. What was
    indexed before there was a manifest is not found.

    Args:
        store: The warehouse, with what is known of the collection.
        live: Name of the collection.
        author_ids: Whose documents.
        opened: Opens a collection by its name; called only if there is something to delete.

    Raises:
        StoreLockedError: Somebody else has the collection open; call again later.
    """
    gone = {author_id: list(_gone(store, live, author_id)) for author_id in author_ids}
    if not any(gone.values()):
        return 0
    with opened(live) as vectors:
        for author_id, ids in gone.items():
            Manifest(store, live).mark_unfinished(author_id, ids)
        return sum(vectors.delete_document(each) > 0 for ids in gone.values() for each in ids)


def _gone(store: DocumentStore, live: str, author_id: str) -> Iterator[str]:
    there = {document.id for document in documents_of(store, author_id, Category) if document.is_live}
    for known in Manifest(store, live).documents(author_id):
        if known.document_id not in there:
            yield known.document_id
