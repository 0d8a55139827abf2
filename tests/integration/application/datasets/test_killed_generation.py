"""Generation against a server that fails in every way, in a process that is killed: nothing is lost or paid twice."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from threading import Event, Lock
from typing import Any

import pytest

from llm_engineering.domain.samples import SampleKind
from tests.support.datasets import document, good_reply
from tests.support.generating_process import CONCURRENCY
from tests.support.openai_stub import Asked, OpenAIStub, Reply, openai_stub

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[4]
THINGS = ("cards", "gears", "looms", "tides", "notes", "tables", "wheels", "mills")
USES = ("weaving", "counting", "printing", "music", "storms", "stars")
NEVER = Event()
FAULTS = (
    Reply(status=429, headers={"Retry-After": "0"}),
    Reply(status=500),
    Reply(status=503),
    Reply(cut_after=0),
    Reply(before=NEVER),
    Reply(raw=b"<html>gateway</html>"),
    Reply(has_choices=False),
    Reply("I would rather not."),
    Reply('{"answer": "yes"}'),
    Reply('{"samples": [{"instruction": "What about'),
    Reply(refusal="I cannot help with that."),
    Reply(finish="content_filter"),
    Reply(has_finish=False),
)


class Unreliable:
    """A server of which every tenth request fails in the next way, and which falls silent after so many good replies.

    When it is silent and as many requests wait as the client makes at a time, everything that was answered has been
    kept: the client asks again only after that.
    """

    def __init__(self, kind: SampleKind) -> None:
        self.paid: Counter[str] = Counter()
        """How often each prompt was answered as it should be."""
        self.all_wait = Event()
        self.fails = True
        self._kind = kind
        self._faults = cycle(FAULTS)
        self._lock = Lock()
        self._asked = 0
        self._waiting = 0
        self._silent_after: int | None = None

    def fall_silent(self, after: int | None) -> None:
        self._silent_after = after
        self._waiting = 0
        self.all_wait.clear()

    def rule(self, asked: Asked) -> Reply:
        prompt = asked.body["messages"][-1]["content"]
        with self._lock:
            if self._silent_after is not None and self.paid.total() >= self._silent_after:
                self._waiting += 1
                if self._waiting >= CONCURRENCY:
                    self.all_wait.set()
                return Reply(before=NEVER)
            self._asked += 1
            if self.fails and self._asked % 10 == 0:
                return next(self._faults)
            self.paid[prompt] += 1
        text = prompt.partition("<source_text>\n")[2].partition("\n</source_text>")[0]
        return Reply(good_reply(self._kind, text))


@pytest.fixture
def stub() -> Iterator[OpenAIStub]:
    with openai_stub() as stub:
        yield stub


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """Eight documents of six sections, of which no two say the same."""
    lines = [
        document(
            "\n\n".join(
                f"## {thing.title()} for {use}\n\n"
                f"Old {thing} were made for {use} in year {1800 + 10 * first + second}. "
                f"Nobody who saw {thing} at work doubted that {use} would change."
                for second, use in enumerate(USES)
            ),
            thing,
            title=f"On {thing}",
        ).model_dump_json()
        for first, thing in enumerate(THINGS)
    ]
    path = tmp_path / "documents.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def started(documents: Path, kind: SampleKind, data: Path, stub: OpenAIStub) -> subprocess.Popen[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "DATA_FOLDER": str(data),
        "OPENAI_BASE_URL": stub.url,
        "OPENAI_MODEL_ID": "tide-1",
        "LANGUAGE_MODEL_TIMEOUT_SECONDS": "2",
        "LANGUAGE_MODEL_CONNECT_TIMEOUT_SECONDS": "2",
        "LANGUAGE_MODEL_PROMPT_PRICE": "1",
        "LANGUAGE_MODEL_COMPLETION_PRICE": "1",
    }
    command = ["-m", "tests.support.generating_process", str(documents), kind.value, str(data / "samples.json")]
    data.mkdir(exist_ok=True)
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


def samples(documents: Path, kind: SampleKind, data: Path, stub: OpenAIStub) -> dict[str, Any]:
    """Return what a run that nobody kills makes."""
    process = started(documents, kind, data, stub)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    found: dict[str, Any] = json.loads((data / "samples.json").read_text(encoding="utf-8"))
    return found


def test_a_server_that_fails_and_two_kills_change_nothing_and_cost_nothing(
    stub: OpenAIStub, documents: Path, tmp_path: Path
) -> None:
    kind = SampleKind.PREFERENCE
    clean = Unreliable(kind)
    clean.fails = False
    stub.rule = clean.rule
    expected = samples(documents, kind, tmp_path / "clean", stub)

    server = Unreliable(kind)
    stub.rule = server.rule
    for answered in (12, 30):
        server.fall_silent(answered)
        process = started(documents, kind, tmp_path / "killed", stub)
        assert server.all_wait.wait(timeout=120)
        process.kill()
        process.communicate(timeout=30)
        assert process.returncode == -9
    server.fall_silent(None)
    found = samples(documents, kind, tmp_path / "killed", stub)

    assert len(expected["items"]) == len(THINGS) * len(USES)
    assert {item["split"] for item in expected["items"]} == {"train", "test"}
    assert found == expected
    assert found["dropped"] == []
    assert server.paid == clean.paid
    assert set(server.paid.values()) == {1}

    server.paid.clear()
    assert samples(documents, kind, tmp_path / "killed", stub) == expected
    assert server.paid == Counter()
