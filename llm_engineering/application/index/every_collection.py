"""All collections of an index at once, to find and delete what they hold."""

from collections.abc import Sequence
from dataclasses import dataclass

from llm_engineering.application.ports import VectorStore
from llm_engineering.domain.chunks import ChunkFilter


@dataclass(frozen=True, slots=True)
class EveryCollection:
    """Counts and deletes in all of some collections; without any, there is nothing."""

    collections: Sequence[VectorStore]

    def document_ids(self, author_id: str) -> set[str]:
        """Return the ids of the documents of an author that have a chunk in one of them."""
        return set[str]().union(*(each.document_ids(author_id) for each in self.collections))

    def count(self, where: ChunkFilter) -> int:
        """Return the number of chunks that pass the filter, summed up."""
        return sum(each.count(where) for each in self.collections)

    def delete_document(self, document_id: str) -> int:
        """Delete all chunks of a document everywhere and return how many there were."""
        return sum(each.delete_document(document_id) for each in self.collections)
