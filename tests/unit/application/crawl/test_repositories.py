from pathlib import Path

import pytest

from llm_engineering.application.crawl.dispatcher import ROUTES, CrawlerName
from llm_engineering.application.crawl.links import LocalLink, parse_link
from llm_engineering.application.crawl.repositories import repository_at


def route(link: str) -> CrawlerName:
    parsed = parse_link(link)
    return next(route.crawler for route in ROUTES if route.holds_for(parsed))


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/ada/engine",
        "https://github.com/ada/engine/",
        "https://GitHub.com/ada/engine.git",
        "http://www.github.com/ada/engine",
        "https://gitlab.com/group/sub/engine",
        "https://bitbucket.org/ada/engine",
        "https://codeberg.org/ada/engine",
        "https://git.example.org/engine.git",
        "git@github.com:ada/engine.git",
        "git@git.example.org:engine",
        "ssh://git@git.example.org/engine",
        "file:///srv/engine",
        "/srv/engine",
        ".",
    ],
)
def test_repositories_are_read_with_git(link: str) -> None:
    assert route(link) is CrawlerName.GIT


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
        "https://gist.github.com/ada/0123456789abcdef",
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
    assert route(link) is CrawlerName.ARTICLE


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("https://github.com/ada/engine.git", "https://github.com/ada/engine/blob/HEAD/docs/a%20b.md"),
        ("git@github.com:ada/engine.git", "https://github.com/ada/engine/blob/HEAD/docs/a%20b.md"),
        ("http://www.github.com/ada/engine/", "https://github.com/ada/engine/blob/HEAD/docs/a%20b.md"),
        ("https://gitlab.com/g/s/engine", "https://gitlab.com/g/s/engine/-/blob/HEAD/docs/a%20b.md"),
        ("https://bitbucket.org/ada/engine", "https://bitbucket.org/ada/engine/src/HEAD/docs/a%20b.md"),
        ("https://codeberg.org/ada/engine", "https://codeberg.org/ada/engine/src/branch/HEAD/docs/a%20b.md"),
        ("https://git.example.org/a/engine.git", "https://git.example.org/a/engine.git#docs/a%20b.md"),
        ("ssh://git@git.example.org/engine", "ssh://git@git.example.org/engine#docs/a%20b.md"),
        ("/srv/my%20engine", "file:///srv/my%2520engine/docs/a%20b.md"),
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


@pytest.mark.parametrize(("path", "name"), [("/srv/engine", "engine"), ("/srv/engine.git", "engine"), ("/", "/")])
def test_a_local_repository_has_the_name_of_its_folder(path: str, name: str) -> None:
    repository = repository_at(LocalLink(Path(path)))

    assert repository is not None
    assert (repository.platform, repository.full_name, repository.name.strip("/")) == ("local", name, name.strip("/"))
