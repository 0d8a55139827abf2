"""Which documents the store has from which link, read once at the beginning of a crawl."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from llm_engineering.application.ports import DOCUMENTS, DocumentStore
from llm_engineering.domain.documents import Category, RawDocument

_BATCH: Final = 500
"""Links in one question to the store."""


class StoredLinks:
    """The documents of an author by the address of what was read to get them.

    Args:
        store: Where the documents are.
        author_id: Whose documents.
    """

    def __init__(self, store: DocumentStore, author_id: str) -> None:
        self._store = store
        self._author_id = author_id
        self._live: dict[str, dict[str, Category]] = {}
        for category in Category:
            for json in store.find(DOCUMENTS[category], {"author_id": author_id}):
                origin = json.get("origin")
                if isinstance(origin, str) and json.get("gone_at") is None:
                    self._live.setdefault(origin, {})[str(json["link"])] = category

    def live_documents(self, origin: str) -> int:
        """Return how many documents from a link are not marked as gone."""
        return len(self._live.get(origin, ()))

    def links_from(self, origin: str) -> dict[str, Category]:
        """Return the links of the documents from a link that are not marked as gone, with their categories."""
        return dict(self._live.get(origin, {}))

    def add(self, documents: Iterable[RawDocument]) -> None:
        """Take note of documents that have been written."""
        for document in documents:
            self._live.setdefault(document.origin or document.link, {})[document.link] = document.category

    def missing(self, origin: str, seen: Collection[str]) -> dict[str, Category]:
        """Return the documents from a link that are not among those seen there, and not marked as gone."""
        return {link: category for link, category in self.links_from(origin).items() if link not in seen}

    def mark_gone(self, links: dict[str, Category], now: datetime) -> int:
        """Write a tombstone on each of these documents and return how many there were."""
        for category in Category:
            of_category = [link for link, its_category in links.items() if its_category is category]
            for start in range(0, len(of_category), _BATCH):
                batch = of_category[start : start + _BATCH]
                found = self._store.find(DOCUMENTS[category], {"author_id": self._author_id, "link": batch})
                self._store.upsert(DOCUMENTS[category], [json | {"gone_at": now.isoformat()} for json in list(found)])
        for documents in self._live.values():
            for link in links:
                documents.pop(link, None)
        return len(links)
