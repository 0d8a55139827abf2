"""What becomes of feedback and answers when the process of the service ends, in good order or not."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from llm_engineering.application.feedback.writing import feedback_of
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore

pytestmark = pytest.mark.integration
ROOT = Path(__file__).parents[4]


@contextmanager
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "tests.support.serving_process", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def said(client: httpx.Client, url: str, trace: str) -> int:
    return client.post(f"{url}feedback", json={"trace_id": trace, "is_helpful": True}).status_code


def test_a_service_that_is_killed_has_lost_no_feedback(tmp_path: Path) -> None:
    traces = [str(uuid4()) for _ in range(20)]
    for part in (traces[:10], traces[10:]):
        with serving(tmp_path) as (process, url), httpx.Client(timeout=20) as client:
            assert [said(client, url, trace) for trace in part] == [200] * 10
            process.send_signal(signal.SIGKILL)
            assert process.wait(20) == -signal.SIGKILL

    with closing(SqliteDocumentStore.open(tmp_path / "documents.sqlite3", timeout_seconds=5)) as store:
        assert [len(list(feedback_of(store, trace))) for trace in traces] == [1] * 20


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_told_to_end_closes_what_it_opened(tmp_path: Path, sent: signal.Signals) -> None:
    with serving(tmp_path) as (process, url):
        assert httpx.get(f"{url}healthz").status_code == 200
        process.send_signal(sent)
        assert process.wait(20) == 0
        assert process.stdout is not None
        assert process.stdout.read() == "ended\n"
