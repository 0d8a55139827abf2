"""Keys are written to files that nobody else can read, or not at all."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm_engineering.infrastructure.aws.key_file import KeyFileError, private_file, require_private


@pytest.fixture
def _open_rights() -> Iterator[None]:
    """Let new files be readable by all, as some machines have it."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_open_rights")
def test_it_is_its_owners_alone_from_the_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "keys.env"
    with private_file(path) as file:
        empty = stat.S_IMODE(path.stat().st_mode)
        file.write("key")

    assert (empty, stat.S_IMODE(path.stat().st_mode)) == (0o600, 0o600)
    assert path.read_text(encoding="utf-8") == "key"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o777, 0o700])
def test_other_rights_are_refused(mode: int) -> None:
    with pytest.raises(KeyFileError, match=f"its rights are {mode:04o} instead of 0600"):
        require_private(Path("keys.env"), stat.S_IFREG | mode)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "keys.env").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(KeyFileError, match="it exists already"), private_file(tmp_path / "keys.env"):
        pass

    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="No such file or directory"), private_file(tmp_path / "no" / "keys.env"):
        pass


def test_an_error_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), private_file(tmp_path / "keys.env"):
        _ = 1 / 0

    assert list(tmp_path.iterdir()) == []
