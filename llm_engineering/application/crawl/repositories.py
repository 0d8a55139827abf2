"""Which links are git repositories, and where a reader can open their files."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from llm_engineering.application.crawl.links import Link, LocalLink, SshLink, WebLink, web_link

_SUFFIX: Final = ".git"


@dataclass(frozen=True, slots=True)
class GitHost:
    """How a hosting service addresses repositories and the files in them."""

    file_path: str
    """What follows the address of a repository: the file as it is on the default branch."""
    has_nested_groups: bool = False
    """Whether a repository may lie deeper than owner/name."""
    pages: frozenset[str] = frozenset()
    """First parts of paths that are the service's own pages, not owners."""
    name: re.Pattern[str] = re.compile(r".+")
    """What the names of repositories look like."""


GIT_HOSTS: Final[Mapping[str, GitHost]] = {
    "github.com": GitHost(
        file_path="/blob/HEAD/{path}",
        pages=frozenset({
            "about", "apps", "collections", "customer-stories", "enterprise", "events", "explore", "features",
            "issues", "join", "login", "marketplace", "new", "notifications", "orgs", "organizations", "pricing",
            "pulls", "resources", "search", "security", "settings", "signup", "site", "solutions", "sponsors", "stars",
            "team", "topics", "trending", "users",
        }),
    ),
    # A snippet is a repository of its own: https://docs.github.com/en/get-started/writing-on-github/editing-and-sharing-content-with-gists
    "gist.github.com": GitHost(file_path="#{path}", name=re.compile(r"[0-9a-f]{5,40}")),
    "gitlab.com": GitHost(
        file_path="/-/blob/HEAD/{path}",
        has_nested_groups=True,
        pages=frozenset({"admin", "dashboard", "explore", "groups", "help", "profile", "search", "users"}),
    ),
    "bitbucket.org": GitHost(file_path="/src/HEAD/{path}", pages=frozenset({"account", "product", "repo"})),
    "codeberg.org": GitHost(file_path="/src/branch/HEAD/{path}", pages=frozenset({"explore", "org", "user"})),
}  # fmt: skip
"""Services whose repositories are known by their web address; on any other host the address has to end in .git.

Bitbucket and Forgejo (Codeberg; https://github.com/go-gitea/gitea/pull/27384) resolve HEAD to the default branch as
GitHub and GitLab do.
"""


@dataclass(frozen=True, slots=True)
class Repository:
    """Where a repository is, for git and for readers."""

    source: Link
    """What git copies it from."""
    platform: str
    """Host name, or "local"."""
    full_name: str
    """Path on its host without ".git", e.g. "owner/name"; of a local one the name of its folder."""
    address: str
    """Its page where its host is known, else the address of its source."""
    file_address: str
    """Address of a file, with `{path}` where its path belongs. It stays the same from commit to commit."""

    @property
    def name(self) -> str:
        """The last part of the full name."""
        return self.full_name.rpartition("/")[2]

    def link_to(self, path: str) -> str:
        """Return the address of the file at a path inside the repository."""
        return self.file_address.replace("{path}", quote(path))


def repository_at(link: Link) -> Repository | None:
    """Return the repository that a link leads to; None if it leads to something else, such as a page about one.

    Every SSH address counts as a repository. A folder is one if git keeps its data there: in `.git`, which is a file
    in a worktree, or in the folder itself, as in a bare repository.
    """
    if isinstance(link, LocalLink):
        return _local(link) if _is_local_repository(link.path) else None
    if isinstance(link, WebLink):
        return _on_the_web(link)
    return _hosted(link, link.path.rstrip("/"))


def _is_local_repository(folder: Path) -> bool:
    """Whether git would find a repository in a folder: https://git-scm.com/docs/gitrepository-layout."""
    try:
        return (folder / _SUFFIX).exists() or all((folder / name).exists() for name in ("HEAD", "objects", "refs"))
    except OSError:  # it may not be looked into, or no path can be so long: what reads files says so
        return False


def _local(link: LocalLink) -> Repository:
    return Repository(
        source=link,
        platform="local",
        full_name=link.path.name.removesuffix(_SUFFIX) or link.path.anchor,
        address=link.address,
        file_address=f"{link.address.rstrip('/')}/{{path}}",
    )


def _on_the_web(link: WebLink) -> Repository | None:
    path = "/".join(link.segments)
    host = GIT_HOSTS.get(link.host.removeprefix("www."))
    if "?" in link.target or not (_is_repository(link.segments, host) if host else path.endswith(_SUFFIX)):
        return None
    return _hosted(link, path)


def _is_repository(segments: tuple[str, ...], host: GitHost) -> bool:
    """Whether a path on a known host is a repository, not a page of one or of the service."""
    if len(segments) < 2 or segments[0] in host.pages:  # noqa: PLR2004 - owner and name
        return False
    is_deep_enough = "-" not in segments if host.has_nested_groups else len(segments) == 2  # noqa: PLR2004
    return is_deep_enough and host.name.fullmatch(segments[-1].removesuffix(_SUFFIX)) is not None


def _hosted(link: WebLink | SshLink, path: str) -> Repository:
    full_name = path.removesuffix(_SUFFIX)
    host_name = link.host.removeprefix("www.")
    host = GIT_HOSTS.get(host_name)
    if host is None:
        return Repository(
            source=link,
            platform=link.host,
            full_name=full_name,
            address=link.address,
            file_address=f"{link.address}#{{path}}",
        )
    address = f"https://{host_name}/{full_name}"
    return Repository(
        source=link if isinstance(link, SshLink) else web_link(f"{address}{_SUFFIX}"),
        platform=host_name,
        full_name=full_name,
        address=address,
        file_address=address + host.file_path,
    )
