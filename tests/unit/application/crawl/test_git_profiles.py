import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from llm_engineering.application.crawl.fetching import FailureReason, ListingError
from llm_engineering.application.crawl.git_apis import GIT_APIS, REPOSITORY_DETAILS, RepositoryFault
from llm_engineering.application.crawl.git_profiles import GitProfileCrawler, Profile, profile_at
from llm_engineering.application.crawl.links import parse_link
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.repositories import GIT_HOSTS
from llm_engineering.application.crawl.visits import FoundLink, Item, VisitEnd
from tests.support import visiting
from tests.support.crawl_fakes import PagesInMemory

GITHUB = "/users/ada/repos?type=owner&sort=pushed&per_page=100&page={page}"
GITLAB_USER = "/api/v4/users/ada/projects?order_by=last_activity_at&per_page=100&page={page}"
GITLAB_GROUP = (
    "/api/v4/groups/engines%2Fold/projects"
    "?include_subgroups=true&with_shared=false&order_by=last_activity_at&per_page=100&page={page}"
)
FORGEJO_ORGANISATION = "/api/v1/orgs/ada/repos?limit=50&page={page}"

Listed = Mapping[str, Any]


def api(site: str, path: str, *pages: Sequence[Listed]) -> PagesInMemory:
    """Return a host that lists repositories on some pages."""
    host = PagesInMemory(site)
    for number, page in enumerate(pages, start=1):
        host.page(path.format(page=number), json.dumps(page).encode(), content_type="application/json")
    return host


def github(*pages: Sequence[Listed]) -> PagesInMemory:
    return api("https://api.github.com", GITHUB, *pages)


def visited(host: PagesInMemory, link: str = "https://github.com/ada", **source: Any) -> tuple[list[str], VisitEnd]:
    """Return the links and the reasons that a visit yields, and how it ends."""
    visit = visiting.visited(GitProfileCrawler(host, {}), link, **source)
    return [_told(item) for item in visit.items], visit.end


def _told(item: Item) -> str:
    if isinstance(item, FoundLink):
        assert item.crawler is CrawlerName.GIT
        return item.link
    return f"{getattr(item, 'item', None)}: {getattr(item, 'reason', None)}"


def numbered(first: int, last: int) -> list[Listed]:
    return [{"full_name": f"ada/{number}"} for number in range(first, last + 1)]


class TestGitHub:
    def test_each_repository_is_found(self) -> None:
        host = github([{"full_name": "ada/engine", "fork": False, "archived": True}, {"full_name": "ada/.notes"}])

        found, end = visited(host)

        assert found == ["https://github.com/ada/engine", "https://github.com/ada/.notes"]
        assert end.is_complete
        assert end.received_bytes == len(
            json.dumps([
                {"full_name": "ada/engine", "fork": False, "archived": True},
                {"full_name": "ada/.notes"},
            ])
        )

    @pytest.mark.parametrize(("repositories", "pages"), [(99, 1), (100, 2), (199, 2), (200, 3)])
    def test_pages_are_asked_for_until_a_short_one(self, repositories: int, pages: int) -> None:
        host = github(numbered(1, min(repositories, 100)), numbered(101, repositories), [])

        found, end = visited(host)

        assert found == [f"https://github.com/ada/{number}" for number in range(1, repositories + 1)]
        assert (len(host.fetched), end.is_complete) == (pages, True)

    def test_what_moves_while_pages_are_read_is_found_once(self) -> None:
        found, _ = visited(github(numbered(1, 100), numbered(100, 101)))

        assert found[98:] == [f"https://github.com/ada/{number}" for number in (99, 100, 101)]

    def test_a_host_that_never_comes_to_an_end_is_left(self) -> None:
        host = github(*[numbered(1, 100)] * 201)

        found, end = visited(host)

        assert (len(found), len(host.fetched), end.is_complete) == (100, 200, False)

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [({"fork": True}, "fork"), ({"disabled": True}, "disabled"), ({"private": True}, "private")],
    )
    def test_what_others_wrote_or_nobody_may_read_is_left_out(self, fields: Listed, reason: str) -> None:
        found, end = visited(github([{"full_name": "ada/a", **fields}, {"full_name": "ada/b"}]))

        assert found == [f"ada/a: {reason}", "https://github.com/ada/b"]
        assert end.is_complete


class TestOtherHosts:
    def test_a_user_of_gitlab(self) -> None:
        projects: list[Listed] = [
            {"path_with_namespace": "ada/engine", "visibility": "public", "empty_repo": False},
            {"path_with_namespace": "ada/copy", "forked_from_project": {"id": 7}},
            {"path_with_namespace": "ada/empty", "empty_repo": True},
            {"path_with_namespace": "ada/secret", "visibility": "internal"},
            {"path_with_namespace": "ada/wiki", "repository_access_level": "disabled"},
        ]

        found, _ = visited(api("https://gitlab.com", GITLAB_USER, projects), "https://gitlab.com/ada")

        assert found == [
            "https://gitlab.com/ada/engine",
            "ada/copy: fork",
            "ada/empty: empty_repository",
            "ada/secret: private",
            "ada/wiki: disabled",
        ]

    def test_a_group_of_gitlab_with_its_subgroups(self) -> None:
        host = api("https://gitlab.com", GITLAB_GROUP, [{"path_with_namespace": "engines/old/steam/one"}])

        found, _ = visited(host, "https://gitlab.com/groups/engines/old")

        assert found == ["https://gitlab.com/engines/old/steam/one"]
        assert ["/users/" in url for url in host.fetched] == [True, False]

    def test_an_organisation_of_forgejo(self) -> None:
        repositories: list[Listed] = [
            {"full_name": "ada/engine", "empty": False, "has_code": True},
            {"full_name": "ada/empty", "empty": True},
            {"full_name": "ada/issues", "has_code": False},
        ]

        found, _ = visited(api("https://codeberg.org", FORGEJO_ORGANISATION, repositories), "https://codeberg.org/ada")

        assert found == ["https://codeberg.org/ada/engine", "ada/empty: empty_repository", "ada/issues: disabled"]


class TestTheSource:
    def test_its_patterns_choose_repositories(self) -> None:
        names = ("engine", "empty", "notes")

        found, end = visited(
            github([{"full_name": f"ada/{name}"} for name in names]), include=("ada/e*",), exclude=("*/empty",)
        )

        assert found == ["https://github.com/ada/engine", "ada/empty: excluded", "ada/notes: excluded"]
        assert end.is_complete

    def test_it_may_want_a_few_only(self) -> None:
        host = github([{"full_name": "ada/copy", "fork": True}, *numbered(1, 99)], numbered(100, 120))

        found, end = visited(host, max_pages=2)

        assert found == [
            "ada/copy: fork",
            "https://github.com/ada/1",
            "https://github.com/ada/2",
            "ada/3: too_many_repositories",
        ]
        assert (len(host.fetched), end.is_complete) == (1, False)

    def test_as_many_as_there_are_is_all(self) -> None:
        found, end = visited(github(numbered(1, 2)), max_pages=2)

        assert (len(found), end.is_complete) == (2, True)


class TestFailures:
    @pytest.mark.parametrize("host", [github(), github([])])
    def test_there_is_no_such_profile(self, host: PagesInMemory) -> None:
        with pytest.raises(ListingError, match="is no user or organisation with a public repository") as caught:
            visited(host)

        assert caught.value.reason is FailureReason.NOT_FOUND

    @pytest.mark.parametrize(
        "body", [b"<html>", b"{}", b"[7]", b"\xff", b'[{"name": "engine"}]', b'[{"full_name": "ada/../.."}]']
    )
    def test_the_answer_is_no_listing(self, body: bytes) -> None:
        host = PagesInMemory("https://api.github.com")
        host.page(GITHUB.format(page=1), body)

        with pytest.raises(ListingError) as caught:
            visited(host)

        assert caught.value.reason is FailureReason.BAD_RESPONSE
        assert "https://api.github.com" in str(caught.value)

    def test_a_repository_is_no_profile(self) -> None:
        with pytest.raises(ListingError, match=r"known hosts are github.com, gitlab.com") as caught:
            visited(github(), "https://github.com/ada/engine")

        assert caught.value.reason is FailureReason.NO_LISTING


@pytest.mark.parametrize(
    ("link", "profile"),
    [
        ("https://github.com/ada", Profile("github.com", "ada")),
        ("http://www.GitHub.com/ada/", Profile("github.com", "ada")),
        ("https://github.com/ada?tab=repositories", Profile("github.com", "ada")),
        ("https://github.com/orgs/engines", Profile("github.com", "engines")),
        ("https://github.com/orgs/engines/repositories", Profile("github.com", "engines")),
        ("https://gitlab.com/ada", Profile("gitlab.com", "ada")),
        ("https://gitlab.com/groups/engines", Profile("gitlab.com", "engines")),
        ("https://gitlab.com/groups/engines/old/-/activity", Profile("gitlab.com", "engines/old")),
        ("https://gitlab.com/users/ada/projects", Profile("gitlab.com", "ada")),
        ("https://codeberg.org/ada", Profile("codeberg.org", "ada")),
        ("https://codeberg.org/org/engines/dashboard", Profile("codeberg.org", "engines")),
        ("https://github.com/orgs/projects", Profile("github.com", "projects")),
    ],
)
def test_an_address_of_a_profile(link: str, profile: Profile) -> None:
    assert profile_at(parse_link(link)) == profile


@pytest.mark.parametrize(
    "link",
    [
        "https://github.com/",
        "https://github.com/topics",
        "https://github.com/orgs",
        "https://github.com/orgs/engines/people",
        "https://github.com/ada/engine",
        "https://github.com/%2e%2e",
        "https://gitlab.com/engines/old",
        "https://gitlab.com/explore",
        "https://gist.github.com/ada",
        "https://bitbucket.org/ada",
        "https://github.com.evil.io/ada",
        "https://ada.dev/github.com",
        "git@github.com:ada",
        "./github.com",
    ],
)
def test_everything_else_is_none(link: str) -> None:
    assert profile_at(parse_link(link)) is None


def test_the_tables_fit_together() -> None:
    assert set(GIT_APIS) <= set(GIT_HOSTS)
    assert set(REPOSITORY_DETAILS) == set(RepositoryFault)
