"""A sync that is killed at any of its writes and run again ends as one that was not killed."""

import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.ports import VectorStore
from llm_engineering.domain.chunks import ChunkFilter
from tests.support.documents import ADA
from tests.support.killed_sync import AFTER, chunks_of, opened, sync

pytestmark = [pytest.mark.integration, pytest.mark.slow]

# The second sync of `killed_sync` writes twice for 303 new chunks in batches of 256, then once for what moved,
# once for what is stale and once for the document that is gone.
WRITES = 5


def digests(vectors: VectorStore) -> dict[str, str]:
    found = (vectors.digests(document_id) for document_id in vectors.document_ids(ADA))
    return {chunk_id: digest for of_document in found for chunk_id, digest in of_document.items()}


def exit_code_of_sync(folder: Path, *arguments: str) -> int:
    command = [sys.executable, "-m", "tests.support.killed_sync", str(folder), *arguments]
    return subprocess.run(command, check=False, timeout=120).returncode


@pytest.mark.parametrize("write", range(WRITES))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_sync_is_finished_by_the_next_one(tmp_path: Path, write: int, when: str) -> None:
    assert exit_code_of_sync(tmp_path, str(write), when) == -signal.SIGKILL

    with closing(opened(tmp_path)) as vectors:
        sync(AFTER, vectors)

        assert digests(vectors) == {chunk.id: chunk.digest for chunk in chunks_of(AFTER)}
        assert vectors.count(ChunkFilter()) == len(chunks_of(AFTER))


def test_there_is_no_further_write_to_be_killed_at(tmp_path: Path) -> None:
    assert exit_code_of_sync(tmp_path, str(WRITES)) == 0
