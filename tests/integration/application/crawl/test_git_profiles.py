"""Profiles are read from a host that answers as GitHub does."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from pydantic import SecretStr

from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError
from llm_engineering.application.crawl.git_apis import GIT_APIS
from llm_engineering.application.crawl.git_profiles import GitProfileCrawler
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import parse_link
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import FoundLink, Item, Visit
from llm_engineering.domain.authors import Author
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.http_fetcher import HttpFetcher
from tests.support.site import Reply, Site, redirect, running_site

pytestmark = pytest.mark.integration

ADA = Author.from_full_name("Ada Lovelace")
LISTING = "/users/ada/repos"
JSON = "application/json; charset=utf-8"


@pytest.fixture
def site() -> Iterator[Site]:
    with running_site() as site:
        yield site


def listed(first: int, last: int, next_page: int) -> Reply:
    """Return a page of repositories with the header Link of GitHub, which needs not be read."""
    repositories = [{"full_name": f"ada/{number}", "fork": False} for number in range(first, last + 1)]
    link = f'<https://api.github.com/user/1/repos?page={next_page}>; rel="next"'
    return Reply(json.dumps(repositories).encode(), content_type=JSON, headers={"Link": link})


def refused(status: int, **headers: str) -> Reply:
    body = b'{"message": "API rate limit exceeded for 203.0.113.7."}'
    return Reply(body, status, JSON, {name.replace("_", "-"): value for name, value in headers.items()})


def found(site: Site, token: str | None = None) -> list[Item]:
    """Return what the profile yields, read from a site instead of from GitHub."""
    apis = {"github.com": replace(GIT_APIS["github.com"], address=site.url)}
    tokens = {"gitlab.com": SecretStr("of-gitlab"), **({"github.com": SecretStr(token)} if token else {})}
    guard = AddressGuard(["127.0.0.1", "127.0.0.2"])
    source = Source(link="https://github.com/ada")
    with closing(HttpClient(guard, user_agent="test", read_timeout_seconds=10)) as client:
        fetcher = HttpFetcher(client, CrawlLimits(), sleep=lambda _seconds: None)
        return list(GitProfileCrawler(fetcher, tokens, apis).crawl(Visit(parse_link(source.link), ADA, source)))


def failure(site: Site, token: str | None = None) -> LinkFailedError:
    with pytest.raises(LinkFailedError) as caught:
        found(site, token)
    return caught.value


def test_all_pages_are_read(site: Site) -> None:
    site.on(LISTING, listed(1, 100, 2), listed(101, 103, 1))

    links = [item.link for item in found(site) if isinstance(item, FoundLink)]

    assert links == [f"https://github.com/ada/{number}" for number in range(1, 104)]
    assert [path for path in site.requests if path.startswith(LISTING)] == [
        "/users/ada/repos?type=owner&sort=pushed&per_page=100&page=1",
        "/users/ada/repos?type=owner&sort=pushed&per_page=100&page=2",
    ]
    assert site.headers[-1]["Accept"] == "application/vnd.github+json"
    assert "Authorization" not in site.headers[-1]


def test_the_token_of_the_host_is_sent(site: Site) -> None:
    site.on(LISTING, listed(1, 3, 1))

    found(site, token="of-github")

    assert site.headers[-1]["Authorization"] == "Bearer of-github"


def test_the_token_is_sent_to_no_other_host(site: Site) -> None:
    with running_site("127.0.0.2") as other:
        site.on(LISTING, redirect(f"{other.url}/listing"))
        other.on("/listing", listed(1, 3, 1))

        assert len(found(site, token="of-github")) == 3
        assert ["Authorization" in headers for headers in other.headers] == [False] * len(other.headers)


@pytest.mark.parametrize("status", [403, 429])
def test_too_many_questions_without_a_token(site: Site, status: int) -> None:
    site.on(LISTING, refused(status, X_RateLimit_Remaining="0", X_RateLimit_Reset="4102444800"))

    error = failure(site)

    assert error.reason is FailureReason.RATE_LIMITED
    assert error.remedy.startswith("Wait an hour, or set GITHUB_TOKEN")


def test_a_token_that_is_refused(site: Site) -> None:
    site.on(LISTING, refused(401))

    error = failure(site, token="of-github")

    assert error.reason is FailureReason.FORBIDDEN
    assert error.remedy.startswith("Check the token in GITHUB_TOKEN")
    assert "of-github" not in str(error)


def test_a_user_who_does_not_exist(site: Site) -> None:
    assert failure(site).reason is FailureReason.NOT_FOUND


def test_a_page_that_fails_after_others_were_read(site: Site) -> None:
    site.on(LISTING, listed(1, 100, 2), refused(500))

    assert failure(site).reason is FailureReason.HTTP_ERROR
