"""A locked version never changes."""

from pathlib import Path

import pytest

from llm_engineering.application.prompts.lock import (
    BrokenLockFileError,
    LockFaultKind,
    PromptLock,
    PromptLockError,
    extended_lock,
    lock_faults,
    lock_text,
    read_lock,
)
from tests.support.prompts import EXPANDS

V1, V2 = (prompt.reference.content_hash for prompt in EXPANDS)


def lock(**versions: str) -> PromptLock:
    return PromptLock(prompts={"expand": versions})


def test_what_is_locked_has_no_faults() -> None:
    assert lock_faults(lock(v1=V1, v2=V2), EXPANDS) == ()


@pytest.mark.parametrize(
    ("locked", "kind", "version", "told"),
    [
        (lock(v1=V1), LockFaultKind.NOT_LOCKED, "v2", "expand v2 is new and not locked. Run: poetry poe prompts lock"),
        (lock(v1="0" * 64, v2=V2), LockFaultKind.EDITED, "v1", "copy expand_v1 to expand_v3, edit the copy"),
        (lock(v1=V1, v2=V2, v7="0" * 64), LockFaultKind.GONE, "v7", "Bring the function expand_v7 back"),
    ],
)
def test_a_difference_is_told_with_what_to_do(locked: PromptLock, kind: LockFaultKind, version: str, told: str) -> None:
    (fault,) = lock_faults(locked, EXPANDS)

    assert (fault.kind, fault.name, fault.version) == (kind, "expand", version)
    assert told in fault.message


def test_new_versions_are_added() -> None:
    assert extended_lock(PromptLock(), EXPANDS) == lock(v1=V1, v2=V2)
    assert extended_lock(lock(v1=V1), EXPANDS) == lock(v1=V1, v2=V2)


@pytest.mark.parametrize("locked", [lock(v1="0" * 64), lock(v1=V1, v3="0" * 64)])
def test_locking_hides_no_edit_and_no_loss(locked: PromptLock) -> None:
    with pytest.raises(PromptLockError, match="a locked version is never changed") as caught:
        extended_lock(locked, EXPANDS)

    assert len(caught.value.faults) == 1


def test_a_lock_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    path.write_text(lock_text(lock(v2=V2, v1=V1)), encoding="utf-8")

    assert read_lock(path) == lock(v1=V1, v2=V2)
    assert lock_text(read_lock(path)) == path.read_text(encoding="utf-8")


def test_without_a_file_nothing_is_locked(tmp_path: Path) -> None:
    assert read_lock(tmp_path / "lock.json") == PromptLock()


@pytest.mark.parametrize("content", [b"{", b'{"prompts": {"answer": "v1"}}', b"<<<<<<< HEAD", b"\xff"])
def test_a_broken_file_is_told(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "prompts.lock.json"
    path.write_bytes(content)

    with pytest.raises(BrokenLockFileError, match=r"prompts\.lock\.json is no lock file"):
        read_lock(path)
