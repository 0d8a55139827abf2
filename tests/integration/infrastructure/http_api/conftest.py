"""The service with a fake answerer, in this process; one for a whole module where a test asks for no special one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from llm_engineering.application.ports import DocumentStore
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.http_api.app import service_app
from tests.support.service import RunningService, running_service, service_parts

MakeApp = Callable[..., FastAPI]
Run = Callable[[FastAPI], RunningService]


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentStore]:
    path = tmp_path_factory.mktemp("service") / "documents.sqlite3"
    with closing(SqliteDocumentStore.open(path, timeout_seconds=5)) as store:
        yield store


@pytest.fixture(scope="module")
def make_app(documents: DocumentStore) -> MakeApp:
    """Make an app; what is no part of it goes to `service_app`."""

    def made(answerer: Any = None, **given: Any) -> FastAPI:
        about_app = {name: given.pop(name) for name in ("access", "limits", "has_docs") if name in given}
        return service_app(service_parts(documents, answerer, **given), **about_app)

    return made


@pytest.fixture
def run() -> Iterator[Run]:
    """Serve an app on loopback until the test ends."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(running_service(app))


@pytest.fixture(scope="module")
def client(make_app: MakeApp) -> Iterator[httpx.Client]:
    with running_service(make_app()) as service:
        yield service.client()
