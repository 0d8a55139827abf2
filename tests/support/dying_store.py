"""A document store in a process that dies at one of its writes."""

from collections.abc import Iterator, Sequence

from llm_engineering.application.ports import Collection, DocumentStore, JsonObject, Where, WriteReport


class KilledError(Exception):
    """Stands for the end of the process."""


class DyingStore:
    """Dies at its n-th write, counted from 0; the writes before are durable."""

    def __init__(self, store: DocumentStore, writes: int) -> None:
        self._store = store
        self._left = writes

    @property
    def location(self) -> str:
        return self._store.location

    def upsert(self, collection: Collection, objects: Sequence[JsonObject]) -> WriteReport:
        self._count_down()
        return self._store.upsert(collection, objects)

    def find(self, collection: Collection, where: Where) -> Iterator[JsonObject]:
        return self._store.find(collection, where)

    def count(self, collection: Collection, where: Where) -> int:
        return self._store.count(collection, where)

    def delete(self, collection: Collection, where: Where) -> int:
        self._count_down()
        return self._store.delete(collection, where)

    def close(self) -> None:
        self._store.close()

    def _count_down(self) -> None:
        if self._left == 0:
            raise KilledError
        self._left -= 1
