"""When a page that is not there any more counts as gone.

A site that is being moved answers "not found" for an hour, and one that is broken answers it for everything. So the
same answer has to come in two crawls that lie some time apart, while the site answers otherwise. Only status 410, by
which a server says that it knows of the removal, is believed at once. Local files are never gone because their folder
is not there: a disk may not be mounted.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.link_states import LinkState
from llm_engineering.application.crawl.links import WebLink, parse_link
from llm_engineering.application.crawl.report import LinkOutcome, LinkStatus

_ANSWERED = frozenset({LinkStatus.STORED, LinkStatus.UNCHANGED, LinkStatus.LISTED})


def confirmed_gone(
    missing: Sequence[LinkState],
    outcomes: Iterable[LinkOutcome],
    crawl_started_at: datetime,
    limits: CrawlLimits,
    is_up: Callable[[WebLink], bool],
) -> list[LinkState]:
    """Return the links that are gone.

    Args:
        missing: Links that were there once, and of which this crawl was told that they are not there.
        outcomes: How all links of this crawl ended.
        crawl_started_at: What was missing before has been missing in an earlier crawl.
        limits: Says how far apart the two crawls have to be.
        is_up: Whether the site of an address answers at all; asked only where no other link of the host shows it.
    """
    answering = {outcome.domain for outcome in outcomes if outcome.status in _ANSWERED}
    gone = []
    for state in missing:
        link = parse_link(state.address)
        if not isinstance(link, WebLink) or not _is_confirmed(state, crawl_started_at, limits):
            continue
        if link.host in answering or is_up(link):
            answering.add(link.host)
            gone.append(state)
    return gone


def _is_confirmed(state: LinkState, crawl_started_at: datetime, limits: CrawlLimits) -> bool:
    if state.outcome and state.outcome.reason is FailureReason.GONE:
        return True
    wait = timedelta(hours=limits.gone_after_hours)
    return state.missing_since is not None and state.missing_since + wait <= crawl_started_at
