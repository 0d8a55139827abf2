import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import Link, LocalLink, parse_link
from llm_engineering.application.crawl.snapshots import EntryKind
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.git_client import CommandLineGit
from llm_engineering.infrastructure.http_client import HttpClient
from tests.support.repositories import commit_files, git, make_repository, serve
from tests.support.site import Reply, Site, rate_limited, redirect, running_site

pytestmark = pytest.mark.integration

LIMITS = CrawlLimits(max_file_bytes=10_000, clone_timeout_seconds=60, page_timeout_seconds=10, read_timeout_seconds=10)


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that temporary folders are made in."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


@contextmanager
def git_client(
    limits: CrawlLimits = LIMITS, *, allowed: str = "127.0.0.1", sleep: Callable[[float], None] = lambda _seconds: None
) -> Iterator[CommandLineGit]:
    guard = AddressGuard([allowed])
    with closing(HttpClient(guard, user_agent="test", read_timeout_seconds=limits.read_timeout_seconds)) as client:
        yield CommandLineGit(guard, client, limits, sleep)


def files_of(link: Link, limits: CrawlLimits = LIMITS) -> dict[str, bytes]:
    """Return the content of every file that has a size."""
    with git_client(limits) as client, client.snapshot(link) as snapshot:
        wanted = [entry for entry in snapshot.entries if entry.size is not None and entry.kind is EntryKind.FILE]
        return {entry.path: content for entry, content in snapshot.contents(wanted)}


def failure(link: Link, limits: CrawlLimits = LIMITS, *, allowed: str = "127.0.0.1") -> LinkFailedError:
    with (
        git_client(limits, allowed=allowed) as client,
        pytest.raises(LinkFailedError) as caught,
        client.snapshot(link),
    ):
        pass
    return caught.value


def say_nothing(request: BaseHTTPRequestHandler) -> None:
    request.rfile.read(1)


class TestLocalRepositories:
    def test_what_is_not_committed_is_not_seen(self, tmp_path: Path) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"committed"})
        (folder / "a.txt").write_bytes(b"changed")
        (folder / "b.txt").write_bytes(b"new")

        assert files_of(LocalLink(folder)) == {"a.txt": b"committed"}
        assert git(folder, "status", "--porcelain") == "M a.txt\n?? b.txt"

    def test_a_shallow_repository(self, tmp_path: Path) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})
        commit_files(folder, {"a.txt": b"2"})
        git(tmp_path, "clone", "--quiet", "--depth=1", folder.as_uri(), "shallow")

        assert files_of(LocalLink(tmp_path / "shallow")) == {"a.txt": b"2"}

    def test_the_newest_commit_is_that_of_the_branch_that_is_checked_out(self, tmp_path: Path) -> None:
        origin = make_repository(tmp_path / "origin", {"a.txt": b"1"})
        git(tmp_path, "clone", "--quiet", str(origin), "engine")
        git(tmp_path / "engine", "checkout", "--quiet", "-b", "other")
        commit_files(tmp_path / "engine", {"a.txt": b"2"})

        with git_client() as client:
            newest = client.newest_commit(LocalLink(tmp_path / "engine"))

        assert newest == git(tmp_path / "engine", "rev-parse", "HEAD") != git(origin, "rev-parse", "HEAD")

    def test_a_bare_repository(self, tmp_path: Path) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})
        git(tmp_path, "clone", "--quiet", "--bare", str(folder), "bare.git")

        assert files_of(LocalLink(tmp_path / "bare.git")) == {"a.txt": b"1"}

    def test_a_worktree_on_another_branch(self, tmp_path: Path) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})
        git(folder, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "tree"))
        commit_files(tmp_path / "tree", {"a.txt": b"2"})

        assert files_of(LocalLink(tmp_path / "tree")) == {"a.txt": b"2"}

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
    def test_a_repository_of_somebody_else(self, tmp_path: Path) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})
        for path in (folder, *folder.rglob("*")):
            os.chown(path, 12345, 12345)

        assert files_of(LocalLink(folder)) == {"a.txt": b"1"}

    def test_hooks_and_commands_of_a_repository_are_not_run(self, tmp_path: Path) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})
        trace = tmp_path / "trace"
        for key in ("uploadpack.packObjectsHook", "core.fsmonitor", "core.sshCommand", "core.pager"):
            git(folder, "config", key, f"touch {trace};")
        for hook in ("post-checkout", "reference-transaction", "pre-receive"):
            (folder / ".git/hooks" / hook).write_text(f"#!/bin/sh\ntouch {trace}\n", encoding="utf-8")
            (folder / ".git/hooks" / hook).chmod(0o755)

        assert files_of(LocalLink(folder)) == {"a.txt": b"1"}
        assert not trace.exists()

    def test_settings_of_the_user_do_not_matter(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".gitconfig").write_text('[url "https://127.0.0.1:1/"]\n\tinsteadOf = file://\n', encoding="utf-8")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("GIT_DIR", "/nowhere")

        assert files_of(LocalLink(make_repository(tmp_path / "engine", {"a.txt": b"1"}))) == {"a.txt": b"1"}


class TestRepositoriesOnTheWeb:
    def test_a_redirect_is_followed_when_it_is_allowed(self, tmp_path: Path, site: Site) -> None:
        serve(site, make_repository(tmp_path / "engine", {"a.txt": b"1"}) / ".git", "/new.git")
        site.on("/old.git/info/refs", redirect("/new.git/info/refs?service=git-upload-pack", 301))

        assert files_of(parse_link(f"{site.url}/old.git")) == {"a.txt": b"1"}

    def test_a_redirect_to_a_private_address_is_not_followed(self, tmp_path: Path, site: Site) -> None:
        with running_site("127.0.0.2") as private:
            address = serve(private, make_repository(tmp_path / "engine", {"a.txt": b"1"}) / ".git", "/a.git")
            site.on("/a.git/info/refs", redirect(f"{address}/info/refs?service=git-upload-pack"))

            assert failure(parse_link(f"{site.url}/a.git")).reason is FailureReason.ADDRESS_NOT_ALLOWED
            assert private.requests == []

    def test_git_itself_follows_no_redirect(self, tmp_path: Path, site: Site) -> None:
        with running_site("127.0.0.2") as private:
            address = serve(private, make_repository(tmp_path / "engine", {"a.txt": b"1"}) / ".git", "/a.git")
            first = Reply(content_type="application/x-git-upload-pack-advertisement")
            site.on("/a.git/info/refs", first, redirect(f"{address}/info/refs?service=git-upload-pack"))

            assert failure(parse_link(f"{site.url}/a.git")).reason is FailureReason.GIT_FAILED
            assert private.requests == []

    def test_git_connects_to_the_vetted_address(self, tmp_path: Path, site: Site) -> None:
        address = serve(site, make_repository(tmp_path / "engine", {"a.txt": b"1"}) / ".git", "/a.git")
        guard = AddressGuard(["git.example.org"], resolver=lambda _host, _port: ["127.0.0.1"])
        link = parse_link(address.replace("127.0.0.1", "git.example.org"))

        with (
            closing(HttpClient(guard, user_agent="test", read_timeout_seconds=10)) as client,
            CommandLineGit(guard, client, LIMITS).snapshot(link) as snapshot,
        ):
            assert [entry.path for entry in snapshot.entries] == ["a.txt"]

        assert {headers["Host"].partition(":")[0] for headers in site.headers} == {"git.example.org"}

    def test_a_private_host_is_not_asked(self, site: Site) -> None:
        link = parse_link(f"{site.url}/a.git")

        assert failure(link, allowed="192.0.2.1").reason is FailureReason.ADDRESS_NOT_ALLOWED
        assert site.requests == []

    @pytest.mark.parametrize(
        ("answer", "reason"),
        [
            (Reply(status=401), FailureReason.NOT_FOUND),
            (Reply(status=403), FailureReason.NOT_FOUND),
            (Reply(status=403, headers={"Retry-After": "3600"}), FailureReason.RATE_LIMITED),
            (Reply(status=418), FailureReason.HTTP_ERROR),
            (Reply(status=500), FailureReason.HTTP_ERROR),
        ],
    )
    def test_there_is_no_repository(self, site: Site, answer: Reply, reason: FailureReason) -> None:
        site.on("/a.git/info/refs", answer)

        error = failure(parse_link(f"{site.url}/a.git"))

        assert error.reason is reason
        assert f"{site.url}/a.git" in str(error)

    def test_a_host_that_does_not_exist(self) -> None:
        assert failure(parse_link("https://no-such-host.invalid/a.git")).reason is FailureReason.UNREACHABLE

    def test_a_host_in_trouble_is_asked_again(self, tmp_path: Path, site: Site) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})
        address = serve(site, folder / ".git", "/a.git", Reply(status=503), Reply(status=502))
        waits: list[float] = []

        with git_client(sleep=waits.append) as client:
            assert client.newest_commit(parse_link(address)) == git(folder, "rev-parse", "HEAD")

        first, second = waits
        assert 0.5 <= first <= 1
        assert 1 <= second <= 2

    def test_a_host_that_says_when_to_come_back_is_asked_then(self, tmp_path: Path, site: Site) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})
        address = serve(site, folder / ".git", "/a.git", rate_limited("0"))
        waits: list[float] = []

        with git_client(sleep=waits.append) as client:
            assert client.newest_commit(parse_link(address)) == git(folder, "rev-parse", "HEAD")

        assert waits == []

    def test_a_host_that_stays_in_trouble_is_left_alone(self, site: Site) -> None:
        site.on("/a.git/info/refs", Reply(status=503))

        assert failure(parse_link(f"{site.url}/a.git")).reason is FailureReason.HTTP_ERROR
        assert len(site.requests) == 3


class TestRepositoriesOverSsh:
    @pytest.fixture
    def ssh(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A program ssh that notes its arguments in a file and runs the last one on this machine."""
        notes = tmp_path / "arguments"
        program = tmp_path / "programs" / "ssh"
        program.parent.mkdir()
        program.write_text(f'#!/bin/sh\necho "$@" >> {notes}\nfor last; do :; done\neval "$last"\n', encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
        return notes

    def test_a_repository_is_copied_without_questions(self, tmp_path: Path, ssh: Path) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})

        assert files_of(parse_link(f"ssh://git@127.0.0.1{folder}")) == {"a.txt": b"1"}
        assert "-oBatchMode=yes" in ssh.read_text(encoding="utf-8")

    def test_a_repository_that_does_not_exist(self, ssh: Path) -> None:
        assert failure(parse_link("git@127.0.0.1:nowhere.git")).reason is FailureReason.NOT_A_REPOSITORY


class TestLimitsAndFailures:
    def test_a_folder_of_a_repository(self, tmp_path: Path) -> None:
        make_repository(tmp_path / "engine", {"docs/a.txt": b"1"})

        assert failure(LocalLink(tmp_path / "engine/docs")).reason is FailureReason.NOT_A_REPOSITORY

    def test_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_text("a", encoding="utf-8")

        assert failure(LocalLink(tmp_path / "a.txt")).reason is FailureReason.NOT_A_REPOSITORY

    def test_a_repository_whose_default_branch_is_gone(self, tmp_path: Path) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})
        git(folder, "symbolic-ref", "HEAD", "refs/heads/gone")

        assert failure(LocalLink(folder)).reason is FailureReason.EMPTY_REPOSITORY

    def test_a_file_over_the_cap_is_not_copied(self, tmp_path: Path, temporary: Path) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"a", "big": os.urandom(1_000_000)})

        with git_client() as client, client.snapshot(LocalLink(folder)) as snapshot:
            assert {entry.path: entry.size for entry in snapshot.entries} == {"a.txt": 1, "big": None}
            assert sum(path.stat().st_size for path in temporary.rglob("*") if path.is_file()) < 100_000

    def test_a_repository_over_the_cap(self, tmp_path: Path, temporary: Path) -> None:
        folder = make_repository(tmp_path / "engine", {str(number): os.urandom(9_000) for number in range(30)})

        error = failure(LocalLink(folder), LIMITS.model_copy(update={"max_clone_bytes": 100_000}))

        assert error.reason is FailureReason.TOO_LARGE
        assert "max_clone_bytes" in str(error)
        assert list(temporary.iterdir()) == []

    def test_a_host_that_never_answers_git(self, site: Site, temporary: Path) -> None:
        first = Reply(content_type="application/x-git-upload-pack-advertisement")
        site.on("/a.git/info/refs", first, say_nothing)

        error = failure(parse_link(f"{site.url}/a.git"), LIMITS.model_copy(update={"clone_timeout_seconds": 0.3}))

        assert error.reason is FailureReason.TIMEOUT
        assert "clone_timeout_seconds" in str(error)
        assert list(temporary.iterdir()) == []

    def test_git_is_not_installed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})
        monkeypatch.setenv("PATH", str(tmp_path))

        error = failure(LocalLink(folder))

        assert error.reason is FailureReason.GIT_MISSING
        assert "Install git" in str(error)

    def test_git_is_too_old_to_pin_an_address(
        self, tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site.on("/a.git/info/refs", Reply(content_type="application/x-git-upload-pack-advertisement"))
        (tmp_path / "git").write_text("#!/bin/sh\necho git version 2.30.1\n", encoding="utf-8")
        (tmp_path / "git").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

        error = failure(parse_link(f"{site.url}/a.git"))

        assert error.reason is FailureReason.GIT_MISSING
        assert "git 2.37 or newer" in str(error)

    def test_an_older_git_reads_a_local_repository(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = make_repository(tmp_path / "engine", {"a.txt": b"1"})
        script = f'#!/bin/sh\n[ "$1" = version ] && echo git version 2.30.1 || exec {shutil.which("git")} "$@"\n'
        (tmp_path / "git").write_text(script, encoding="utf-8")
        (tmp_path / "git").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

        assert files_of(LocalLink(folder)) == {"a.txt": b"1"}

    def test_an_ssh_host_in_the_private_network_is_not_asked(self) -> None:
        assert failure(parse_link("git@127.0.0.1:ada/engine.git"), allowed="x").reason is (
            FailureReason.ADDRESS_NOT_ALLOWED
        )
