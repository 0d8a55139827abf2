from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.ports import DocumentStore
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as store:
        yield store
