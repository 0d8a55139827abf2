"""Comet fails in all ways that it can: nothing is lost, nothing waits for long, and no key is told."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from zipfile import ZipFile

import pytest
from loguru import logger
from pydantic import SecretStr

from llm_engineering.application.train.no_tracker import NoTracker
from llm_engineering.application.train.tracking import TrackedRun
from llm_engineering.infrastructure.trackers.choice import CometSettingsError, experiment_tracker
from llm_engineering.infrastructure.trackers.comet_tracker import CometRun, CometTracker
from llm_engineering.settings import Settings
from tests.support.comet_stub import CometStub, comet_stub
from tests.support.trackers import SAMPLE, step

pytestmark = [pytest.mark.integration, pytest.mark.slow]

FINISH_SECONDS = 20
LONGEST = 2 * FINISH_SECONDS + 20  # for Comet, for the ZIP, and what a busy machine takes on top


@pytest.fixture
def server() -> Iterator[CometStub]:
    with comet_stub() as server:
        yield server


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """Yield what is logged."""
    told: list[str] = []
    sink = logger.add(told.append, level="DEBUG", format="{level} {message}")
    yield told
    logger.remove(sink)


def online(server: CometStub, folder: Path, *, key: str | None = None, url: str | None = None) -> CometTracker:
    run = CometRun(folder=folder, name="a run", project="twin", key=SecretStr(key or server.key), url=url or server.url)
    return CometTracker(run, finish_seconds=FINISH_SECONDS)


def told_and_finished(tracker: CometTracker) -> TrackedRun:
    begun = monotonic()
    tracker.log_parameters({"learning_rate": 0.5})
    tracker.log_step("sft", step(1, loss=2.5))
    tracker.log_samples("sft", [SAMPLE])
    run = tracker.finish()
    assert monotonic() - begun < LONGEST
    return run


def kept_metrics(run: TrackedRun) -> dict[str, float]:
    assert run.place is not None
    with ZipFile(run.place) as archive:
        found = [json.loads(line) for line in archive.read("messages.json").splitlines()]
    metrics = [each["payload"]["metric"] for each in found if each["type"] == "metric_msg"]
    return {each["metricName"]: each["metricValue"] for each in metrics}


@pytest.mark.parametrize("fault", ["wrong key", "status 500", "hangs", "is not there"])
def test_a_run_that_comet_does_not_open_is_kept_in_a_zip(
    server: CometStub, tmp_path: Path, fault: str, lines: list[str]
) -> None:
    server.failing = 500 if fault == "status 500" else None
    if fault == "hangs":
        server.hangs.set()
    url = "http://127.0.0.1:9" if fault == "is not there" else None
    key = "a-key-that-is-wrong-and-secret" if fault == "wrong key" else None

    run = told_and_finished(online(server, tmp_path, key=key, url=url))

    assert kept_metrics(run)["sft/loss"] == 2.5
    assert run.failures == {"CometSilent" if fault == "hangs" else "NotAcceptedError": 1}
    assert [line for line in lines if "comet upload" in line and str(run.place) in line] != []
    assert not any(secret in line for line in lines for secret in ("a-key-that-is", server.key))


def test_a_key_that_is_wrong_is_told_before_the_training_ends(server: CometStub, tmp_path: Path) -> None:
    is_told = Event()

    def listen(line: str) -> None:
        if "Comet does not take the run" in line:
            is_told.set()

    sink = logger.add(listen, format="{message}")
    tracker = online(server, tmp_path, key="a-key-that-is-wrong")

    assert is_told.wait(120)
    logger.remove(sink)
    assert kept_metrics(told_and_finished(tracker))["sft/loss"] == 2.5


def test_a_server_that_fails_on_the_way_loses_nothing(server: CometStub, tmp_path: Path) -> None:
    tracker = online(server, tmp_path)
    assert server.opened.wait(30)
    server.failing = 500

    run = told_and_finished(tracker)

    assert kept_metrics(run)["sft/loss"] == 2.5
    assert set(run.failures) <= {"ConnectionLost", "Undelivered", "CometSilent"}
    assert run.failures != {}


def test_only_what_was_handed_over_is_sent(server: CometStub, tmp_path: Path) -> None:
    run = told_and_finished(online(server, tmp_path))

    assert run.place is not None
    assert run.place.startswith(f"{server.url}/me/twin/")
    sent = "\n".join(server.bodies)
    assert str(Path.cwd()) not in sent
    assert os.uname().nodename not in sent
    assert not any("git" in each or "notification" in each or "notify" in each for each in server.asked)
    assert {each.split()[1].rpartition("/")[2] for each in server.asked} <= {
        "run", "ver", "ping", "3d-limits", "update", "update-status", "add-tags-to-experiment", "log-other",
        "parameter", "metric", "metadata", "upload",
    }  # fmt: skip


def test_secrets_are_not_recorded(tmp_path: Path) -> None:
    run = CometRun(folder=tmp_path, name="a run", project="twin", secrets=[SecretStr("hunter2-hunter2")])
    tracker = CometTracker(run)
    tracker.log_parameters({"api_key": "whatever", "note": "with hunter2-hunter2 in it", "max_tokens": 5})
    tracker.log_samples("sft", [SAMPLE.model_copy(update={"said": "hunter2-hunter2"})])

    place = tracker.finish().place

    assert place is not None
    with ZipFile(place) as archive:
        content = b"\n".join(map(archive.read, archive.namelist())).decode()
    assert "hunter2" not in content
    assert "whatever" not in content
    assert '"max_tokens"' in content


def test_the_machine_is_watched(tmp_path: Path) -> None:
    tracker = CometTracker(CometRun(folder=tmp_path, name="a run", project="twin"), look_seconds=0.01)
    tracker.log_step("sft", step(1, loss=2.5))

    metrics = kept_metrics(tracker.finish())

    assert metrics["system_memory_mb"] > 20  # of this process: Python alone takes more


KILLED = """
import os, signal, sys
from pathlib import Path
from llm_engineering.infrastructure.trackers.comet_tracker import CometRun, CometTracker
from tests.support.trackers import step

tracker = CometTracker(CometRun(folder=Path(sys.argv[1]), name="a run", project="twin"))
for number in range(200):
    tracker.log_step("sft", step(number, loss=2.5))
print("told", flush=True)
sys.stdin.readline()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_training_that_is_killed_leaves_what_it_told(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as training:
        assert training.stdout is not None
        assert training.stdout.readline() == "told\n"
        training.communicate("die\n")
    assert training.returncode == -signal.SIGKILL

    kept = _awaited(tmp_path)

    with ZipFile(kept) as archive:
        told = [json.loads(line) for line in archive.read("messages.json").splitlines()]
    steps = [each["payload"]["metric"]["step"] for each in told if each["type"] == "metric_msg" and _is_loss(each)]
    assert steps == list(range(len(steps)))  # what was on its way is lost, from the end


def _is_loss(told: dict[str, Any]) -> bool:
    return bool(told["payload"]["metric"]["metricName"] == "sft/loss")


def _awaited(folder: Path) -> Path:
    """Return the ZIP that a process which nobody waits for puts into a folder, as soon as it is whole."""
    waits = 'until unzip -tqq "$1"/*.zip 2>/dev/null; do sleep 0.2; done'
    subprocess.run(["bash", "-c", waits, "wait", str(folder)], check=True, timeout=60)
    return next(folder.glob("*.zip"))


class TestChoice:
    def test_without_a_key_runs_are_kept_below_the_data_folder(self, tmp_path: Path) -> None:
        tracker = experiment_tracker(Settings(data_folder=tmp_path), "a run")

        place = tracker.finish().place

        assert place is not None
        assert Path(place).parent == tmp_path / "comet"

    def test_it_can_be_off(self, tmp_path: Path) -> None:
        tracker = experiment_tracker(Settings(data_folder=tmp_path, experiment_tracker="off"), "a run")

        assert isinstance(tracker, NoTracker)
        assert tracker.finish() == TrackedRun(place=None)
        assert list(tmp_path.iterdir()) == []

    def test_online_without_a_key_is_told_at_once(self) -> None:
        with pytest.raises(CometSettingsError, match="there is no key of Comet"):
            experiment_tracker(Settings(experiment_tracker="online"), "a run")

    @pytest.mark.parametrize(
        ("url", "told"),
        [
            ("http://comet.example.org/clientlib/", "unencrypted to comet.example.org"),
            ("ftp://comet.example.org", "is not the http"),
            ("https://me:hunter2@comet.example.org", "holds a password"),
        ],
    )
    def test_a_key_does_not_cross_a_network_unencrypted(self, url: str, told: str) -> None:
        settings = Settings(comet_api_key=SecretStr("key"), comet_url_override=url)

        with pytest.raises(CometSettingsError, match=told) as error:
            experiment_tracker(settings, "a run")
        assert "hunter2" not in str(error.value)
