"""The `Fetcher` for the web: asks robots.txt, follows redirects, waits when asked to, and gives up in the end."""

import random
import re
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

from loguru import logger
from pydantic import SecretStr

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import InvalidLinkError, WebLink, web_link
from llm_engineering.application.crawl.port import HTML_PAGES, NOTHING_KNOWN, Freshness, Page
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.guarded_network import deadline_in
from llm_engineering.infrastructure.http_client import HttpClient
from llm_engineering.infrastructure.http_errors import TemporaryFetchError
from llm_engineering.infrastructure.http_questions import Question
from llm_engineering.infrastructure.http_statuses import SUCCESS, status_error
from llm_engineering.infrastructure.robots import RobotsTxt

CRAWLER_NAME: Final = "llm-twin"
"""The name that rules in a robots.txt can address."""
_PURPOSE: Final = "collects the writing of an author for a private index"
_CONTACT: Final = re.compile(r"(https?://|[\w.%+-]+@)[\w.-]+(:\d+)?(/[\w./~?=&%#+-]*)?", re.ASCII)


def user_agent(version: str, contact: str | None = None) -> str:
    """Return what a version of this program says that it is.

    Args:
        version: The version of this program.
        contact: Where the owner of a site can complain: a web address or an e-mail address.

    Raises:
        InvalidContactError: It is none of these.
    """
    if contact is None:
        return f"{CRAWLER_NAME}/{version} (+{_PURPOSE})"
    if not _CONTACT.fullmatch(contact):
        raise InvalidContactError(contact)
    return f"{CRAWLER_NAME}/{version} (+{contact}; {_PURPOSE})"


class InvalidContactError(InvalidInputError):
    """Nobody can be reached at what was given as a contact."""

    def __init__(self, contact: str) -> None:
        super().__init__(
            f"The contact {contact[:100]!r} is neither a web address nor an e-mail address.",
            remedy="Write one like https://example.org/crawler or ada@example.org, without brackets and semicolons.",
        )
        self.contact = contact


class HttpFetcher:
    """Gets pages, feeds and what else is read over HTTP and HTTPS; a body that is a gzip file stays one.

    A page is asked for again when the server is overloaded or does not answer: after the time that it asks for, else
    after 1, 2, 4... seconds, half of that at random so that many crawlers do not come back at once.

    May be used by several threads at once. The client's pace holds for every request: for robots.txt, for the hosts
    that are redirected to, and for each further try. The waiting for it does not count for the time of a page.

    Args:
        client: Asks for pages.
        limits: Bytes, seconds and tries per page, and the longest Crawl-delay that is obeyed.
        sleep: Waits so many seconds.
        asks_robots: Whether robots.txt is kept to. It is not for interfaces that are meant for programs, from which
            robots.txt keeps search engines out.
    """

    def __init__(
        self,
        client: HttpClient,
        limits: CrawlLimits,
        sleep: Callable[[float], None] = time.sleep,
        *,
        asks_robots: bool = True,
    ) -> None:
        self._client = client
        self._limits = limits
        self._sleep = sleep
        robots = RobotsTxt(
            client,
            CRAWLER_NAME,
            timeout_seconds=limits.page_timeout_seconds,
            max_delay_seconds=limits.max_crawl_delay_seconds,
        )
        self._before_request = robots.check if asks_robots else _allowed
        self._retries = 0
        self._lock = Lock()

    @property
    def retries(self) -> int:
        """How many times pages have been asked for again so far."""
        return self._retries

    def fetch(
        self, url: str, *, known: Freshness = NOTHING_KNOWN, accept: str = HTML_PAGES, token: SecretStr | None = None
    ) -> Page:
        """Return the page at an address.

        Raises:
            FetchError: There is no page to be had; a `TemporaryFetchError` if there may be one later.
        """
        question = Question(_asked_for(url), known, accept, token)
        for failed_tries in range(self._limits.page_tries - 1):
            try:
                return self._page(question)
            except TemporaryFetchError as error:
                if (error.retry_after_seconds or 0) > self._client.pace.longest_wait_seconds:
                    raise
                self._wait(error, failed_tries)
        return self._page(question)

    def _wait(self, error: TemporaryFetchError, failed_tries: int) -> None:
        with self._lock:
            self._retries += 1
        if error.retry_after_seconds:
            logger.debug("{problem} Trying again when the host may be asked again.", problem=error.problem)
            return  # the host rests, and the next try waits for its turn like all others
        longest = min(2.0**failed_tries, self._client.pace.longest_wait_seconds)
        wait = random.uniform(longest / 2, longest)  # noqa: S311 - spreads load, guards no secret
        logger.debug("{problem} Trying again in {wait:.1f} s.", problem=error.problem, wait=wait)
        self._sleep(wait)

    def _page(self, question: Question) -> Page:
        with deadline_in(self._limits.page_timeout_seconds):
            answer = self._client.get(
                question.link,
                max_bytes=self._limits.max_page_bytes,
                headers=question.headers,
                before_request=self._before_request,
            )
        is_unchanged = question.is_answered_by(answer)
        address = answer.link.address
        if answer.status not in SUCCESS and not is_unchanged:
            wait = answer.retry_after_seconds
            raise status_error(address, answer.status, answer.headers, retry_after_seconds=wait)
        content_type, charset = _media_type(answer.headers.get("content-type", ""))
        return Page(
            url=address,
            content_type=content_type,
            body=answer.body,
            charset=charset,
            freshness=question.freshness(answer),
            is_unchanged=is_unchanged,
            received_bytes=answer.received_bytes,
        )


def _allowed(link: WebLink) -> None:
    """Let every request pass."""


def _nothing_asked(_link: WebLink) -> None:
    """Let every address pass."""


def _asked_for(url: str) -> WebLink:
    try:
        return web_link(url)
    except InvalidLinkError as error:
        raise FetchError(FailureReason.INVALID_LINK, error.problem, remedy=error.remedy) from error


def _media_type(content_type: str) -> tuple[str, str | None]:
    """Return the media type in lower case and the charset, of the value of a header Content-Type."""
    media_type, *parameters = content_type.split(";")
    named = dict(parameter.strip().lower().partition("=")[::2] for parameter in parameters)
    return media_type.strip().lower(), named.get("charset", "").strip("\"' ") or None
