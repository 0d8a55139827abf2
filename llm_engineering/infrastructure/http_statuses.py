"""What the status of an answer and the headers beside it mean for a crawler."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from llm_engineering.application.crawl.fetching import FailureReason, FetchError
from llm_engineering.infrastructure.http_errors import TemporaryFetchError

SUCCESS: Final = range(200, 300)
NOT_MODIFIED: Final = 304
_FORBIDDEN: Final = 403
_TOO_MANY_REQUESTS: Final = 429

_REASONS: Final[Mapping[int, FailureReason]] = {
    401: FailureReason.FORBIDDEN,
    402: FailureReason.FORBIDDEN,
    _FORBIDDEN: FailureReason.FORBIDDEN,
    404: FailureReason.NOT_FOUND,
    410: FailureReason.GONE,
    451: FailureReason.FORBIDDEN,
}
_TEMPORARY_REASONS: Final[Mapping[int, FailureReason]] = {
    408: FailureReason.TIMEOUT,
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


def status_error(
    address: str, status: int, headers: Mapping[str, str], *, retry_after_seconds: float | None
) -> FetchError:
    """Return the error that a status other than success stands for; a `TemporaryFetchError` if it may pass.

    Args:
        address: What answered.
        status: The status code.
        headers: By their names in lower case.
        retry_after_seconds: What `requested_wait_seconds` says.
    """
    problem = f"{address} answers with status {status}."
    if _is_rate_limit(status, headers):
        return TemporaryFetchError(FailureReason.RATE_LIMITED, problem, retry_after_seconds=retry_after_seconds)
    if status in _TEMPORARY_REASONS:
        reason = _TEMPORARY_REASONS[status]
        return TemporaryFetchError(reason, problem, retry_after_seconds=retry_after_seconds)
    reason = _REASONS.get(status, FailureReason.HTTP_ERROR)
    return FetchError(reason, problem, remedy=_REMEDIES[reason])


def requested_wait_seconds(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how long a server asks to be left alone; None if it does not ask for it.

    It says so by Retry-After (RFC 9110, 10.2.3), or, like the API of GitHub, by the time at which its rate limit ends
    (https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api).

    Args:
        status: The status code.
        headers: By their names in lower case.
        now: The time at which it answered, with its zone.
    """
    if status not in _TEMPORARY_REASONS and not _is_rate_limit(status, headers):
        return None
    wait = asked_wait_seconds(headers.get("retry-after", "").strip(), now)
    return _seconds_to_reset(headers, now) if wait is None else wait


def _is_rate_limit(status: int, headers: Mapping[str, str]) -> bool:
    if status == _FORBIDDEN:
        return "retry-after" in headers or _is_used_up(headers)
    return status == _TOO_MANY_REQUESTS


def _is_used_up(headers: Mapping[str, str]) -> bool:
    return headers.get("x-ratelimit-remaining", "").strip() == "0"


def asked_wait_seconds(value: str, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks for, by a number or a date; None if it cannot be read."""
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (OverflowError, TypeError, ValueError):  # a year that is none; no date, or one without a time zone
        return None


def _seconds_to_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    reset = headers.get("x-ratelimit-reset", "").strip()
    if not _is_used_up(headers) or not reset.isdecimal():
        return None
    return max(0.0, float(reset) - now.timestamp())
