"""The command that asks a running service."""

from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore
from llm_engineering.infrastructure.http_api.access import Access
from llm_engineering.infrastructure.http_api.app import service_app
from tests.support.service import running_service, service_parts
from tools.ask_service import main

pytestmark = pytest.mark.integration
KEY = "correct-horse-battery-staple"


@pytest.mark.parametrize(
    ("key", "code", "words"),
    [
        (KEY, 0, "A loom of Jacquard reads punched cards. [1]\n\n[1] Looms, Ada Lovelace: https://medium/looms"),
        ("", 1, "The service answered with status 401: This service needs a key"),
    ],
)
def test_an_answer_is_printed_with_its_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, code: int, words: str
) -> None:
    monkeypatch.setenv("SERVICE_API_KEYS", f"{key}," if key else "")
    access = Access.of(host="127.0.0.1", keys=SecretStr(KEY), allowed_hosts=None, cors_origins=None)
    with (
        closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as store,
        running_service(service_app(service_parts(store), access=access)) as service,
    ):
        done = CliRunner().invoke(main, ["--url", service.url, "--query", "Which loom reads cards?", "--k", "1"])

    assert done.exit_code == code, done.output
    assert words in done.output
