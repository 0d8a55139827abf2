"""A process that writes batch after batch into a vector store until it is killed.

    python -m tests.contracts.vector_store_writer edge FOLDER COLLECTION
    python -m tests.contracts.vector_store_writer local FOLDER COLLECTION
    python -m tests.contracts.vector_store_writer server URL COLLECTION

It prints the number of each batch when it is written. With a number as fifth argument it writes so many batches,
then waits for the end of its standard input and closes the store.
"""

import sys
from pathlib import Path

from llm_engineering.application.ports import VectorStore
from tests.contracts.vector_store import IDENTITY, embedded, provenance


def opened(kind: str, place: str, collection: str) -> VectorStore:
    if kind == "edge":
        from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore

        return QdrantEdgeVectorStore.open(Path(place), collection, IDENTITY)
    from qdrant_client import QdrantClient

    from llm_engineering.infrastructure.vector_stores.qdrant_server import QdrantServerVectorStore

    client = QdrantClient(path=place) if kind == "local" else QdrantClient(url=place)
    return QdrantServerVectorStore.from_client(client, collection, IDENTITY, server="test")


def main(kind: str, place: str, collection: str, batches: str = "1000000") -> None:
    store = opened(kind, place, collection)
    for number in range(int(batches)):
        about = provenance(document=f"batch {number}")
        store.upsert([embedded(f"{number}/{part}", about=about) for part in range(5)])
        print(number, flush=True)  # noqa: T201 - the acknowledgement that the test reads
    sys.stdin.read()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
