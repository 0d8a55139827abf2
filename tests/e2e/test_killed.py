"""`kill -9` of a run and a second run: the stores are those of one clean run."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.ports import DOCUMENTS, USERS
from llm_engineering.domain.chunks import ChunkFilter, EmbeddingIdentity
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.e2e.blog import Blog, served_blog
from tests.e2e.conftest import Twin, figures

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PAGES = 12
MINILM = EmbeddingIdentity(model="all-MiniLM-L6-v2", dimension=384, precision="float32")


@pytest.fixture
def blog() -> Iterator[Blog]:
    with served_blog() as blog:
        yield blog


def config(blog: Blog) -> str:
    links = "".join(f"\n        - {link}" for link in blog.links(PAGES))
    return (
        f"parameters:\n  authors:\n    - author_full_name: Ada Lovelace\n      links:{links}\n"
        "  allowed_private_hosts: [127.0.0.1]\n  limits: {delay_seconds: 0}\n  max_failed_share: 0\n"
    )


def documents(data: Path) -> list[dict[str, Any]]:
    """Return everything in the document store but when it was crawled."""
    with closing(SqliteDocumentStore.open(data / "documents.sqlite3", timeout_seconds=5)) as store:
        found = [item for collection in (USERS, *DOCUMENTS.values()) for item in store.find(collection, {})]
    return [{name: value for name, value in item.items() if name != "crawled_at"} for item in found]


def digests(data: Path) -> dict[str, str]:
    """Return the digest of each indexed chunk by its id."""
    with closing(QdrantEdgeVectorStore.open(data / "vectors", "twin_chunks", MINILM)) as vectors:
        author_ids = {item["_id"] for item in documents(data) if "first_name" in item}
        document_ids = {found for author_id in author_ids for found in vectors.document_ids(author_id)}
        chunks = {key: value for found in document_ids for key, value in vectors.digests(found).items()}
        assert vectors.count(ChunkFilter()) == len(chunks)
    return chunks


def killer(process: subprocess.Popen[str], fatal_page: int) -> Callable[[int], None]:
    """Return what kills a process when it asks for its n-th page."""

    def killed(asked: int) -> None:
        if asked == fatal_page:
            process.kill()

    return killed


def test_a_crawl_that_is_killed_at_several_moments_ends_as_a_clean_one(twin: Twin, blog: Blog, tmp_path: Path) -> None:
    run = ("tools.run", "--run-end-to-end-data", "--no-cache", "--end-to-end-data-config-filename")
    path = twin.config("ada.yaml", config(blog))
    clean = Twin(tmp_path / "clean", twin.zenml)
    clean.folder.mkdir()
    clean.run(*run, path)

    for fatal_page in (1, 5, 2):  # each run asks only for what those before it did not finish
        blog.requests.clear()
        process = twin.started(*run, path)
        blog.on_page = killer(process, fatal_page)
        process.communicate(timeout=120)
        assert process.returncode == -9
    blog.on_page = lambda _: None
    last = twin.run(*run, path)

    assert json.dumps(documents(twin.data), sort_keys=True) == json.dumps(documents(clean.data), sort_keys=True)
    assert digests(twin.data) == digests(clean.data)
    assert figures(last, "crawl_report")["failed by reason"] == "none"


def test_a_feature_run_that_is_killed_ends_as_a_clean_one(twin: Twin, blog: Blog, tmp_path: Path) -> None:
    run = ("tools.run", "--run-end-to-end-data", "--no-cache", "--end-to-end-data-config-filename")
    path = twin.config("ada.yaml", config(blog))
    clean = Twin(tmp_path / "clean", twin.zenml)
    clean.folder.mkdir()
    clean.run(*run, path)

    for fatal_line in ("`chunk_documents` has started", "`load_to_vector_db` has started"):
        process = twin.started(*run, path)
        assert process.stdout is not None
        with process.stdout:
            assert any(fatal_line in line for line in process.stdout)
            process.kill()
        assert process.wait(timeout=60) == -9
    twin.run(*run, path)

    assert digests(twin.data) == digests(clean.data)
