"""How hosting services list the public repositories of a user or an organisation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote


class RepositoryFault(StrEnum):
    """Why a repository of a profile is left out. The values are stored and counted: do not rename them."""

    FORK = "fork"
    PRIVATE = "private"
    DISABLED = "disabled"
    EMPTY = "empty_repository"
    EXCLUDED = "excluded"
    TOO_MANY = "too_many_repositories"


REPOSITORY_DETAILS: Final[Mapping[RepositoryFault, str]] = {
    RepositoryFault.FORK: "It is a copy of somebody else's repository; give its own link to read it all the same.",
    RepositoryFault.PRIVATE: "It is not public; give its SSH address to read it with your key.",
    RepositoryFault.DISABLED: "Its host has closed it, or its owner has switched its files off.",
    RepositoryFault.EMPTY: "There is nothing in it yet.",
    RepositoryFault.EXCLUDED: "The patterns include and exclude of the source leave it out.",
    RepositoryFault.TOO_MANY: "This repository and those after it are left out: the profile has more than max_pages",
}
"""What is said about a repository that is left out."""


@dataclass(frozen=True, slots=True)
class GitApi:
    """One kind of programming interface; several hosts may have it."""

    address: str
    """Address of the interface, with `{host}` where the name of the host belongs."""
    listings: tuple[str, ...]
    """Addresses of listings below it, with `{owner}` and `{page}`: the first one that is found is the owner's."""
    page_size: int
    """Repositories on each page but the last."""
    media_type: str
    full_name: str
    """Field with the path of the repository on its host."""
    faults: tuple[tuple[RepositoryFault, Callable[[Mapping[str, Any]], bool]], ...]
    """What a listed repository is left out for; the first fault that holds decides."""
    token_setting: str
    """Name of the setting with the token for it."""

    def listing(self, number: int, host: str, owner: str, page: int) -> str:
        """Return the address of a page of one of the listings; pages are counted from 1."""
        path = self.listings[number].format(owner=quote(owner, safe=""), page=page)
        return self.address.format(host=host) + path

    def fault(self, repository: Mapping[str, Any]) -> RepositoryFault | None:
        """Return why a repository is left out; None if it is to be read."""
        return next((fault for fault, holds_for in self.faults if holds_for(repository)), None)


_GITHUB: Final = GitApi(
    address="https://api.github.com",
    listings=("/users/{owner}/repos?type=owner&sort=pushed&per_page=100&page={page}",),
    page_size=100,
    media_type="application/vnd.github+json",
    full_name="full_name",
    faults=(
        (RepositoryFault.PRIVATE, lambda repository: repository.get("private") is True),
        (RepositoryFault.FORK, lambda repository: repository.get("fork") is True),
        (RepositoryFault.DISABLED, lambda repository: repository.get("disabled") is True),
    ),
    token_setting="GITHUB_TOKEN",  # noqa: S106 - the name of a setting
)
"""https://docs.github.com/en/rest/repos/repos#list-repositories-for-a-user, which lists those of organisations too.

The field `size` is no sign of an empty repository: it is 0 for small and for new ones.
"""
_GITLAB_OPTIONS: Final = "order_by=last_activity_at&per_page=100&page={page}"
_GITLAB: Final = GitApi(
    address="https://{host}/api/v4",
    listings=(
        f"/users/{{owner}}/projects?{_GITLAB_OPTIONS}",
        f"/groups/{{owner}}/projects?include_subgroups=true&with_shared=false&{_GITLAB_OPTIONS}",
    ),
    page_size=100,
    media_type="application/json",
    full_name="path_with_namespace",
    faults=(
        (RepositoryFault.PRIVATE, lambda repository: repository.get("visibility", "public") != "public"),
        (RepositoryFault.FORK, lambda repository: repository.get("forked_from_project") is not None),
        (
            RepositoryFault.DISABLED,
            lambda repository: repository.get("repository_access_level") in {"disabled", "private"},
        ),
        (RepositoryFault.EMPTY, lambda repository: repository.get("empty_repo") is True),
    ),
    token_setting="GITLAB_TOKEN",  # noqa: S106 - the name of a setting
)
"""https://docs.gitlab.com/api/projects/#list-all-personal-projects-for-a-user and
https://docs.gitlab.com/api/groups/#list-projects; a user and a group never have the same name."""
_FORGEJO: Final = GitApi(
    address="https://{host}/api/v1",
    listings=("/users/{owner}/repos?limit=50&page={page}", "/orgs/{owner}/repos?limit=50&page={page}"),
    page_size=50,
    media_type="application/json",
    full_name="full_name",
    faults=(
        (RepositoryFault.PRIVATE, lambda repository: repository.get("private") is True),
        (RepositoryFault.FORK, lambda repository: repository.get("fork") is True),
        (RepositoryFault.DISABLED, lambda repository: repository.get("has_code") is False),
        (RepositoryFault.EMPTY, lambda repository: repository.get("empty") is True),
    ),
    token_setting="CODEBERG_TOKEN",  # noqa: S106 - the name of a setting
)
"""https://forgejo.org/docs/latest/user/api-usage/; Gitea's is the same. 50 is the most that it gives unless a host is
set otherwise (`MAX_RESPONSE_ITEMS`)."""

GIT_APIS: Final[Mapping[str, GitApi]] = {"github.com": _GITHUB, "gitlab.com": _GITLAB, "codeberg.org": _FORGEJO}
"""Hosts whose profiles can be read, and how. Another host is one row here and one in `GIT_HOSTS`."""
