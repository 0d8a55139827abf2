"""One vector store that grows, in a process of its own: prints a line of JSON for each size that it reaches."""

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import psutil
from loguru import logger

from benchmarks.synthetic_chunks import IDENTITY, SyntheticCorpus, author_id
from llm_engineering.application.ports import VectorStore
from llm_engineering.domain.chunks import ChunkFilter, EmbeddedQuestion

WRITE_BATCH: Final = 1_024
PASSAGES: Final = 10
DEPTH: Final = 100
"""What the project's retrieval fetches by meaning, and as many by words."""
QUESTIONS: Final = 200
_WARM_UP: Final = 20
_MEGABYTE: Final = 2**20

OpenStore = Callable[[Path], VectorStore]


@dataclass(frozen=True, slots=True)
class Latency:
    """How long a kind of query takes, in milliseconds."""

    p50: float
    p99: float


@dataclass(frozen=True, slots=True)
class Growth:
    """A store at one size."""

    store: str
    points: int
    build_seconds: float
    """From empty to this size: writing, and what the store does when it is closed."""
    disk_megabytes: float
    memory_megabytes: float
    """What the process has resident after the queries, beyond what it had before it opened the store."""
    queries: dict[str, Latency]
    found: dict[str, float]
    """Share of the truly nearest chunks that are found, by how many are asked for and whose."""


def edge_store(folder: Path) -> VectorStore:
    """Open the collection in Qdrant Edge."""
    from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore

    return QdrantEdgeVectorStore.open(folder, "growth", IDENTITY)


def local_store(folder: Path) -> VectorStore:
    """Open the collection in the local mode of qdrant-client."""
    from qdrant_client import QdrantClient

    from llm_engineering.infrastructure.vector_stores.qdrant_server import QdrantServerVectorStore

    # It warns that payload indexes have no effect, and that it is not made for more than 20,000 points.
    warnings.simplefilter("ignore")
    client = QdrantClient(path=str(folder / "growth"))
    return QdrantServerVectorStore.from_client(client, "growth", IDENTITY, server="local")


STORES: Final[dict[str, OpenStore]] = {"Qdrant Edge": edge_store, "qdrant-client, local": local_store}


def growths(name: str, folder: Path, sizes: Sequence[int]) -> Iterator[Growth]:
    """Let a store grow and yield how it does at each size, in ascending order."""
    open_store, corpus = STORES[name], SyntheticCorpus()
    questions = corpus.questions(_WARM_UP + QUESTIONS)
    memory_before, built, seconds = _resident(), 0, 0.0
    for size in sizes:
        seconds += _seconds_to_write(open_store, folder, corpus, built, size)
        built = size
        with closing(open_store(folder)) as vectors:
            queries = latencies(vectors, questions)
            memory = _resident() - memory_before
            found = found_shares(vectors, corpus, size, questions)
        yield Growth(name, size, seconds, _disk(folder), memory, queries, found)


def latencies(vectors: VectorStore, questions: Sequence[EmbeddedQuestion]) -> dict[str, Latency]:
    """Return how long each kind of query takes; the first questions are not timed."""
    found = {}
    for filtered, where in (("", ChunkFilter()), (", one author", ChunkFilter(author_id=author_id(3)))):
        kinds: dict[str, Callable[[EmbeddedQuestion], object]] = {
            f"passages{filtered}": partial(_searched, vectors, where),
            f"candidates{filtered}": partial(vectors.candidates, depth=DEPTH, where=where),
        }
        for kind, ask in kinds.items():
            milliseconds = [1_000 * _seconds(partial(ask, question)) for question in questions][_WARM_UP:]
            p50, p99 = np.percentile(milliseconds, (50, 99)).tolist()
            found[kind] = Latency(p50, p99)
    return found


def found_shares(
    vectors: VectorStore, corpus: SyntheticCorpus, size: int, questions: Sequence[EmbeddedQuestion]
) -> dict[str, float]:
    """Return which share of the nearest a search finds, as comparing every vector tells them."""
    rows = np.stack([question.embedding for question in questions])
    shares = {}
    for filtered, author in (("", None), (", one author", 3)):
        where = ChunkFilter(author_id=None if author is None else author_id(author))
        for limit in (PASSAGES, DEPTH):
            count = min(limit, vectors.count(where))
            nearest = corpus.nearest(rows, size, count, author)
            hits = [vectors.search(question.embedding, limit=limit, where=where) for question in questions]
            common = sum(len({hit.chunk.id for hit in some} & ids) for some, ids in zip(hits, nearest, strict=True))
            shares[f"{limit}{filtered}"] = common / (count * len(questions)) if count else 1.0
    return shares


def _searched(vectors: VectorStore, where: ChunkFilter, question: EmbeddedQuestion) -> object:
    return vectors.search(question.embedding, limit=PASSAGES, where=where)


def _seconds_to_write(open_store: OpenStore, folder: Path, corpus: SyntheticCorpus, start: int, stop: int) -> float:
    chunks, seconds = corpus.embedded(start, stop), 0.0
    vectors = open_store(folder)
    while batch := list(islice(chunks, WRITE_BATCH)):  # made outside of the clock
        seconds += _seconds(partial(vectors.upsert, batch))
    return seconds + _seconds(vectors.close)


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _resident() -> float:
    return psutil.Process().memory_info().rss / _MEGABYTE


def _disk(folder: Path) -> float:
    # Blocks, because Edge reserves more than it fills.
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file()) / _MEGABYTE


if __name__ == "__main__":
    logger.remove()
    for growth in growths(sys.argv[1], Path(sys.argv[2]), [int(size) for size in sys.argv[3:]]):
        print(json.dumps(asdict(growth)), flush=True)
