from datetime import UTC, datetime

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.infrastructure.http_errors import TemporaryFetchError
from llm_engineering.infrastructure.http_statuses import requested_wait_seconds, status_error

NOW = datetime(2026, 11, 2, 8, 0, 0, tzinfo=UTC)
EPOCH = 1_793_606_400  # of NOW: date --date '2026-11-02 08:00 UTC' +%s


class TestRequestedWait:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("7", 7),
            (" 120 ", 120),
            ("0", 0),
            ("Mon, 02 Nov 2026 08:01:30 GMT", 90),
            ("Mon, 02 Nov 2026 07:00:00 GMT", 0),
        ],
    )
    @pytest.mark.parametrize("status", [403, 408, 429, 500, 503])
    def test_it_is_said_in_seconds_or_as_a_date(self, status: int, value: str, seconds: float) -> None:
        assert requested_wait_seconds(status, {"retry-after": value}, NOW) == seconds

    @pytest.mark.parametrize(
        "value",
        ["", "soon", "-5", "1.5", "Mon, 02 Nov 2026 08:01:30 -0000", "Mon, 02 Nov 99999999999999999999 08:00:00 GMT"],
    )
    def test_what_is_no_time_asks_for_nothing(self, value: str) -> None:
        assert requested_wait_seconds(429, {"retry-after": value}, NOW) is None

    @pytest.mark.parametrize("status", [200, 301, 304, 404, 410])
    def test_other_statuses_ask_for_nothing(self, status: int) -> None:
        assert requested_wait_seconds(status, {"retry-after": "7"}, NOW) is None

    @pytest.mark.parametrize("status", [403, 429])
    def test_a_rate_limit_ends_at_a_time(self, status: int) -> None:
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH + 45)}

        assert requested_wait_seconds(status, headers, NOW) == 45

    def test_the_clocks_of_others_may_go_wrong(self) -> None:
        headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH - 45)}

        assert requested_wait_seconds(403, headers, NOW) == 0

    def test_retry_after_comes_before_the_end_of_the_limit(self) -> None:
        headers = {"retry-after": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(EPOCH + 45)}

        assert requested_wait_seconds(429, headers, NOW) == 5

    def test_a_limit_that_is_not_used_up_asks_for_nothing(self) -> None:
        headers = {"x-ratelimit-remaining": "12", "x-ratelimit-reset": str(EPOCH + 45)}

        assert requested_wait_seconds(403, headers, NOW) is None


class TestStatusError:
    @pytest.mark.parametrize(
        ("status", "headers", "reason"),
        [
            (408, {}, FailureReason.TIMEOUT),
            (429, {}, FailureReason.RATE_LIMITED),
            (403, {"x-ratelimit-remaining": "0"}, FailureReason.RATE_LIMITED),
            (403, {"retry-after": "60"}, FailureReason.RATE_LIMITED),
            (500, {}, FailureReason.HTTP_ERROR),
            (503, {}, FailureReason.HTTP_ERROR),
            (504, {}, FailureReason.TIMEOUT),
        ],
    )
    def test_what_may_pass(self, status: int, headers: dict[str, str], reason: FailureReason) -> None:
        error = status_error("https://ada.dev/a", status, headers, retry_after_seconds=60)

        assert isinstance(error, TemporaryFetchError)
        assert (error.reason, error.retry_after_seconds) == (reason, 60)
        assert error.problem == f"https://ada.dev/a answers with status {status}."

    @pytest.mark.parametrize(
        ("status", "reason"),
        [(304, "http_error"), (400, "http_error"), (403, "forbidden"), (404, "not_found"), (410, "gone")],
    )
    def test_what_is_final(self, status: int, reason: str) -> None:
        error = status_error("https://ada.dev/a", status, {}, retry_after_seconds=None)

        assert not isinstance(error, TemporaryFetchError)
        assert error.reason == reason
