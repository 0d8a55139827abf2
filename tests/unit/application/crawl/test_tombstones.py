from datetime import UTC, datetime, timedelta

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.link_states import LinkState
from llm_engineering.application.crawl.report import LinkOutcome, LinkStatus
from llm_engineering.application.crawl.tombstones import confirmed_gone

NOON = datetime(2024, 5, 2, 12, tzinfo=UTC)
LIMITS = CrawlLimits(gone_after_hours=24)
OTHER_PAGE = LinkOutcome(link="https://ada.dev/other", domain="ada.dev", status=LinkStatus.UNCHANGED)


def missing(
    *, since: datetime, reason: FailureReason = FailureReason.NOT_FOUND, address: str = "https://ada.dev/one"
) -> LinkState:
    outcome = LinkOutcome(link=address, domain="ada.dev", status=LinkStatus.FAILED, reason=reason)
    return LinkState(
        id="1",
        author_id="ada",
        address=address,
        source=address,
        crawl="second",
        outcome=outcome,
        read_at=NOON - timedelta(days=9),
        missing_since=since,
    )


def gone(state: LinkState, *outcomes: LinkOutcome, is_up: bool = False) -> list[LinkState]:
    return confirmed_gone([state], outcomes, NOON, LIMITS, lambda _: is_up)


def test_what_two_crawls_a_day_apart_did_not_find_is_gone() -> None:
    state = missing(since=NOON - timedelta(hours=24))

    assert gone(state, OTHER_PAGE) == [state]


@pytest.mark.parametrize("since", [NOON - timedelta(hours=23), NOON + timedelta(minutes=1)])
def test_what_is_missing_for_less_than_a_day_may_come_back(since: datetime) -> None:
    assert gone(missing(since=since), OTHER_PAGE) == []


def test_a_server_that_says_so_is_believed_at_once() -> None:
    state = missing(since=NOON + timedelta(minutes=1), reason=FailureReason.GONE)

    assert gone(state, OTHER_PAGE) == [state]


def test_nothing_is_gone_while_the_whole_site_answers_nothing_else() -> None:
    failed = OTHER_PAGE.model_copy(update={"status": LinkStatus.FAILED, "reason": FailureReason.NOT_FOUND})

    assert gone(missing(since=NOON - timedelta(days=3)), failed) == []


def test_a_site_of_one_page_is_asked_whether_it_is_up() -> None:
    state = missing(since=NOON - timedelta(days=3))

    assert gone(state, is_up=True) == [state]


def test_another_host_says_nothing_about_this_one() -> None:
    elsewhere = OTHER_PAGE.model_copy(update={"domain": "bob.dev"})

    assert gone(missing(since=NOON - timedelta(days=3)), elsewhere) == []


def test_local_files_are_not_gone_because_their_folder_is_not_there() -> None:
    state = missing(since=NOON - timedelta(days=3), address="file:///media/disk/notes")

    assert gone(state, OTHER_PAGE, is_up=True) == []
