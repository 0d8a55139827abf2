"""Finds the public repositories of a user or an organisation at a hosting service."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import SecretStr

from llm_engineering.application.crawl.fetching import FailureReason, FetchError, ListingError
from llm_engineering.application.crawl.git_apis import GIT_APIS, REPOSITORY_DETAILS, GitApi, RepositoryFault
from llm_engineering.application.crawl.links import Link, WebLink
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.port import Fetcher, Page
from llm_engineering.application.crawl.repositories import GIT_HOSTS
from llm_engineering.application.crawl.visits import FoundLink, Visit, Visited, VisitEnd
from llm_engineering.domain.outcomes import Dropped

MOST_REPOSITORIES: Final = 1_000
"""Of one profile, unless its source says otherwise in `max_pages`."""
_MOST_PAGES: Final = 200
"""Against a host that never comes to an end."""
_OWNER: Final = re.compile(r"\w[\w.-]*")
_FULL_NAME: Final = re.compile(r"\w[\w.-]*(/[\w.-]*\w[\w.-]*)+")
_REFUSED: Final = frozenset({FailureReason.FORBIDDEN, FailureReason.RATE_LIMITED})
_PROFILE_PAGES: Final[Mapping[str, frozenset[str]]] = {
    "github.com": frozenset({"orgs"}),
    "gitlab.com": frozenset({"groups", "users"}),
    "codeberg.org": frozenset({"org"}),
}
"""First parts of paths after which the name of a user or an organisation follows."""
_TABS: Final = frozenset({"-", "dashboard", "projects", "repositories"})
"""What may follow the name: pages of the same profile."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A user or an organisation at a hosting service whose interface is known."""

    host: str
    owner: str
    """Name; of a group of GitLab its path."""

    @property
    def address(self) -> str:
        """Its page."""
        return f"https://{self.host}/{self.owner}"


def profile_at(link: Link) -> Profile | None:
    """Return the profile that a link leads to; None if it leads to something else.

    A path of two parts on GitLab may be a repository or a group in a group; it counts as a repository. Such a group is
    named by the address `https://gitlab.com/groups/GROUP/SUBGROUP`.
    """
    if not isinstance(link, WebLink):
        return None
    host, segments = link.host.removeprefix("www."), link.segments
    if host not in GIT_APIS or not segments:
        return None
    if segments[0] in _PROFILE_PAGES[host]:
        return _profile(host, _before_tab(segments[1:]))
    is_page = segments[0] in GIT_HOSTS[host].pages
    return None if is_page or len(segments) > 1 else _profile(host, segments)


class GitProfileCrawler:
    """Finds repositories through the public interface of their host.

    Forks are left out, because others wrote them, and so are repositories that are empty or closed; archived ones are
    kept. The patterns of the source choose among the full names ("ada/engine"), not among the files. The listing is
    asked for whole at each visit: that it has not changed would not say that each repository was read.

    Args:
        fetcher: Asks the interface. It must not keep to robots.txt, by which GitLab and Forgejo keep search engines
            out of an interface that is meant for programs.
        tokens: Access tokens by the name of the host ("github.com"). None is needed; each is sent to the interface of
            its host only.
        apis: How each host lists repositories.
    """

    def __init__(
        self, fetcher: Fetcher, tokens: Mapping[str, SecretStr], apis: Mapping[str, GitApi] = GIT_APIS
    ) -> None:
        self._apis = apis
        self._fetcher = fetcher
        self._tokens = dict(tokens)

    def crawl(self, visit: Visit) -> Visited:
        """Yield each repository, those with the latest changes first where the host says so.

        Raises:
            ListingError: There is no such profile, or it has no public repository.
            FetchError: The host does not answer, or has had enough questions.
        """
        profile = profile_at(visit.link)
        if profile is None:
            raise ListingError(
                FailureReason.NO_LISTING,
                f"{visit.link.address} is not the profile of a user or an organisation.",
                remedy=f"Give an address such as https://github.com/NAME; known hosts are {', '.join(GIT_APIS)}.",
            )
        api = self._apis[profile.host]
        listing = _Listing(profile, api, self._fetcher, self._tokens.get(profile.host))
        most, found = visit.source.max_pages or MOST_REPOSITORIES, 0
        for repository in listing.repositories():
            name = _full_name(api, repository)
            fault = api.fault(repository)
            if fault is None and not visit.source.is_wanted(name):
                fault = RepositoryFault.EXCLUDED
            if fault is None and found == most:
                yield _dropped(name, RepositoryFault.TOO_MANY, f"={most}. Raise max_pages of its source.")
                return VisitEnd(received_bytes=listing.received_bytes)
            if fault is None:
                found += 1
                yield FoundLink(f"https://{profile.host}/{name}", CrawlerName.GIT)
            else:
                yield _dropped(name, fault)
        return VisitEnd(is_complete=listing.is_complete, received_bytes=listing.received_bytes)


class _Listing:
    """The repositories of a profile, page by page."""

    def __init__(self, profile: Profile, api: GitApi, fetcher: Fetcher, token: SecretStr | None) -> None:
        self._profile = profile
        self._api = api
        self._fetcher = fetcher
        self._token = token
        self.received_bytes = 0
        self.is_complete = False
        """Whether the last page was reached."""

    def repositories(self) -> Iterator[Mapping[str, Any]]:
        """Yield each repository once, as the host describes it."""
        number, page = self._first_page()
        names: set[str] = set()
        for page_number in range(1, _MOST_PAGES + 1):
            listed = page if page_number == 1 else self._page(number, page_number)
            # What changes while pages are read moves to the front, so that others appear again.
            for repository in listed:
                name = _full_name(self._api, repository)
                if name not in names:
                    names.add(name)
                    yield repository
            if len(listed) < self._api.page_size:
                self.is_complete = True
                return

    def _first_page(self) -> tuple[int, list[Mapping[str, Any]]]:
        """Return the number of the owner's listing, and its first page."""
        for number in range(len(self._api.listings)):
            try:
                page = self._page(number, 1)
            except FetchError as error:
                if error.reason is FailureReason.NOT_FOUND:
                    continue
                raise
            if page:
                return number, page
        raise ListingError(
            FailureReason.NOT_FOUND,
            f"{self._profile.address} is no user or organisation with a public repository.",
            remedy="Correct the name, or give the links of the repositories.",
        )

    def _page(self, number: int, page_number: int) -> list[Mapping[str, Any]]:
        url = self._api.listing(number, self._profile.host, self._profile.owner, page_number)
        try:
            page = self._fetcher.fetch(url, accept=self._api.media_type, token=self._token)
        except FetchError as error:
            if error.reason in _REFUSED:
                raise _refused(self._api, error, has_token=self._token is not None) from error
            raise
        self.received_bytes += page.received_bytes
        return _listed(page)


def _profile(host: str, segments: tuple[str, ...]) -> Profile | None:
    is_deep = len(segments) > 1 and not GIT_HOSTS[host].has_nested_groups
    if not segments or is_deep or not all(_OWNER.fullmatch(segment) for segment in segments):
        return None
    return Profile(host, "/".join(segments))


def _before_tab(segments: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path without the page of the profile at its end; the name itself may be one of those words."""
    end = next((index for index, segment in enumerate(segments) if index and segment in _TABS), len(segments))
    return segments[:end]


def _listed(page: Page) -> list[Mapping[str, Any]]:
    try:
        listed = json.loads(page.body)
    except (ValueError, RecursionError) as error:
        raise _not_a_listing(page) from error
    if not isinstance(listed, list) or not all(isinstance(repository, dict) for repository in listed):
        raise _not_a_listing(page)
    return listed


def _full_name(api: GitApi, repository: Mapping[str, Any]) -> str:
    name = repository.get(api.full_name)
    if not isinstance(name, str) or not _FULL_NAME.fullmatch(name):
        raise ListingError(
            FailureReason.BAD_RESPONSE,
            f"{api.address} lists a repository under the name {name!r:.100}.",
            remedy="Try again later, or give the links of the repositories.",
        )
    return name


def _dropped(name: str, fault: RepositoryFault, detail: str = "") -> Dropped:
    return Dropped(item=name, reason=fault.value, detail=REPOSITORY_DETAILS[fault] + detail)


def _not_a_listing(page: Page) -> ListingError:
    return ListingError(
        FailureReason.BAD_RESPONSE,
        f"{page.url} answers with something else than a list of repositories.",
        remedy="Try again later, or give the links of the repositories.",
    )


def _refused(api: GitApi, error: FetchError, *, has_token: bool) -> FetchError:
    setting = api.token_setting
    remedy = (
        f"Check the token in {setting}, or wait an hour."
        if has_token
        else f"Wait an hour, or set {setting} to an access token of yours, with which the host answers more questions."
    )
    return FetchError(error.reason, error.problem, remedy=remedy)
