"""Finds stored documents that are to be summarized."""

from llm_engineering.application.ports import DOCUMENTS, DocumentStore
from llm_engineering.application.warehouse.documents import document_from
from llm_engineering.domain.documents import RawDocument
from llm_engineering.domain.errors import InvalidInputError


class UnknownDocumentError(InvalidInputError):
    """No document of a link is stored."""

    def __init__(self, link: str) -> None:
        super().__init__(
            f"No document is stored under {link!r:.200}.",
            remedy="Give the link of a document that was collected, as answers cite it, or the text itself.",
        )
        self.link = link


def document_at(link: str, store: DocumentStore) -> RawDocument | None:
    """Return the stored document of a link; None if there is none, or if it is gone where it came from."""
    for category, collection in DOCUMENTS.items():
        for found in store.find(collection, {"link": link}):
            document = document_from(category, found)
            if document.is_live:
                return document
    return None


def stored_document(link: str, store: DocumentStore) -> RawDocument:
    """Return the stored document of a link.

    Raises:
        UnknownDocumentError: There is none.
    """
    document = document_at(link, store)
    if document is None:
        raise UnknownDocumentError(link)
    return document
