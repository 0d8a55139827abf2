"""Serves a fake answerer with a real document store, in a process that a test can kill: prints its address."""

import asyncio
import sys
from contextlib import closing
from pathlib import Path

from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.http_api.app import service_app
from llm_engineering.infrastructure.http_api.server import address_of, bound_socket, ending_gracefully, serve
from tests.support.service import service_parts


def main(folder: Path) -> None:
    with (
        closing(SqliteDocumentStore.open(folder / "documents.sqlite3", timeout_seconds=5)) as store,
        ending_gracefully(),
        bound_socket("127.0.0.1", 0) as bound,
    ):
        app = service_app(service_parts(store))
        told = f"{address_of(bound)}\n"
        asyncio.run(serve(app, [bound], drain_seconds=5, on_start=lambda: _tell(told)))
    _tell("ended\n")


def _tell(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
