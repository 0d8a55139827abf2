"""What may not be collected again, because its owner asked for it to be forgotten."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import Field

from llm_engineering.application.crawl.addresses import is_on_domain, page_key
from llm_engineering.application.crawl.links import InvalidLinkError, LocalLink, SshLink, WebLink, parse_link, web_link
from llm_engineering.application.ports import FORGOTTEN, DocumentStore
from llm_engineering.application.warehouse.documents import object_from
from llm_engineering.domain.authors import Author, InvalidAuthorNameError
from llm_engineering.domain.documents import RawDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel

_DOMAIN: Final = re.compile(r"localhost|[^\s/:@.]+(\.[^\s/:@.]+)+\.?")


class TargetKind(StrEnum):
    """What is forgotten. The values are stored: do not rename them."""

    LINK = "link"
    """A page, or a source (blog, profile, repository, archive, folder) with all that was found through it."""
    DOMAIN = "domain"
    """A host and its subdomains."""
    AUTHOR = "author"
    """A person by full name."""


class InvalidTargetError(InvalidInputError):
    """What is to be forgotten is neither a link, nor a domain, nor an author."""

    def __init__(self, text: str) -> None:
        super().__init__(
            f"{text[:200]!r} is neither a link, nor a domain, nor a full name.",
            remedy='Write it like one of these: https://ada.dev/engines, ./notes, ada.dev, "Ada Lovelace".',
        )
        self.text = text


class Target(FrozenModel):
    """What is to be forgotten."""

    kind: TargetKind
    value: str
    """As it is compared: a web address without scheme, "www." and tracking parameters; any other link as normalised;
    a host; a full name."""

    @classmethod
    def parsed(cls, text: str) -> "Target":
        """Return the target that a person wrote.

        Raises:
            InvalidTargetError: It is none.
        """
        text = text.strip()
        try:
            if _DOMAIN.fullmatch(text) and not text.startswith("."):
                return cls(kind=TargetKind.DOMAIN, value=web_link(f"https://{text}/").host)
            return cls(kind=TargetKind.LINK, value=_key(parse_link(text)))
        except InvalidLinkError:
            pass
        try:
            return cls(kind=TargetKind.AUTHOR, value=Author.from_full_name(text).full_name)
        except InvalidAuthorNameError as error:
            raise InvalidTargetError(text) from error

    @property
    def id(self) -> str:
        """Identifier of its record."""
        return identifier("forgotten", self.kind, self.value)

    def covers_link(self, link: str) -> bool:
        """Whether a link is, or lies on, what is to be forgotten; never so for an author."""
        return self.kind is not TargetKind.AUTHOR and Forgotten.of([self]).covers(link, "")


class ForgottenRecord(FrozenModel):
    """That something was forgotten. The natural key is kind and value."""

    id: str = Field(alias="_id")
    kind: TargetKind
    value: str
    forgotten_at: datetime


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Everything that may not be collected again."""

    links: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    authors: frozenset[str] = frozenset()

    @classmethod
    def of(cls, targets: Iterable[Target]) -> "Forgotten":
        """Return some targets, ready to be asked often."""
        values: dict[TargetKind, set[str]] = {kind: set() for kind in TargetKind}
        for target in targets:
            values[target.kind].add(target.value)
        return cls(
            links=frozenset(values[TargetKind.LINK]),
            domains=frozenset(values[TargetKind.DOMAIN]),
            authors=frozenset(values[TargetKind.AUTHOR]),
        )

    def covers(self, link: str, author_full_name: str) -> bool:
        """Whether a link of an author may not be collected.

        What is no link (an imported document may have anything there) lies on no domain and is compared as it is.
        """
        if author_full_name in self.authors:
            return True
        if not self.links and not self.domains:
            return False
        try:
            parsed = parse_link(link)
        except InvalidLinkError:
            return link in self.links
        return _key(parsed) in self.links or self._has_domain_of(parsed)

    def covers_document(self, document: RawDocument) -> bool:
        """Whether a document may not be kept.

        So if its link or what it was read from is covered, or if the source that it was found through was itself
        forgotten; a domain has only what lies on it.
        """
        if any(self.covers(place, document.author_full_name) for place in (document.link, document.origin) if place):
            return True
        return self.covers_source(document.source or "")

    def covers_source(self, source: str) -> bool:
        """Whether a source was itself forgotten, so that nothing may be kept that was found through it."""
        return bool(source) and Forgotten(links=self.links).covers(source, "")

    def _has_domain_of(self, link: WebLink | SshLink | LocalLink) -> bool:
        if isinstance(link, LocalLink):
            return False
        if isinstance(link, SshLink):
            return any(link.host == domain or link.host.endswith(f".{domain}") for domain in self.domains)
        return any(is_on_domain(link, domain) for domain in self.domains)


def forgotten_targets(store: DocumentStore) -> Forgotten:
    """Return everything that may not be collected again.

    Raises:
        StoredObjectInvalidError: A stored record is not valid.
    """
    return Forgotten.of(Target(kind=record.kind, value=record.value) for record in forgotten_records(store))


def forgotten_records(store: DocumentStore) -> list[ForgottenRecord]:
    """Return the records of what was forgotten.

    Raises:
        StoredObjectInvalidError: A stored record is not valid.
    """
    return [object_from(ForgottenRecord, FORGOTTEN, found) for found in store.find(FORGOTTEN, {})]


def write_forgotten(store: DocumentStore, target: Target, now: datetime) -> None:
    """Write that a target may not be collected again; the date of an earlier record stays."""
    if not store.count(FORGOTTEN, {"_id": target.id}):
        record = ForgottenRecord(id=target.id, kind=target.kind, value=target.value, forgotten_at=now)
        store.upsert(FORGOTTEN, [record.model_dump(mode="json", by_alias=True)])


def _key(link: WebLink | SshLink | LocalLink) -> str:
    return page_key(link) if isinstance(link, WebLink) else link.address
