"""A process that syncs an index and kills itself at its n-th write: `python -m tests.support.killed_sync FOLDER N`.

It first syncs a first version of some documents whole, then a second one, in which a document was edited,
one passage moved, one document went and one came. N counts the writes of the second sync from 0, before
(`N`) or after (`N after`) each takes place.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from llm_engineering.application.index.plan import index_plan
from llm_engineering.application.index.sync import synced_index
from llm_engineering.application.ports import VectorStore
from llm_engineering.application.preprocess.chunking import Chunking, chunks_of_documents
from llm_engineering.domain.chunks import Chunk
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.support.documents import ADA, cleaned
from tests.support.fakes import LetterEmbedder, word_encoder

WRITES = ("upsert", "replace_payloads", "delete", "delete_document")


def _long_text(words: str) -> str:
    return "\n\n".join(f"# Heading {number}\n\n{words} {number}" for number in range(300))


BEFORE = {"edited": "# A\n\naaa\n\n# B\n\nbbb\n", "gone": "ccc", "long": _long_text("ab")}
AFTER = {"edited": "# New\n\nabc\n\n# A\n\naaa\n\n# B\n\nb edited\n", "came": "abab", "long": _long_text("abc")}


def chunks_of(texts: dict[str, str]) -> Sequence[Chunk]:
    """Return the chunks of documents given as path and text."""
    documents = [cleaned(text, link=f"https://ada.dev/{path}") for path, text in texts.items()]
    return chunks_of_documents(documents, LetterEmbedder().tokenizer, Chunking(min_tokens=0)).items


def opened(folder: Path) -> QdrantEdgeVectorStore:
    """Open the index of a folder."""
    return QdrantEdgeVectorStore.open(folder, "letters", LetterEmbedder().identity)


def sync(texts: dict[str, str], vectors: VectorStore) -> None:
    """Bring the index to these documents."""
    plan = index_plan(chunks_of(texts), [ADA], vectors)
    synced_index(plan, embedder=LetterEmbedder(), encoder=word_encoder(), vectors=vectors)


class SuicidalStore:
    """Passes everything to a store, and kills this process at one of the writes."""

    def __init__(self, vectors: VectorStore, write: int, *, after: bool) -> None:
        self._vectors = vectors
        self._left = write
        self._after = after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._vectors, name)
        return self._counted(found) if name in WRITES else found

    def _counted(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self._left -= 1
            if self._left < 0 and not self._after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = write(*args, **kwargs)
            if self._left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return counted


if __name__ == "__main__":
    with closing(opened(Path(sys.argv[1]))) as store:
        sync(BEFORE, store)
        sync(AFTER, SuicidalStore(store, int(sys.argv[2]), after="after" in sys.argv))
