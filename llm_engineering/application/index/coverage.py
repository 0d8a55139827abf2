"""Whether a new collection has documents of everybody whom the live one has."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager

from llm_engineering.application.index.manifest import Manifest
from llm_engineering.application.ports import USERS, DocumentStore, VectorStore
from llm_engineering.domain.chunks import ChunkFilter

OpenCollection = Callable[[str], AbstractContextManager[VectorStore]]
"""Opens a collection by its name."""


def missing_authors(
    store: DocumentStore, live: str, new: str, *, indexed: Collection[str], opened: OpenCollection
) -> list[str]:
    """Return the names of authors whom the live collection has documents of and the new one has not, sorted.

    Args:
        store: The warehouse, with what is known of the collections.
        live: Name of the live collection.
        new: Name of the new one.
        indexed: Ids of the authors whose documents were just brought into the new one, all there are.
        opened: Opens the live collection; called only if nothing is known of it, as of one that was made before there
            was a manifest.
    """
    users = store.find(USERS, {})
    names = {user["_id"]: f"{user.get('first_name')} {user.get('last_name')}" for user in users}
    others = names.keys() - set(indexed) - Manifest(store, new).author_ids()
    held = Manifest(store, live).author_ids() or _authors_in(opened, live, others)
    return sorted(names[author_id] for author_id in others & held)


def _authors_in(opened: OpenCollection, name: str, author_ids: Collection[str]) -> set[str]:
    if not author_ids:
        return set()
    with opened(name) as vectors:
        return {author_id for author_id in author_ids if vectors.count(ChunkFilter(author_id=author_id))}
