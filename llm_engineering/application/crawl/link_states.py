"""What the store remembers of links and crawls, so that a crawl can be resumed and asks only for what has changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from pydantic import Field

from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.report import LinkOutcome
from llm_engineering.application.ports import CRAWLED_LINKS, CRAWLS, DocumentStore
from llm_engineering.application.warehouse.documents import object_from
from llm_engineering.domain.identity import content_hash, identifier
from llm_engineering.domain.models import FrozenModel


class LinkState(FrozenModel):
    """What is known of one link. The natural key is author and address."""

    id: str = Field(alias="_id")
    author_id: str
    address: str
    """As normalised."""
    source: str
    """Address of the configured source that it is or was found through."""
    crawler: CrawlerName | None = None
    """What reads it; None leaves it to the link itself."""
    crawl: str
    """The last crawl that it belonged to."""
    outcome: LinkOutcome | None = None
    """How its visit in that crawl ended; None while it waits."""
    freshness: Mapping[str, str] = Field(default_factory=dict)
    """What the last successful visit returned."""
    reading: str = ""
    """Digest of the rules by which it was read then: under other rules the freshness says nothing."""
    documents: int = Field(default=0, ge=0)
    """How many documents it held then."""
    read_at: datetime | None = None
    """When it was last read, or found to be unchanged (UTC); None if never."""
    missing_since: datetime | None = None
    """Since when it has not been found (UTC), without a success in between."""
    is_gone: bool = False
    """Whether its disappearance is confirmed: it is not visited again unless it is found again."""


class CrawlRecord(FrozenModel):
    """The last crawl of a list of sources. The natural key is author and list."""

    id: str = Field(alias="_id")
    author_id: str
    sources: str
    """Digest of the addresses of the list."""
    crawl: str
    """Identifier of the crawl."""
    started_at: datetime
    finished_at: datetime | None = None
    """When the last of its links had been visited; None if it was killed, or spent its pages or bytes before."""


def new_state(author_id: str, address: str, source: str, crawler: CrawlerName | None, crawl: str) -> LinkState:
    """Return the state of a link that waits for its first visit."""
    return LinkState(
        id=identifier("crawled-link", author_id, address),
        author_id=author_id,
        address=address,
        source=source,
        crawler=crawler,
        crawl=crawl,
    )


def waiting_in(state: LinkState, crawl: str) -> LinkState:
    """Return the state of a link that waits for its visit in a crawl."""
    return state.model_copy(update={"crawl": crawl, "outcome": None})


def opened_crawl(
    store: DocumentStore, author_id: str, addresses: Sequence[str], now: datetime, resume_within_hours: float
) -> CrawlRecord:
    """Return the crawl of these sources that did not end and is young enough to be resumed, else a new one."""
    digest = content_hash(*sorted(addresses))
    where = {"author_id": author_id, "sources": digest}
    for found in store.find(CRAWLS, where):
        record = object_from(CrawlRecord, CRAWLS, found)
        if record.finished_at is None and now - record.started_at <= timedelta(hours=resume_within_hours):
            return record
    record = CrawlRecord(
        id=identifier("crawl-of", author_id, digest),
        author_id=author_id,
        sources=digest,
        crawl=str(uuid4()),
        started_at=now,
    )
    _write_record(store, record)
    return record


def finish_crawl(store: DocumentStore, record: CrawlRecord, now: datetime) -> None:
    """Let the next run of the same sources begin a new crawl."""
    _write_record(store, record.model_copy(update={"finished_at": now}))


def states_of(store: DocumentStore, author_id: str, sources: Sequence[str]) -> list[LinkState]:
    """Return what is known of the links of some sources."""
    found = store.find(CRAWLED_LINKS, {"author_id": author_id, "source": sources})
    return [object_from(LinkState, CRAWLED_LINKS, json) for json in found]


def states_at(store: DocumentStore, author_id: str, addresses: Sequence[str]) -> list[LinkState]:
    """Return what is known of the links at some addresses."""
    found = store.find(CRAWLED_LINKS, {"author_id": author_id, "address": addresses})
    return [object_from(LinkState, CRAWLED_LINKS, json) for json in found]


def write_states(store: DocumentStore, states: Iterable[LinkState]) -> None:
    """Write what is known of some links."""
    store.upsert(CRAWLED_LINKS, [state.model_dump(mode="json", by_alias=True) for state in states])


def _write_record(store: DocumentStore, record: CrawlRecord) -> None:
    store.upsert(CRAWLS, [record.model_dump(mode="json", by_alias=True)])
