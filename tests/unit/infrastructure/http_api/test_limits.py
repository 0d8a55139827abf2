import pytest

from llm_engineering.infrastructure.http_api.limits import InvalidRateError, ServiceLimits, rates_of


def test_rates_are_read() -> None:
    assert [(rate.amount, rate.get_expiry()) for rate in rates_of("10/second; 300/hour")] == [(10, 1), (300, 3600)]


def test_none_is_no_limit() -> None:
    assert rates_of(" None ") == ()


@pytest.mark.parametrize("rate", ["", "fast", "10", "0/minute", "-1/minute", "10/fortnight"])
def test_what_is_no_rate_is_refused(rate: str) -> None:
    with pytest.raises(InvalidRateError, match="SERVICE_RATE_LIMIT"):
        rates_of(rate)


@pytest.mark.parametrize(("deadline", "wait"), [(60.0, 2), (1.0, 1), (3600.0, 120)])
def test_who_is_turned_away_waits_for_a_share_of_the_deadline(deadline: float, wait: int) -> None:
    assert ServiceLimits(deadline_seconds=deadline).retry_after_seconds == wait
