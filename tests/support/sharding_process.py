"""A process that indexes in shards and kills itself at its n-th write to the index: `... FOLDER N`, counted from 0."""

import sys
from contextlib import closing
from pathlib import Path

from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.support.documents import ADA, BOB
from tests.support.fakes import LetterEmbedder
from tests.support.indexing import Indexing
from tests.support.killed_sync import SuicidalStore
from tests.support.sharding import sharded_run

if __name__ == "__main__":
    folder, embedder = Path(sys.argv[1]), LetterEmbedder()
    with (
        closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)) as store,
        closing(QdrantEdgeVectorStore.open(folder / "vectors", "letters", embedder.identity)) as vectors,
    ):
        dying = SuicidalStore(vectors, int(sys.argv[2]), after="after" in sys.argv)
        sharded_run(Indexing(store, dying, embedder, author_ids=(ADA, BOB)), 8)
