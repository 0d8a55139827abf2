"""Stores what visits read, and counts it link by link."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError
from llm_engineering.application.crawl.links import LocalLink
from llm_engineering.application.crawl.report import LinkOutcome, LinkStatus
from llm_engineering.application.crawl.stored_links import StoredLinks
from llm_engineering.application.crawl.visitors import Piece, Task
from llm_engineering.application.crawl.visits import FoundLink, Visit, VisitEnd
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.warehouse.forgotten import Forgotten
from llm_engineering.application.warehouse.versions import DocumentChanges, write_changed_documents
from llm_engineering.domain.documents import RawDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.outcomes import Dropped


@dataclass(slots=True)
class _Tally:
    """What a visit has given so far."""

    changes: DocumentChanges = field(default_factory=DocumentChanges)
    links: set[str] = field(default_factory=set)
    """Of its documents."""
    dropped: Counter[str] = field(default_factory=Counter)
    found: int = 0
    is_whole: bool = True
    """Whether the store took every document."""


class Intake:
    """Takes the pieces of visits.

    Args:
        store: Where documents go.
        stored: What the store has from which link; kept up to date.
        forgotten: What may not be stored.
        clock: Returns the time (UTC).
    """

    def __init__(
        self, store: DocumentStore, stored: StoredLinks, forgotten: Forgotten, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._stored = stored
        self._forgotten = forgotten
        self._clock = clock
        self._tallies: dict[str, _Tally] = {}
        self.received_bytes = 0
        """Over the network, by visits that have ended."""

    def taken(self, piece: Piece) -> list[Dropped]:
        """Store the documents of a piece and return what was left out of it."""
        visit = piece.task.visit
        tally = self._tallies.setdefault(visit.link.address, _Tally())
        read = [_stamped(item, visit) for item in piece.items if isinstance(item, RawDocument)]
        documents = [document for document in read if not self._forgotten.covers_document(document)]
        dropped = [item for item in piece.items if isinstance(item, Dropped)]
        dropped += [_forgotten(document) for document in read if self._forgotten.covers_document(document)]
        stored, refused = self._stored_and_refused(documents, tally)
        dropped += refused
        tally.links.update(document.link for document in stored)
        tally.found += sum(isinstance(item, FoundLink) for item in piece.items)
        self._stored.add(stored)
        return self.left_out(visit.link.address, dropped)

    def _stored_and_refused(
        self, documents: Sequence[RawDocument], tally: _Tally
    ) -> tuple[list[RawDocument], list[Dropped]]:
        """Write documents, one by one if the store refuses them together: one must not cost the others."""
        try:
            tally.changes += write_changed_documents(self._store, documents, now=self._clock())
        except InvalidInputError as error:
            if len(documents) == 1:
                tally.is_whole = False
                return [], [Dropped(item=documents[0].link, reason="not_storable", detail=str(error))]
        else:
            return list(documents), []
        stored, refused = [], []
        for document in documents:
            one_stored, one_refused = self._stored_and_refused([document], tally)
            stored += one_stored
            refused += one_refused
        return stored, refused

    def left_out(self, address: str, dropped: Sequence[Dropped]) -> list[Dropped]:
        """Count what a visit left out, and return it."""
        self._tallies.setdefault(address, _Tally()).dropped.update(item.reason for item in dropped)
        return list(dropped)

    def outcome(self, task: Task, end: VisitEnd | LinkFailedError, known_documents: int) -> LinkOutcome:
        """Return how a visit ended; what a complete one did not give any more is marked as gone.

        Args:
            task: The visit.
            end: How it ended.
            known_documents: How many documents the link held before; if nothing has changed it still does.
        """
        link = task.visit.link
        tally = self._tallies.pop(link.address, _Tally())
        is_unchanged = isinstance(end, VisitEnd) and end.is_unchanged
        received = end.received_bytes if isinstance(end, VisitEnd) else 0
        self.received_bytes += received
        failure = end if isinstance(end, LinkFailedError) else None
        source = task.visit.source.address
        return LinkOutcome(
            link=link.address,
            domain="local" if isinstance(link, LocalLink) else link.host,
            source="" if source == link.address else source,
            status=_failed_status(failure) if failure else _status(tally),
            reason=failure.reason if failure else None,
            detail=str(failure) if failure else "",
            inserted=tally.changes.new,
            updated=tally.changes.changed + tally.changes.returned,
            unchanged=known_documents if is_unchanged else tally.changes.unchanged,
            gone=self._marked_gone(link.address, tally, end),
            found=tally.found,
            dropped=dict(tally.dropped.most_common()),
            received_bytes=received,
        )

    def _marked_gone(self, address: str, tally: _Tally, end: VisitEnd | LinkFailedError) -> int:
        if not isinstance(end, VisitEnd) or not end.is_complete or end.is_unchanged or not tally.is_whole:
            return 0
        return self._stored.mark_gone(self._stored.missing(address, tally.links), self._clock())


def _stamped(document: RawDocument, visit: Visit) -> RawDocument:
    """Return a document that says where it comes from and whose it is."""
    source = visit.source
    return document.model_copy(
        update={
            "source": source.address,
            "origin": visit.link.address,
            "owner": source.owner,
            "licence": source.licence or document.licence,
        }
    )


def _forgotten(document: RawDocument) -> Dropped:
    detail = "It was asked to be forgotten; --remember takes the request back."
    return Dropped(item=document.link, reason=FailureReason.FORGOTTEN.value, detail=detail)


def _failed_status(failure: LinkFailedError) -> LinkStatus:
    # A host that asks to be left alone for longer than a crawl waits is no failure: there is a time for it.
    return LinkStatus.DEFERRED if failure.reason is FailureReason.RATE_LIMITED else LinkStatus.FAILED


def _status(tally: _Tally) -> LinkStatus:
    if tally.changes.new or tally.changes.changed or tally.changes.returned:
        return LinkStatus.STORED
    return LinkStatus.LISTED if tally.found and not tally.links else LinkStatus.UNCHANGED
