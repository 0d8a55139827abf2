"""The `Fetcher` for the web: asks robots.txt, follows redirects, waits when asked to, and gives up in the end."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Final

from loguru import logger

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import InvalidLinkError, web_link
from llm_engineering.application.ports import Page
from llm_engineering.infrastructure.guarded_network import deadline_in
from llm_engineering.infrastructure.http_client import (
    SUCCESS,
    Answer,
    HttpClient,
    TemporaryFetchError,
    retry_after_seconds,
)
from llm_engineering.infrastructure.robots import RobotsTxt

CRAWLER_NAME: Final = "llm-twin"
"""The name that rules in a robots.txt can address."""

_LONGEST_WAIT_SECONDS: Final = 60.0
"""A server that asks for more is left for another run."""

_REASONS: Final[Mapping[int, FailureReason]] = {
    401: FailureReason.FORBIDDEN,
    402: FailureReason.FORBIDDEN,
    403: FailureReason.FORBIDDEN,
    404: FailureReason.NOT_FOUND,
    410: FailureReason.GONE,
    451: FailureReason.FORBIDDEN,
}
_TEMPORARY_REASONS: Final[Mapping[int, FailureReason]] = {
    408: FailureReason.TIMEOUT,
    429: FailureReason.RATE_LIMITED,
    500: FailureReason.HTTP_ERROR,
    502: FailureReason.HTTP_ERROR,
    503: FailureReason.HTTP_ERROR,
    504: FailureReason.TIMEOUT,
}
_REMEDIES: Final[Mapping[FailureReason, str]] = {
    FailureReason.NOT_FOUND: "Correct the link, or remove it.",
    FailureReason.GONE: "Remove the link.",
    FailureReason.FORBIDDEN: "Pages behind a login or closed to crawlers are not read; remove the link.",
    FailureReason.HTTP_ERROR: "Open the link in a browser; if it works there, the site refuses crawlers.",
}


def user_agent(version: str) -> str:
    """Return what a version of this program says that it is."""
    return f"{CRAWLER_NAME}/{version} (+collects the writing of an author for a private index)"


class HttpFetcher:
    """Gets pages over HTTP and HTTPS.

    A page is asked for again when the server is overloaded or does not answer: after the time that it asks for, else
    after 1, 2, 4... seconds, half of that at random so that many crawlers do not come back at once.

    Args:
        client: Asks for pages.
        limits: Bytes, seconds and tries per page.
        sleep: Waits so many seconds.
    """

    def __init__(self, client: HttpClient, limits: CrawlLimits, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._limits = limits
        self._sleep = sleep
        self._robots = RobotsTxt(client, CRAWLER_NAME)

    def fetch(self, url: str) -> Page:
        """Return the page at an address.

        Raises:
            FetchError: There is no page to be had; a `TemporaryFetchError` if there may be one later.
        """
        for failed_tries in range(self._limits.page_tries - 1):
            try:
                return self._fetched_once(url)
            except TemporaryFetchError as error:
                wait = _wait_seconds(error, failed_tries)
                if wait > _LONGEST_WAIT_SECONDS:
                    raise
                logger.info("{problem} Trying again in {wait:.1f} s.", problem=error.problem, wait=wait)
                self._sleep(wait)
        return self._fetched_once(url)

    def _fetched_once(self, url: str) -> Page:
        try:
            link = web_link(url)
        except InvalidLinkError as error:
            raise FetchError(FailureReason.INVALID_LINK, error.problem, remedy=error.remedy) from error
        with deadline_in(self._limits.page_timeout_seconds):
            answer = self._client.get(link, max_bytes=self._limits.max_page_bytes, before_request=self._robots.check)
        if answer.status not in SUCCESS:
            raise _status_error(answer)
        content_type, charset = _media_type(answer.headers.get("content-type", ""))
        return Page(url=answer.link.address, content_type=content_type, body=answer.body, charset=charset)


def _status_error(answer: Answer) -> FetchError:
    problem = f"{answer.link.address} answers with status {answer.status}."
    if answer.status in _TEMPORARY_REASONS:
        reason = _TEMPORARY_REASONS[answer.status]
        return TemporaryFetchError(reason, problem, retry_after_seconds=retry_after_seconds(answer))
    reason = _REASONS.get(answer.status, FailureReason.HTTP_ERROR)
    return FetchError(reason, problem, remedy=_REMEDIES[reason])


def _wait_seconds(error: TemporaryFetchError, failed_tries: int) -> float:
    if error.retry_after_seconds is not None:
        return error.retry_after_seconds
    longest = 2.0**failed_tries
    return random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards no secret


def _media_type(content_type: str) -> tuple[str, str | None]:
    """Return the media type in lower case and the charset, of the value of a header Content-Type."""
    media_type, *parameters = content_type.split(";")
    named = dict(parameter.strip().lower().partition("=")[::2] for parameter in parameters)
    return media_type.strip().lower(), named.get("charset", "").strip("\"' ") or None
