"""What is known of the links of one crawl: which wait, how the others ended, and what to ask them next time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.link_states import (
    CrawlRecord,
    LinkState,
    new_state,
    states_at,
    states_of,
    waiting_in,
    write_states,
)
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.port import NOTHING_KNOWN, Freshness
from llm_engineering.application.crawl.report import LinkOutcome
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import VisitEnd
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.identity import content_hash

READING_VERSION: Final = "1"
"""To be raised whenever crawlers read the same source differently: what has not changed is then read again."""

NOT_THERE: Final = frozenset({FailureReason.NOT_FOUND, FailureReason.GONE})
"""Failures by which a source says that it does not have a page (any more)."""


class Ledger:
    """The states of all links of a crawl; the store follows each change.

    Args:
        store: Where the states are kept.
        record: The crawl.
        sources: What is crawled, by normalised address.
        limits: Part of what decides how a link is read.
    """

    def __init__(
        self, store: DocumentStore, record: CrawlRecord, sources: Mapping[str, Source], limits: CrawlLimits
    ) -> None:
        self._store = store
        self._record = record
        self._sources = sources
        self._limits = limits.model_dump_json()
        addresses = list(sources)
        known = [*states_of(store, record.author_id, addresses), *states_at(store, record.author_id, addresses)]
        self._states = {state.address: state for state in known}
        # What a listing found and nobody could read yet is found again only if the listing is read again.
        self._unread_sources = {state.source for state in known if not (state.read_at or state.is_gone)}

    def opened(self) -> tuple[list[LinkState], list[LinkOutcome]]:
        """Let every link of the sources wait that this crawl has not visited; return these, and how the others ended.

        Links that were found by earlier crawls wait too, whether their blog still lists them or not: whether they are
        still there is seen only by asking. One that could never be read waits only if it is found again.
        """
        crawl = self._record.crawl
        wanted = {address: self._state(address, address, source.crawler) for address, source in self._sources.items()}
        found_earlier = (state for state in self._states.values() if state.source in self._sources)
        wanted |= {state.address: state for state in found_earlier if self._is_to_be_visited(state)} | wanted
        done = [state for state in wanted.values() if state.crawl == crawl and state.outcome is not None]
        done_addresses = {state.address for state in done}
        waiting = [waiting_in(state, crawl) for address, state in wanted.items() if address not in done_addresses]
        self.write(waiting)
        return waiting, [state.outcome for state in done if state.outcome]

    def found(self, links: Sequence[tuple[str, CrawlerName | None]], source: str) -> list[LinkState]:
        """Let links wait that a source led to, and return those that do not wait yet and were not visited."""
        unknown = [address for address, _ in links if address not in self._states]
        self._states |= {state.address: state for state in states_at(self._store, self._record.author_id, unknown)}
        crawl = self._record.crawl
        states = [self._state(address, source, crawler) for address, crawler in links]
        new = {state.address: waiting_in(state, crawl) for state in states if not self._is_in_crawl(state)}
        self.write(new.values())
        return list(new.values())

    def known(self, state: LinkState, stored_documents: int) -> Freshness:
        """Return the freshness to ask with: nothing, unless all that the link held or led to was read as it is now."""
        is_valid = state.reading == self._reading(state) and stored_documents >= state.documents
        return state.freshness if is_valid and state.address not in self._unread_sources else NOTHING_KNOWN

    def ended(self, address: str, outcome: LinkOutcome, end: VisitEnd | LinkFailedError, now: datetime) -> LinkState:
        """Return the state of a link after its visit; it is not written yet."""
        state = self._states[address]
        if isinstance(end, LinkFailedError):
            missing_since = state.missing_since or now if end.reason in NOT_THERE and state.read_at else None
            return state.model_copy(update={"outcome": outcome, "missing_since": missing_since})
        documents = state.documents if end.is_unchanged else outcome.inserted + outcome.updated + outcome.unchanged
        freshness = dict(end.freshness or state.freshness) if end.is_unchanged else dict(end.freshness)
        return state.model_copy(
            update={
                "outcome": outcome,
                "freshness": freshness,
                "reading": self._reading(state),
                "documents": documents,
                "read_at": now,
                "missing_since": None,
                "is_gone": False,
            }
        )

    def missing(self) -> list[LinkState]:
        """Return the links that were there once, and of which this crawl was told that they are not there."""
        in_crawl = (state for state in self._states.values() if state.crawl == self._record.crawl)
        return [state for state in in_crawl if state.missing_since and state.outcome]

    def write(self, states: Iterable[LinkState]) -> None:
        """Take over the states of some links, here and in the store."""
        states = list(states)
        self._states |= {state.address: state for state in states}
        write_states(self._store, states)

    def documents_of(self, address: str) -> int:
        """Return how many documents a link held when it was last read."""
        return self._states[address].documents

    def _state(self, address: str, source: str, crawler: CrawlerName | None) -> LinkState:
        state = self._states.get(address)
        if state is None:
            return new_state(self._record.author_id, address, source, crawler, self._record.crawl)
        return state.model_copy(update={"source": source, "crawler": crawler})

    def _is_in_crawl(self, state: LinkState) -> bool:
        return state.address in self._states and state.crawl == self._record.crawl

    def _is_to_be_visited(self, state: LinkState) -> bool:
        if state.crawl == self._record.crawl:
            return True
        # Of a profile the patterns choose among names, not among addresses.
        is_page = state.crawler in {None, CrawlerName.ARTICLE}
        is_wanted = not is_page or self._sources[state.source].is_wanted(state.address)
        return is_wanted and state.read_at is not None and not state.is_gone

    def _reading(self, state: LinkState) -> str:
        source = self._sources[state.source].model_dump_json()
        return content_hash(READING_VERSION, source, state.crawler, self._limits)
