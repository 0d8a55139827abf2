"""The documents of some authors, as the warehouse has them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import SerializeAsAny

from llm_engineering.application.ports import USERS, DocumentStore
from llm_engineering.application.warehouse.documents import author_from, document_from, documents_of, stored_json
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import Category, Provenance, RawDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.outcomes import Batch, Dropped, Figures, counts_by_source

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
    """Live documents as they were collected, of all categories; the others are dropped as "gone" or "duplicate"."""

    items: tuple[SerializeAsAny[RawDocument], ...]
    author_ids: tuple[str, ...]
    """The authors who were asked for; all that is live of them is in `items`."""

    @property
    def figures(self) -> Figures:
        """How many documents there are of which category, author and domain, and how many are not live."""
        sources = [Provenance.of(document) for document in self.items]
        return {"documents": len(self.items), "dropped": self.dropped_by_reason, **counts_by_source(sources)}

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
    """Return the live documents of some authors, author by author in the order given; a name given twice counts once.

    Documents that are gone or duplicates are dropped, so that whatever follows the documents, such as the index,
    loses them too; one that comes back is among the documents again.

    Raises:
        InvalidAuthorNameError: A name is no full name.
        UnknownAuthorError: The store does not have an author.
        StoredObjectInvalidError: A stored document is not valid.
    """
    authors = {author.id: author for author in (known_author(store, name) for name in author_full_names)}
    stored = [document for author_id in authors for document in documents_of(store, author_id, Category)]
    links = {document.id: document.link for document in stored}
    return RawDocuments(
        items=tuple(document for document in stored if document.is_live),
        dropped=tuple(_dropped(document, links) for document in stored if not document.is_live),
        author_ids=tuple(authors),
    )


def _dropped(document: RawDocument, links: Mapping[str, str]) -> Dropped:
    """Return why a document is not live; `links` has the link of each document by its id."""
    if document.gone_at is not None:
        date = f"{document.gone_at:%Y-%m-%d}"
        return Dropped(item=document.link, reason="gone", detail=f"Its source has not had it since {date}.")
    original = document.duplicate_of or ""
    detail = f"{links.get(original, original)} says nearly the same and stands for it."
    return Dropped(item=document.link, reason="duplicate", detail=detail)
