"""Reads the archives in which LinkedIn, Medium, Substack and X hand their members what they wrote there."""

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from llm_engineering.application.crawl.exports.archive import Archive, ArchiveLimits, MemberError, opened_archive
from llm_engineering.application.crawl.exports.faults import ExportFault, dropped
from llm_engineering.application.crawl.exports.ownership import names_one_person
from llm_engineering.application.crawl.exports.pieces import Piece, first_words
from llm_engineering.application.crawl.fetching import FailureReason, FileError
from llm_engineering.application.crawl.hidden import visible_text
from llm_engineering.application.crawl.links import Link, LocalLink
from llm_engineering.application.crawl.port import Freshness
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import Visit, Visited, VisitEnd
from llm_engineering.domain.documents import ArticleDocument, Category, Content, PostDocument, document_id
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.outcomes import Dropped

if TYPE_CHECKING:
    from llm_engineering.application.crawl.exports.services import Service

_READER: Final = "1"
"""Changes when the same archive gives other documents than before, so that archives are read anew."""
_SHOWN_NAMES: Final = 5


def is_export(link: Link) -> bool:
    """Whether a link is a local ZIP file by its name."""
    return isinstance(link, LocalLink) and link.path.suffix.lower() == ".zip"


class ExportCrawler:
    """Reads one export archive: what its member has published there, and nothing else of it.

    Args:
        clock: Returns the time at which a document counts as collected (UTC).
        limits: How much is read of one archive.
    """

    def __init__(self, clock: Callable[[], datetime], limits: ArchiveLimits | None = None) -> None:
        self._clock = clock
        self._limits = limits or ArchiveLimits()

    def crawl(self, visit: Visit) -> Visited:
        """Yield the articles and posts of an archive, and what was left out of it with the reason.

        An archive whose size and time are those of the last visit is not opened. The visit never counts as complete:
        services leave older writing out of some archives.

        Raises:
            FileError: There is no such file; it is no archive, one of no known service, or one that is not to be
                trusted; it is somebody else's; or nothing that was published is in it.
        """
        path = _path_of(visit.link)
        freshness = self._freshness(path, visit.source)
        if visit.known == freshness:
            return VisitEnd(freshness=freshness, is_unchanged=True)
        has_documents = False
        with opened_archive(path, self._limits) as archive:
            service = _recognised(path, archive)
            _refuse_other_people(path, _owner_of(archive, service), visit)
            for item in self._items(archive, service, visit):
                has_documents = has_documents or not isinstance(item, Dropped)
                yield item
        if not has_documents:
            raise FileError(
                FailureReason.NO_CONTENT,
                f"The archive {str(path)!r} of {service.name} holds nothing that was published.",
                remedy="Ask the service for the complete archive; the reasons are in the report.",
            )
        return VisitEnd(freshness=freshness)

    def _freshness(self, path: Path, source: Source) -> Freshness:
        """Return a digest of all on which the documents depend, the content of the archive by its size and time."""
        try:
            status = path.stat()
        except OSError as error:
            raise FileError(
                FailureReason.NOT_FOUND,
                f"There is no file {str(path)!r}: {error.strerror}.",
                remedy="Correct the path.",
            ) from error
        patterns = json.dumps([source.owner, source.include, source.exclude])
        size, modified = str(status.st_size), str(status.st_mtime_ns)
        return {"archive": content_hash(_READER, str(path), size, modified, patterns, self._limits.model_dump_json())}

    def _items(
        self, archive: Archive, service: "Service", visit: Visit
    ) -> Iterator[ArticleDocument | PostDocument | Dropped]:
        seen: set[str] = set()
        for found in service.reader.read(archive):
            if isinstance(found, Dropped):
                yield _placed(found, visit.link)
                continue
            link = found.address or _address_in(visit.link, found.place)
            if not visit.source.is_wanted(link):
                yield dropped(link, ExportFault.EXCLUDED, "The patterns of the source leave it out.")
            elif not visible_text(found.text).text.strip():
                yield dropped(link, ExportFault.NO_WORDS, "It consists of characters that no reader sees.")
            elif link in seen:
                yield dropped(link, ExportFault.DUPLICATE, "Another piece of the archive has its address.")
            else:
                seen.add(link)
                yield self._document(found, link, service.platform, visit)
        yield from (_placed(fault, visit.link) for fault in archive.faults)
        yield from _unread(archive, service, visit.link)

    def _document(self, piece: Piece, link: str, platform: str, visit: Visit) -> ArticleDocument | PostDocument:
        title, subtitle, text = (visible_text(words or "") for words in (piece.title, piece.subtitle, piece.text))
        facts = {key: value for key, value in piece.facts.items() if value is not None}
        fields = {
            "id": document_id(visit.author.id, link),
            "content": Content(
                title=title.text or first_words(text.text),
                subtitle=subtitle.text or None,
                text=text.text,
                stripped_characters=title.stripped + subtitle.stripped + text.stripped,
                **facts,
            ),
            "platform": platform,
            "author_id": visit.author.id,
            "author_full_name": visit.author.full_name,
            "link": link,
            "crawled_at": self._clock(),
        }
        if piece.category is Category.ARTICLES:
            return ArticleDocument(**fields)
        return PostDocument(**fields, image=piece.image)


def _path_of(link: Link) -> Path:
    if isinstance(link, LocalLink):
        return link.path
    raise FileError(
        FailureReason.NOT_AN_EXPORT,
        f"The link {link.address} is no file on this machine.",
        remedy="Download the archive and give the path of the ZIP file.",
    )


def _recognised(path: Path, archive: Archive) -> "Service":
    # Here, because most crawls read no archive, and the models of the readers take 5 MB.
    from llm_engineering.application.crawl.exports.services import SERVICES, service_of

    service = service_of(archive.names)
    if service:
        return service
    looked_for = "; ".join(f"{service.name}: {service.looked_for}" for service in SERVICES)
    raise FileError(
        FailureReason.NOT_AN_EXPORT,
        f"The ZIP file {str(path)!r} is no export archive that is known. Looked for were {looked_for}.",
        remedy="Give the file as the service sent it; unpack archives of other files and name their folder.",
    )


def _owner_of(archive: Archive, service: "Service") -> str | None:
    try:
        return service.reader.owner_of(archive)
    except MemberError as error:
        raise FileError(FailureReason.ARCHIVE_INVALID, error.problem, remedy=error.remedy) from error


def _refuse_other_people(path: Path, owner: str | None, visit: Visit) -> None:
    """Refuse the archive of a person who is neither the author nor the owner that the source names."""
    known = [name for name in (visit.author.full_name, visit.source.owner) if name]
    if owner is None or any(names_one_person(owner, name) for name in known):
        return
    raise FileError(
        FailureReason.OTHER_OWNER,
        f"The archive {str(path)!r} belongs to {owner[:100]!r}, not to {visit.author.full_name!r}.",
        remedy="If both are one person, write that name as the `owner` of the source; else remove the source.",
    )


def _unread(archive: Archive, service: "Service", link: Link) -> Iterator[Dropped]:
    """Yield one drop for all members that are not opened, so that thousands of pictures do not fill the report."""
    names = sorted(set(archive.names) - service.published_names(archive))
    if names:
        shown = ", ".join(name[:100] for name in names[:_SHOWN_NAMES])
        detail = f"{len(names)} members are private or hold no published words and were not opened: {shown}"
        yield dropped(link.address, ExportFault.NOT_OPENED, detail + (", ..." if names[_SHOWN_NAMES:] else "."))


def _placed(drop: Dropped, link: Link) -> Dropped:
    is_address = "://" in drop.item
    return drop if is_address else drop.model_copy(update={"item": _address_in(link, drop.item)})


def _address_in(link: Link, place: str) -> str:
    return f"{link.address}#{quote(place, safe='/:')}"
