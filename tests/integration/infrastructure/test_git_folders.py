import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from llm_engineering.infrastructure.git_folders import temporary_folder

pytestmark = pytest.mark.integration

STAYING_PROCESS = """
import sys, tempfile
from llm_engineering.infrastructure.git_folders import temporary_folder
tempfile.tempdir = sys.argv[1]
with temporary_folder() as folder:
    (folder / "copy").write_text("copy")
    print(folder.parent, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that temporary folders are made in."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def staying_process(temporary: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that stays in its folder, after it has told the folder's path."""
    command = [sys.executable, "-c", STAYING_PROCESS, str(temporary)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def folder_of(process: subprocess.Popen[str]) -> Path:
    assert process.stdout is not None
    return Path(process.stdout.readline().strip())


def ended_process_id() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_it_is_there_only_as_long_as_it_is_used(temporary: Path) -> None:
    with temporary_folder() as folder:
        (folder / "file").touch()
        assert folder.parent.parent == temporary

    assert list(temporary.iterdir()) == []


def test_that_of_a_killed_process_is_removed(staying_process: subprocess.Popen[str]) -> None:
    left_behind = folder_of(staying_process)
    os.kill(staying_process.pid, signal.SIGKILL)
    staying_process.wait()

    existed = (left_behind / "git/copy").exists()
    with temporary_folder():
        pass

    assert (existed, left_behind.exists()) == (True, False)


def test_that_of_a_running_process_stays(staying_process: subprocess.Popen[str]) -> None:
    used = folder_of(staying_process)

    with temporary_folder():
        assert (used / "git/copy").exists()


def test_that_of_a_process_in_another_container_stays(temporary: Path) -> None:
    used = temporary / f"llm-twin-git-{ended_process_id()}-abc"
    used.mkdir()

    with FileLock(used / "lock"), temporary_folder():
        assert used.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_that_of_another_user_stays(temporary: Path) -> None:
    theirs = temporary / f"llm-twin-git-{ended_process_id()}-abc"
    theirs.mkdir()
    os.chown(theirs, 12345, 12345)

    with temporary_folder():
        assert theirs.exists()


def test_other_folders_stay(temporary: Path) -> None:
    gone = ended_process_id()
    (temporary / "engine").mkdir()
    others = [
        temporary / name
        for name in (
            "llm-twin-git-notes",
            f"llm-twin-git-{10**20}-a",
            f"my-llm-twin-git-{gone}-a",
            f"llm-twin-git-{gone}-link",
        )
    ]
    for other in others[:3]:
        other.mkdir()
    others[3].symlink_to(temporary / "engine")

    with temporary_folder():
        pass

    assert all(other.exists() for other in others)
