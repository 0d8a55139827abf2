"""Documents that need no store, for measurements and tests."""

from collections.abc import Iterator, Sequence

from llm_engineering.domain.documents import Category, RawDocument


class GivenDocuments:
    """Documents that are in memory already."""

    def __init__(self, documents: Sequence[RawDocument]) -> None:
        self._documents = {document.id: document for document in documents if document.is_live}

    def live_documents(self, author_id: str) -> Iterator[RawDocument]:
        """Yield the live documents of an author in the order given."""
        return (document for document in self._documents.values() if document.author_id == author_id)

    def document(self, category: Category, document_id: str) -> RawDocument | None:  # noqa: ARG002 - ids are unique
        """Return a live document by its id, or None."""
        return self._documents.get(document_id)
