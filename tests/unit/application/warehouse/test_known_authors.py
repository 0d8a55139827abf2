"""The authors, for those who ask often."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.authors import written_author
from llm_engineering.application.warehouse.known_authors import KnownAuthors
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as opened:
        yield opened


def test_a_new_author_is_known_after_a_while(store: DocumentStore) -> None:
    now = 0.0
    known = KnownAuthors(store, clock=lambda: now)
    assert known.all() == ()

    ada = written_author(store, "Ada Lovelace").author
    now = 9.9
    assert known.all() == ()
    now = 10.0
    assert known.all() == (ada,)
