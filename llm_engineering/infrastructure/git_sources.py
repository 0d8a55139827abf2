"""Where git is to copy a repository from, found out without git and vetted."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from loguru import logger

from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError, RepositoryError
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import Link, LocalLink, SshLink, WebLink, web_link, without_credentials
from llm_engineering.infrastructure.address_guard import AddressGuard
from llm_engineering.infrastructure.guarded_network import deadline_in
from llm_engineering.infrastructure.http_client import Answer, HttpClient
from llm_engineering.infrastructure.http_errors import TemporaryFetchError
from llm_engineering.infrastructure.http_statuses import SUCCESS, status_error

_SSH_PORT: Final = 22
_ABSENT: Final = frozenset({401, 403, 404, 410})
"""Hosting services answer one of these for a private repository as for one that does not exist."""
_ADVERTISEMENT: Final = "/info/refs?service=git-upload-pack"
_ADVERTISEMENT_TYPE: Final = "application/x-git-upload-pack-advertisement"
"""What a repository answers: https://git-scm.com/docs/http-protocol."""


@dataclass(frozen=True, slots=True)
class GitSource:
    """What git is told about where a repository comes from."""

    address: str
    protocol: str
    """The one that git may connect with, in git's words."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """git's configuration for it."""


class GitSources:
    """Finds out where links to repositories lead; may be used by several threads at once.

    Over HTTP the address is asked for first, without git: that finds out where it redirects to, step by step under the
    guard, and whether there is a repository. A server that is overloaded or does not answer is asked again, after the
    time that it names, else after about 1, 2, 4... seconds.

    Args:
        guard: Says which hosts may be connected to.
        client: Asks for addresses over HTTP.
        limits: Seconds and tries per question.
        sleep: Waits so many seconds.
    """

    def __init__(
        self, guard: AddressGuard, client: HttpClient, limits: CrawlLimits, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._guard = guard
        self._client = client
        self._limits = limits
        self._sleep = sleep

    def source(self, link: Link) -> GitSource:
        """Return where git is to copy the repository at a link from.

        Raises:
            RepositoryError: There is no repository.
            FetchError: The host is not allowed, unknown, or does not answer.
        """
        if isinstance(link, LocalLink):
            return _local_source(link)
        if isinstance(link, SshLink):
            self._guard.vetted_addresses(link.host, link.port, ports={_SSH_PORT})
            return GitSource(link.address, protocol="ssh")
        return self._web_source(link)

    def _web_source(self, link: WebLink) -> GitSource:
        answer = self._answer(link)
        address = answer.link.address.removesuffix(_ADVERTISEMENT)
        if answer.headers.get("content-type") != _ADVERTISEMENT_TYPE or address == answer.link.address:
            raise no_repository(link)
        return GitSource(address, protocol=answer.link.scheme, settings=self._pinned(answer.link))

    def _answer(self, link: WebLink) -> Answer:
        for failed_tries in range(self._limits.page_tries - 1):
            try:
                return self._answer_once(link)
            except TemporaryFetchError as error:
                if (error.retry_after_seconds or 0.0) > self._client.pace.longest_wait_seconds:
                    raise
                logger.info("{problem} Trying again.", problem=error.problem)
                if error.retry_after_seconds is None:  # else the client waits
                    self._sleep(2.0**failed_tries * random.uniform(0.5, 1))  # noqa: S311 - spreads load, guards no secret
        return self._answer_once(link)

    def _answer_once(self, link: WebLink) -> Answer:
        question = web_link(f"{link.address.rstrip('/')}{_ADVERTISEMENT}")
        with deadline_in(self._limits.page_timeout_seconds):
            answer = self._client.get(question, max_bytes=1, is_cut=True)
        if answer.status not in SUCCESS:
            raise _status_error(link, answer)
        return answer

    def _pinned(self, link: WebLink) -> dict[str, str]:
        """Return the setting by which git connects to the addresses that were vetted."""
        addresses = self._guard.vetted_addresses(link.host, link.port)
        if link.host in addresses:
            return {}
        listed = ",".join(f"[{address}]" if ":" in address else address for address in addresses)
        return {"http.curloptResolve": f"{link.host}:{link.port}:{listed}"}


def no_repository(link: Link) -> RepositoryError:
    """Return the error that says that there is something else than a repository at a link."""
    return RepositoryError(
        FailureReason.NOT_A_REPOSITORY,
        f"There is no git repository at {without_credentials(link.address)}.",
        remedy="Give the address that git clone takes, or the top folder of a local repository.",
    )


def _local_source(link: LocalLink) -> GitSource:
    if not link.path.exists():
        raise RepositoryError(
            FailureReason.NOT_FOUND,
            f"There is no folder {str(link.path)!r}.",
            remedy="Correct the path; a relative one starts from the working directory.",
        )
    if not link.path.is_dir():
        raise no_repository(link)
    return GitSource(link.address, protocol="file")


def _status_error(link: WebLink, answer: Answer) -> LinkFailedError:
    error = status_error(link.address, answer.status, answer.headers, retry_after_seconds=answer.retry_after_seconds)
    if isinstance(error, TemporaryFetchError) or answer.status not in _ABSENT:
        return error
    return RepositoryError(
        FailureReason.NOT_FOUND,
        f"There is no public repository at {link.address} (status {answer.status}).",
        remedy="Correct the link; a private repository can be read over SSH, as git@host:owner/name.git.",
    )
