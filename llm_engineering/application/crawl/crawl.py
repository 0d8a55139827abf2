"""Crawls an author's sources into the document store."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from loguru import logger

from llm_engineering.application.crawl.dispatcher import Dispatcher
from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError
from llm_engineering.application.crawl.host_queues import HostQueues
from llm_engineering.application.crawl.intake import Intake
from llm_engineering.application.crawl.ledger import Ledger
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.link_states import CrawlRecord, LinkState, finish_crawl, opened_crawl
from llm_engineering.application.crawl.links import InvalidLinkError, Link, LocalLink, WebLink, parse_link, web_link
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.report import CrawlReport, LinkOutcome, LinkStatus
from llm_engineering.application.crawl.sources import Source, normalised
from llm_engineering.application.crawl.stored_links import StoredLinks
from llm_engineering.application.crawl.tombstones import confirmed_gone
from llm_engineering.application.crawl.visitors import Piece, Task, Visitors
from llm_engineering.application.crawl.visits import FoundLink, Visit, VisitEnd
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.forgotten import Forgotten
from llm_engineering.domain.authors import Author
from llm_engineering.domain.errors import RetryableError
from llm_engineering.domain.outcomes import Dropped


@dataclass(frozen=True, slots=True)
class CrawlProgress:
    """How far a crawl is."""

    visited: int
    waiting: int
    """Links that wait or are under way; more may be found."""
    received_bytes: int
    failed: int


@dataclass(frozen=True, slots=True)
class CrawlParts:
    """What a crawl works with."""

    store: DocumentStore
    crawlers: Dispatcher
    clock: Callable[[], datetime]
    """Returns the time (UTC)."""
    is_up: Callable[[WebLink], bool]
    """Whether the site of an address answers at all."""
    forgotten: Forgotten
    """What must not be collected again."""
    received_bytes: Callable[[], int]
    """Returns how many bytes have come over the network so far, those of visits that failed included."""


def crawl_sources(
    sources: Sequence[Source],
    author: Author,
    parts: CrawlParts,
    limits: CrawlLimits,
    on_progress: Callable[[CrawlProgress], None] = lambda _progress: None,
) -> CrawlReport:
    """Crawl an author's sources, and what they lead to, and return how each link ended.

    Links are visited by several threads, hosts in turns. Each finished visit is stored at once: a crawl that is
    killed, or that has spent its pages or bytes, is resumed by the next call with the same sources, and no link that
    was done is visited again. A document whose content hash equals the stored one is not written; of one that
    changed, the old version is kept. A link that fails does not stop the others. Documents of pages that are gone
    are marked as gone (see `tombstones`).

    Args:
        sources: Where the author writes; one that comes again is read once.
        author: Whose writing it is.
        parts: What the crawl works with.
        limits: Caps on pages, bytes and times.
        on_progress: Called after each visit.

    Raises:
        StoreUnavailableError: The store could not be reached; what was written stays.
        StoreReadOnlyError: The store may not be written.
        StoredObjectInvalidError: A stored object that is needed is not valid.
    """
    different, duplicates = _by_address(sources)
    record = opened_crawl(parts.store, author.id, list(different), parts.clock(), limits.resume_within_hours)
    crawl = _Crawl(different, author, parts, limits, record)
    crawl.run(on_progress)
    return crawl.report(duplicates)


class _Crawl:
    """One run of a crawl."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        author: Author,
        parts: CrawlParts,
        limits: CrawlLimits,
        record: CrawlRecord,
    ) -> None:
        self._sources = sources
        self._author = author
        self._parts = parts
        self._limits = limits
        self._record = record
        self._ledger = Ledger(parts.store, record, sources, limits)
        self._stored = StoredLinks(parts.store, author.id)
        self._intake = Intake(parts.store, self._stored, parts.forgotten, parts.clock)
        self._queues: HostQueues[Task] = HostQueues(limits.requests_per_host)
        self._outcomes: dict[str, LinkOutcome] = {}
        self._dropped: list[Dropped] = []
        self._failures_in_a_row: Counter[str] = Counter()
        self._begun = 0
        self._failed = 0
        self._resumed = 0

    def run(self, on_progress: Callable[[CrawlProgress], None]) -> None:
        """Visit every link that waits, then decide on those that were not found."""
        waiting, done = self._ledger.opened()
        self._outcomes = {outcome.link: outcome for outcome in done}
        self._resumed = len(done)
        self._failed = sum(outcome.status is LinkStatus.FAILED for outcome in done)
        if done:
            logger.info("{count} links were done before the crawl was interrupted", count=len(done))
        self._queue(waiting)
        with closing(Visitors(self._parts.crawlers, self._limits.concurrency)) as visitors:
            self._begin(visitors)
            while self._queues.active:
                for piece in visitors.pieces():
                    self._take(piece)
                self._begin(visitors)
                on_progress(self._progress())
        unvisited = self._queues.drained()
        self._outcomes |= {task.visit.link.address: _outcome(task, LinkStatus.DEFERRED) for task in unvisited}
        self._mark_gone()
        if not any(outcome.status is LinkStatus.DEFERRED for outcome in self._outcomes.values()):
            finish_crawl(self._parts.store, self._record, self._parts.clock())

    def report(self, duplicates: Sequence[str]) -> CrawlReport:
        """Return how every link ended."""
        return CrawlReport(
            outcomes=tuple(self._outcomes.values()),
            duplicates=tuple(duplicates),
            dropped=tuple(self._dropped),
            resumed=self._resumed,
        )

    def _queue(self, states: Sequence[LinkState]) -> None:
        for state in states:
            link = parse_link(state.address)
            source = self._sources[state.source]
            known = self._ledger.known(state, self._stored.live_documents(state.address))
            task = Task(Visit(link, self._author, source, known), state.crawler)
            if self._is_forgotten(state):
                self._outcomes[state.address] = _outcome(task, LinkStatus.FORGOTTEN)
            else:
                self._queues.add(_domain(link), task)

    def _is_forgotten(self, state: LinkState) -> bool:
        forgotten, author = self._parts.forgotten, self._author.full_name
        return forgotten.covers(state.address, author) or forgotten.covers_source(state.source)

    def _begin(self, visitors: Visitors) -> None:
        """Begin visits until every thread is busy, no host is free, or the run has spent its pages or bytes."""
        while self._queues.active < self._limits.concurrency and not self._is_spent():
            task = self._queues.started()
            if task is None:
                return
            self._begun += 1
            visitors.begin(task)

    def _is_spent(self) -> bool:
        return self._begun >= self._limits.max_pages or self._received_bytes >= self._limits.max_bytes

    @property
    def _received_bytes(self) -> int:
        # What git copies is known to its visits only, what failed visits received to the client only.
        return max(self._intake.received_bytes, self._parts.received_bytes())

    def _take(self, piece: Piece) -> None:
        """Store what was read, let what was found wait, and take note of the end of the visit, in this order."""
        address = piece.task.visit.link.address
        self._dropped += self._intake.taken(piece)
        found = [item for item in piece.items if isinstance(item, FoundLink)]
        if found:
            links, unusable = _addresses(found)
            self._dropped += self._intake.left_out(address, unusable)
            self._queue(self._ledger.found(links, piece.task.visit.source.address))
        if piece.end is not None:
            host = _domain(piece.task.visit.link)
            self._queues.ended(host)
            self._end(piece.task, piece.end)
            self._spare(host, piece.end)

    def _end(self, task: Task, end: VisitEnd | LinkFailedError) -> None:
        address = task.visit.link.address
        outcome = self._intake.outcome(task, end, self._ledger.documents_of(address))
        self._outcomes[address] = outcome
        self._failed += outcome.status is LinkStatus.FAILED
        if outcome.status is not LinkStatus.DEFERRED:  # else it still waits
            self._ledger.write([self._ledger.ended(address, outcome, end, self._parts.clock())])
        _log(outcome)

    def _spare(self, host: str, end: VisitEnd | LinkFailedError) -> None:
        """Ask a host nothing more in this run if it fails again and again for a cause that may pass."""
        if not isinstance(end, RetryableError):
            self._failures_in_a_row[host] = 0
            return
        self._failures_in_a_row[host] += 1
        if self._failures_in_a_row[host] < self._limits.host_failures:
            return
        spared = self._queues.given_up(host)
        self._outcomes |= {task.visit.link.address: _outcome(task, LinkStatus.DEFERRED) for task in spared}
        if spared:
            logger.warning(
                "{host} is in trouble: {count} links are left for the next run", host=host, count=len(spared)
            )

    def _mark_gone(self) -> None:
        now = self._parts.clock()
        gone = confirmed_gone(
            self._ledger.missing(), self._outcomes.values(), self._record.started_at, self._limits, self._parts.is_up
        )
        for state in gone:
            if self._outcomes[state.address].status is LinkStatus.GONE:
                continue  # counted before the crawl was interrupted
            count = self._stored.mark_gone(self._stored.links_from(state.address), now)
            outcome = self._outcomes[state.address].model_copy(
                update={"status": LinkStatus.GONE, "gone": count, "reason": None, "detail": ""}
            )
            self._outcomes[state.address] = outcome
            self._ledger.write([state.model_copy(update={"outcome": outcome, "is_gone": True})])
            if count:
                logger.info("{link} is gone: {count} documents are marked", link=state.address, count=count)

    def _progress(self) -> CrawlProgress:
        return CrawlProgress(
            visited=len(self._outcomes),
            waiting=len(self._queues) + self._queues.active,
            received_bytes=self._received_bytes,
            failed=self._failed,
        )


def _by_address(sources: Sequence[Source]) -> tuple[dict[str, Source], list[str]]:
    """Return the different sources by their normalised addresses, and the addresses of those that came again."""
    different: dict[str, Source] = {}
    duplicates = []
    for source in sources:
        address = source.address
        if address in different:
            duplicates.append(address)
        else:
            different[address] = source
    return different, duplicates


def _addresses(found: Sequence[FoundLink]) -> tuple[list[tuple[str, CrawlerName | None]], list[Dropped]]:
    """Return the normalised addresses of found links, and what is none.

    A page can lead to the web only: what it names as a path would be a file of this machine.
    """
    links, unusable = [], []
    for item in found:
        try:
            links.append((normalised(web_link(item.link)).address, item.crawler))
        except InvalidLinkError as error:
            unusable.append(Dropped(item=error.link, reason=FailureReason.INVALID_LINK.value, detail=str(error)))
    return links, unusable


def _domain(link: Link) -> str:
    return "local" if isinstance(link, LocalLink) else link.host


def _outcome(task: Task, status: LinkStatus) -> LinkOutcome:
    """Return the outcome of a link that was not visited."""
    link, source = task.visit.link, task.visit.source.address
    return LinkOutcome(
        link=link.address, domain=_domain(link), source="" if source == link.address else source, status=status
    )


def _log(outcome: LinkOutcome) -> None:
    """Tell what failed; the rest is for those who look for it, since a bar shows how far the crawl is."""
    if outcome.detail:
        logger.warning("{detail}", detail=outcome.detail)
        return
    logger.debug(
        "{link} is {status}: {inserted} new, {updated} changed, {unchanged} unchanged documents, {found} links",
        **outcome.model_dump(include={"link", "status", "inserted", "updated", "unchanged", "found"}),
    )
