"""The documents of some authors, as the warehouse has them."""

from collections.abc import Sequence
from typing import Any

from pydantic import SerializeAsAny

from llm_engineering.application.ports import USERS, DocumentStore
from llm_engineering.application.warehouse.documents import author_from, document_from, documents_of, stored_json
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import Category, Provenance, RawDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.outcomes import Batch, Figures, counts_by_source

_NAMED_AUTHORS = 5


class UnknownAuthorError(InvalidInputError):
    """Nothing was ever collected of an author."""

    def __init__(self, full_name: str, known: Sequence[str]) -> None:
        names = ", ".join(known[:_NAMED_AUTHORS]) + (", ..." if len(known) > _NAMED_AUTHORS else "")
        super().__init__(
            f"Nothing is stored of {full_name!r}; {f'there is {names}' if known else 'the store is empty'}.",
            remedy="Check the name, or collect something first: `poetry poe run-digital-data-etl` crawls, "
            "`poetry poe run-import-data-warehouse-from-json` imports.",
        )
        self.full_name = full_name
        self.known = tuple(known)


class RawDocuments(Batch[RawDocument]):
    """Documents as they were collected, of all categories."""

    items: tuple[SerializeAsAny[RawDocument], ...]
    author_ids: tuple[str, ...]
    """The authors who were asked for; all that the store has of them is in `items`."""

    @property
    def figures(self) -> Figures:
        """How many documents there are of which category, author and domain."""
        sources = [Provenance.of(document) for document in self.items]
        return {"documents": len(self.items), **counts_by_source(sources)}

    @classmethod
    def record(cls, item: RawDocument) -> dict[str, Any]:
        """Return a document as JSON with its category, which decides its type."""
        return {"category": item.category, "document": stored_json(item)}

    @classmethod
    def item(cls, record: dict[str, Any]) -> RawDocument:
        """Return the document that `record` made a JSON object of."""
        return document_from(Category(record["category"]), record["document"])


def known_author(store: DocumentStore, full_name: str) -> Author:
    """Return an author who is in the store.

    Raises:
        InvalidAuthorNameError: The name is no full name.
        UnknownAuthorError: The store does not have this author.
    """
    asked = Author.from_full_name(full_name)
    named = {"first_name": asked.first_name, "last_name": asked.last_name}
    stored = next(store.find(USERS, named), None)
    if stored is not None:
        return author_from(stored)
    known = (f"{user.get('first_name')} {user.get('last_name')}" for user in store.find(USERS, {}))
    raise UnknownAuthorError(asked.full_name, sorted(known))


def raw_documents(store: DocumentStore, author_full_names: Sequence[str]) -> RawDocuments:
    """Return all documents of some authors, author by author in the order given; a name given twice counts once.

    Raises:
        InvalidAuthorNameError: A name is no full name.
        UnknownAuthorError: The store does not have an author.
    """
    authors = {author.id: author for author in (known_author(store, name) for name in author_full_names)}
    documents = (document for author_id in authors for document in documents_of(store, author_id, Category))
    return RawDocuments(items=tuple(documents), author_ids=tuple(authors))
