"""Crawls a list of links into the document store."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from typing import Final

from loguru import logger

from llm_engineering.application.crawl.dispatcher import Dispatcher
from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError
from llm_engineering.application.crawl.links import InvalidLinkError, Link, LocalLink, parse_link
from llm_engineering.application.crawl.report import CrawlReport, LinkOutcome, LinkStatus
from llm_engineering.application.ports import DOCUMENTS, DocumentStore, WriteReport
from llm_engineering.application.warehouse.documents import document_from, write_documents
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import Category, RawDocument
from llm_engineering.domain.outcomes import Dropped

_BATCH_ITEMS: Final = 100
_BATCH_CHARACTERS: Final = 5_000_000
"""A batch is written when it has so many items or characters; the memory that a crawl needs follows from it."""


def crawl_links(
    links: Iterable[str],
    author: Author,
    *,
    store: DocumentStore,
    crawlers: Dispatcher,
    on_outcome: Callable[[LinkOutcome], None] = lambda _outcome: None,
) -> CrawlReport:
    """Crawl links one after the other and return how each of them ended.

    A document whose content hash equals the stored one is not written. Documents are written as they come, in small
    batches: a crawl that is killed keeps what it has written, and a second one completes it. A link that fails does
    not stop the others.

    Args:
        links: As a person wrote them; one that comes again is read once.
        author: Whose writing it is.
        store: Where the documents go.
        crawlers: Read the links.
        on_outcome: Called with each link's outcome as soon as it is known.

    Raises:
        StoreUnavailableError: The store could not be reached; what was written stays.
        StoreReadOnlyError: The store may not be written.
        StoredObjectInvalidError: A stored document that a new one is compared with is not valid.
    """
    outcomes: dict[str, LinkOutcome] = {}
    duplicates: list[str] = []
    dropped: list[Dropped] = []
    for text in links:
        link = _parsed(text)
        address = link.link if isinstance(link, InvalidLinkError) else link.address
        if address in outcomes:
            duplicates.append(address)
            continue
        if isinstance(link, InvalidLinkError):
            outcome = _invalid(link)
        else:
            outcome, left_out = _crawl_link(link, author, store, crawlers)
            dropped += left_out
        outcomes[address] = outcome
        _log(outcome)
        on_outcome(outcome)
    return CrawlReport(outcomes=tuple(outcomes.values()), duplicates=tuple(duplicates), dropped=tuple(dropped))


def _parsed(text: str) -> Link | InvalidLinkError:
    try:
        return parse_link(text)
    except InvalidLinkError as error:
        return error


def _crawl_link(
    link: Link, author: Author, store: DocumentStore, crawlers: Dispatcher
) -> tuple[LinkOutcome, list[Dropped]]:
    written, dropped, failure = WriteReport(), [], None
    try:
        with closing(crawlers.crawler_for(link).crawl(link, author)) as items:
            for batch in _batches(items):
                dropped += [item for item in batch if isinstance(item, Dropped)]
                written += _write_changed(store, [item for item in batch if isinstance(item, RawDocument)])
    except LinkFailedError as error:
        failure = error
    return _outcome(link, written, dropped, failure), dropped


def _batches(items: Iterable[RawDocument | Dropped]) -> Iterator[list[RawDocument | Dropped]]:
    batch: list[RawDocument | Dropped] = []
    characters = 0
    for item in items:
        batch.append(item)
        characters += len(item.content.text) if isinstance(item, RawDocument) else 0
        if len(batch) >= _BATCH_ITEMS or characters >= _BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def _write_changed(store: DocumentStore, documents: Sequence[RawDocument]) -> WriteReport:
    """Write the documents that are not stored with the same content, and count the others as unchanged."""
    stored = _stored_hashes(store, documents)
    changed = [document for document in documents if stored.get(document.link) != document.content_hash]
    return write_documents(store, changed) + WriteReport(unchanged=len(documents) - len(changed))


def _stored_hashes(store: DocumentStore, documents: Sequence[RawDocument]) -> dict[str, str]:
    """Return the content hash that is stored at the link of each document that is stored at all.

    The documents of a batch come from one link, and so from one crawler: they have one author and one category.
    """
    if not documents:
        return {}
    category: Category = documents[0].category
    where = {"author_id": documents[0].author_id, "link": [document.link for document in documents]}
    stored = (document_from(category, found) for found in store.find(DOCUMENTS[category], where))
    return {document.link: document.content_hash for document in stored}


def _outcome(link: Link, written: WriteReport, dropped: list[Dropped], failure: LinkFailedError | None) -> LinkOutcome:
    has_changed = bool(written.inserted or written.updated)
    status = LinkStatus.STORED if has_changed else LinkStatus.UNCHANGED
    return LinkOutcome(
        link=link.address,
        domain="local" if isinstance(link, LocalLink) else link.host,
        status=LinkStatus.FAILED if failure else status,
        reason=failure.reason if failure else None,
        detail=str(failure) if failure else "",
        inserted=written.inserted,
        updated=written.updated,
        unchanged=written.unchanged,
        dropped=len(dropped),
    )


def _invalid(error: InvalidLinkError) -> LinkOutcome:
    return LinkOutcome(
        link=error.link,
        domain="",
        status=LinkStatus.FAILED,
        reason=FailureReason.INVALID_LINK,
        detail=str(error),
    )


def _log(outcome: LinkOutcome) -> None:
    if outcome.status is LinkStatus.FAILED:
        logger.warning("{link} failed: {detail}", link=outcome.link, detail=outcome.detail)
    else:
        logger.info(
            "{link} is {status}: {inserted} new, {updated} changed, {unchanged} unchanged documents, {dropped} dropped",
            **outcome.model_dump(include={"link", "status", "inserted", "updated", "unchanged", "dropped"}),
        )
