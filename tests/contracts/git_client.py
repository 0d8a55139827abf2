"""What every `GitClient` and its `Snapshot` promise, as tests.

A subclass gives the fixtures `repositories` and `client`.
"""

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest

from llm_engineering.application.crawl.fetching import FailureReason, RepositoryError
from llm_engineering.application.crawl.links import Link
from llm_engineering.application.crawl.snapshots import EntryKind, GitClient, TreeEntry
from tests.support.repositories import Committed

FILES = {
    ".gitattributes": b"* text=auto eol=lf ident\n*.md filter=evil\n",
    "README.md": b"# Engine\n",
    "binary": bytes(range(256)),
    "crlf.txt": b"one\r\ntwo  \r\n",
    "docs/\N{LATIN SMALL LETTER U WITH DIAERESIS}ber uns.md": b"\xef\xbb\xbfBOM",
    "empty": b"",
    "id.c": b"$Id$\n",
    "large": bytes(range(256)) * 1000,
    "no line break at the end": b"x",
    'quoted "\t\\.txt': b"a",
}


class Repositories(Protocol):
    """The place that the client under test gets repositories from."""

    def committed(
        self,
        files: Mapping[str, bytes],
        *,
        name: str = ...,
        symlinks: Sequence[tuple[str, str]] = ...,
        submodules: Sequence[str] = ...,
    ) -> Committed:
        """Make a commit that holds files, links (path and target) and submodules; return it.

        The repository of that name, which is made when needed, may keep files of its commit before.
        """
        ...

    def failing(self, reason: FailureReason) -> Link:
        """Return a link at which there is no repository, for one of the reasons `REASONS`."""
        ...


REASONS = (FailureReason.NOT_FOUND, FailureReason.NOT_A_REPOSITORY, FailureReason.EMPTY_REPOSITORY)


def contents(client: GitClient, link: Link) -> dict[str, bytes]:
    """Return the content of every file."""
    with client.snapshot(link) as snapshot:
        files = [entry for entry in snapshot.entries if entry.kind is EntryKind.FILE]
        return {entry.path: content for entry, content in snapshot.contents(files)}


def fail_while_reading(client: GitClient, link: Link) -> None:
    with client.snapshot(link) as snapshot:
        next(snapshot.contents(snapshot.entries))
        raise KeyError("of the caller")


class GitClientContract:
    @pytest.fixture
    def repositories(self) -> Repositories:
        raise NotImplementedError

    @pytest.fixture
    def client(self) -> GitClient:
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    def temporary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """The folder that temporary folders are made in."""
        folder = tmp_path / "temporary"
        folder.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        return folder

    # Entries

    def test_a_snapshot_tells_its_commit(self, repositories: Repositories, client: GitClient) -> None:
        made = repositories.committed({"a.txt": b"a"})

        with client.snapshot(made.link) as snapshot:
            assert snapshot.commit == made.commit

    def test_entries_have_their_kinds_and_sizes(self, repositories: Repositories, client: GitClient) -> None:
        made = repositories.committed({"a.txt": b"abc"}, symlinks=[("link", "/etc/passwd")], submodules=["sub"])

        with client.snapshot(made.link) as snapshot:
            assert [(entry.path, entry.kind, entry.size) for entry in snapshot.entries] == [
                ("a.txt", EntryKind.FILE, 3),
                ("link", EntryKind.SYMLINK, 11),
                ("sub", EntryKind.SUBMODULE, None),
            ]

    def test_entries_come_in_the_order_of_git(self, repositories: Repositories, client: GitClient) -> None:
        names = ["B", "a-b", "a.txt", "a/b/c", "a/b0", "a0", "b", "z", "\xe9", "\uff5e", "\U0001f600"]
        made = repositories.committed(dict.fromkeys(reversed(names), b"x"))

        with client.snapshot(made.link) as snapshot:
            assert [entry.path for entry in snapshot.entries] == names

    def test_a_commit_may_hold_nothing(self, repositories: Repositories, client: GitClient) -> None:
        made = repositories.committed({})

        with client.snapshot(made.link) as snapshot:
            assert list(snapshot.entries) == []
            assert list(snapshot.contents([])) == []

    # The newest commit

    def test_the_newest_commit_is_told_without_a_copy(
        self, repositories: Repositories, client: GitClient, temporary: Path
    ) -> None:
        first = repositories.committed({"a.txt": b"1"})
        told = [client.newest_commit(first.link)]
        second = repositories.committed({"a.txt": b"2"})
        told.append(client.newest_commit(second.link))

        assert told == [first.commit, second.commit]
        assert list(temporary.iterdir()) == []

    @pytest.mark.parametrize("reason", REASONS)
    def test_without_a_repository_there_is_no_newest_commit(
        self, repositories: Repositories, client: GitClient, reason: FailureReason
    ) -> None:
        link = repositories.failing(reason)

        with pytest.raises(RepositoryError) as caught:
            client.newest_commit(link)

        assert caught.value.reason is reason

    # Contents

    def test_files_come_byte_for_byte(self, repositories: Repositories, client: GitClient) -> None:
        assert contents(client, repositories.committed(FILES).link) == FILES

    @pytest.mark.skipif(sys.platform == "darwin", reason="its file system takes UTF-8 names only")
    def test_a_path_that_is_not_utf8_is_told_all_the_same(self, repositories: Repositories, client: GitClient) -> None:
        made = repositories.committed({os.fsdecode(b"sal\xe9.txt"): b"a"})

        assert contents(client, made.link) == {"sal\udce9.txt": b"a"}

    def test_contents_come_in_the_order_that_was_asked_for(self, repositories: Repositories, client: GitClient) -> None:
        made = repositories.committed({"a": b"1", "b": b"2", "c": b"2"})

        with client.snapshot(made.link) as snapshot:
            a, b, c = snapshot.entries
            assert list(snapshot.contents([c, a, b, a])) == [(c, b"2"), (a, b"1"), (b, b"2"), (a, b"1")]
            assert list(snapshot.contents([b])) == [(b, b"2")]

    def test_what_cannot_be_read_is_told(self, repositories: Repositories, client: GitClient) -> None:
        made = repositories.committed({"a.txt": b"1"})
        missing = TreeEntry("lost.txt", EntryKind.FILE, 1, object_id="0" * 40)

        with client.snapshot(made.link) as snapshot:
            read = snapshot.contents([*snapshot.entries, missing])
            assert next(read)[1] == b"1"
            with pytest.raises(RepositoryError, match=r"'lost.txt' cannot be read") as caught:
                next(read)

        assert caught.value.reason is FailureReason.GIT_FAILED

    # One commit

    def test_a_snapshot_is_of_the_newest_commit_and_stays(self, repositories: Repositories, client: GitClient) -> None:
        repositories.committed({"a.txt": b"1"})
        second = repositories.committed({"a.txt": b"2"})

        with client.snapshot(second.link) as snapshot:
            third = repositories.committed({"a.txt": b"3"})
            assert snapshot.commit == second.commit
            assert [content for _, content in snapshot.contents(snapshot.entries)] == [b"2"]

        assert contents(client, third.link) == {"a.txt": b"3"}

    def test_two_snapshots_do_not_mix(self, repositories: Repositories, client: GitClient) -> None:
        one = repositories.committed({"a.txt": b"1"}, name="one").link
        two = repositories.committed({"a.txt": b"2"}, name="two").link

        with client.snapshot(one) as first, client.snapshot(two) as second:
            pairs = zip(first.contents(first.entries), second.contents(second.entries), strict=True)
            assert [(left, right) for (_, left), (_, right) in pairs] == [(b"1", b"2")]

    def test_several_threads_read_at_once(self, repositories: Repositories, client: GitClient) -> None:
        made = [repositories.committed({"a.txt": name.encode()}, name=name) for name in "abcd"]

        with ThreadPoolExecutor(4) as threads:
            read = list(threads.map(lambda commit: contents(client, commit.link), made))

        assert read == [{"a.txt": b"a"}, {"a.txt": b"b"}, {"a.txt": b"c"}, {"a.txt": b"d"}]

    # The end of a snapshot

    def test_what_was_copied_is_removed(self, repositories: Repositories, client: GitClient, temporary: Path) -> None:
        contents(client, repositories.committed(FILES).link)

        assert list(temporary.iterdir()) == []

    def test_what_was_copied_is_removed_after_an_error(
        self, repositories: Repositories, client: GitClient, temporary: Path
    ) -> None:
        made = repositories.committed(FILES)

        with pytest.raises(KeyError, match="of the caller"):
            fail_while_reading(client, made.link)

        assert list(temporary.iterdir()) == []

    def test_nothing_is_read_afterwards(self, repositories: Repositories, client: GitClient) -> None:
        made = repositories.committed({"a.txt": b"1"})

        with client.snapshot(made.link) as snapshot:
            entries = list(snapshot.entries)

        with pytest.raises(RepositoryError) as caught:
            list(snapshot.contents(entries))
        assert caught.value.reason is FailureReason.GIT_FAILED

    # Failures

    @pytest.mark.parametrize("reason", REASONS)
    def test_without_a_repository_the_reason_is_told(
        self, repositories: Repositories, client: GitClient, temporary: Path, reason: FailureReason
    ) -> None:
        link = repositories.failing(reason)

        with pytest.raises(RepositoryError) as caught, client.snapshot(link):
            pass

        assert caught.value.reason is reason
        assert link.address.rpartition("/")[2] in str(caught.value)
        assert list(temporary.iterdir()) == []
