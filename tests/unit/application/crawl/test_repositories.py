from pathlib import Path

import pytest

from llm_engineering.application.crawl.links import LocalLink, parse_link
from llm_engineering.application.crawl.repositories import repository_at


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/ada/engine",
        "https://github.com/ada/engine/",
        "https://GitHub.com/ada/engine.git",
        "http://www.github.com/ada/engine",
        "https://gist.github.com/ada/0123456789abcdef",
        "https://gist.github.com/ada/5868627",
        "https://gitlab.com/group/engine",
        "https://gitlab.com/group/sub/engine",
        "https://bitbucket.org/ada/engine",
        "https://codeberg.org/ada/engine",
        "https://git.example.org/engine.git",
        "git@github.com:ada/engine.git",
        "git@git.example.org:engine",
        "ssh://git@git.example.org/engine",
    ],
)
def test_an_address_of_a_repository(link: str) -> None:
    assert repository_at(parse_link(link)) is not None


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/",
        "https://github.com/ada",
        "https://github.com/ada/engine/blob/main/README.md",
        "https://github.com/ada/engine/issues/7",
        "https://github.com/ada/engine/wiki",
        "https://github.com/ada/engine?tab=readme",
        "https://github.com/topics/python",
        "https://github.com/orgs/python",
        "https://gist.github.com/ada",
        "https://gist.github.com/ada/starred",
        "https://gist.github.com/ada/0123456789abcdef/revisions",
        "https://ada.github.io/engine",
        "https://gitlab.com/group/engine/-/issues/7",
        "https://gitlab.com/explore/projects",
        "https://codeberg.org/ada/engine/issues",
        "https://github.com.evil.io/ada/engine",
        "https://evil.io/github.com/ada/engine",
        "https://notgithub.com/ada/engine",
        "https://medium.com/@ada/an-article",
        "https://example.org/engine.git/page",
    ],
)
def test_everything_else_on_the_web_is_a_page(link: str) -> None:
    assert repository_at(parse_link(link)) is None


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://github.com/ada/engine.git", "https://github.com/ada/engine/blob/HEAD/docs/a%20b.md"),
        ("git@github.com:ada/engine.git", "https://github.com/ada/engine/blob/HEAD/docs/a%20b.md"),
        ("http://www.github.com/ada/engine/", "https://github.com/ada/engine/blob/HEAD/docs/a%20b.md"),
        ("https://gist.github.com/ada/5868627", "https://gist.github.com/ada/5868627#docs/a%20b.md"),
        ("https://gitlab.com/g/s/engine", "https://gitlab.com/g/s/engine/-/blob/HEAD/docs/a%20b.md"),
        ("https://bitbucket.org/ada/engine", "https://bitbucket.org/ada/engine/src/HEAD/docs/a%20b.md"),
        ("https://codeberg.org/ada/engine", "https://codeberg.org/ada/engine/src/branch/HEAD/docs/a%20b.md"),
        ("https://git.example.org/a/engine.git", "https://git.example.org/a/engine.git#docs/a%20b.md"),
        ("ssh://git@git.example.org/engine", "ssh://git@git.example.org/engine#docs/a%20b.md"),
    ],
)
def test_a_file_has_an_address_that_can_be_opened(link: str, address: str) -> None:
    repository = repository_at(parse_link(link))

    assert repository is not None
    assert repository.link_to("docs/a b.md") == address


def test_a_repository_of_a_known_host_has_one_address() -> None:
    repository = repository_at(parse_link("http://www.github.com/ada/engine.git"))

    assert repository is not None
    assert repository.source.address == "https://github.com/ada/engine.git"
    assert repository.address == "https://github.com/ada/engine"
    assert (repository.platform, repository.full_name, repository.name) == ("github.com", "ada/engine", "engine")


def test_a_repository_over_ssh_is_copied_over_ssh() -> None:
    repository = repository_at(parse_link("git@gitlab.com:ada/engine.git"))

    assert repository is not None
    assert repository.source.address == "git@gitlab.com:ada/engine.git"
    assert repository.address == "https://gitlab.com/ada/engine"


class TestLocalRepositories:
    @pytest.mark.parametrize("name", ["my engine", "my engine.git"])
    def test_a_folder_with_the_data_of_git(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name / ".git").mkdir(parents=True)
        repository = repository_at(LocalLink(tmp_path / name))

        assert repository is not None
        assert (repository.platform, repository.full_name, repository.name) == ("local", "my engine", "my engine")
        assert repository.link_to("docs/a b.md") == f"{(tmp_path / name).as_uri()}/docs/a%20b.md"

    def test_a_worktree(self, tmp_path: Path) -> None:
        (tmp_path / ".git").write_text("gitdir: /srv/engine/.git/worktrees/tree\n", encoding="utf-8")

        assert repository_at(LocalLink(tmp_path)) is not None

    def test_a_bare_repository(self, tmp_path: Path) -> None:
        (tmp_path / "objects").mkdir()
        (tmp_path / "refs").mkdir()
        (tmp_path / "HEAD").touch()

        assert repository_at(LocalLink(tmp_path)) is not None

    def test_other_folders_and_files(self, tmp_path: Path) -> None:
        (tmp_path / "engine" / ".git").mkdir(parents=True)
        (tmp_path / "HEAD").touch()

        assert repository_at(LocalLink(tmp_path)) is None
        assert repository_at(LocalLink(tmp_path / "HEAD")) is None
        assert repository_at(LocalLink(tmp_path / "nowhere")) is None
        assert repository_at(LocalLink(tmp_path / "*.md")) is None
        assert repository_at(LocalLink(tmp_path / ("x" * 300))) is None
