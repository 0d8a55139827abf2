"""The services whose archives are read: one row and one module each."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple, Protocol

from llm_engineering.application.crawl.exports import linkedin, medium, substack, x
from llm_engineering.application.crawl.exports.archive import Archive
from llm_engineering.application.crawl.exports.pieces import Found


class Reader(Protocol):
    """The module that reads the archives of a service."""

    @property
    def MARKS(self) -> tuple[re.Pattern[str], ...]:  # noqa: N802 - a constant of the module
        """A member that one of these fits is in no archive of another service."""
        ...

    @property
    def PUBLISHED(self) -> tuple[re.Pattern[str], ...]:  # noqa: N802 - a constant of the module
        """Members that one of these fits are read; no other one is opened."""
        ...

    def read(self, archive: Archive, /) -> Iterator[Found]:
        """Yield what the member has published, and what was left out with the reason."""
        ...

    def owner_of(self, archive: Archive, /) -> str | None:
        """Return the full name of the member; None if the archive has none.

        Raises:
            MemberError: The member of the archive that says it cannot be read.
        """
        ...


class Service(NamedTuple):
    """A service that hands its members an archive of what they wrote there."""

    platform: str
    """`RawDocument.platform` of the documents."""
    name: str
    """As it calls itself."""
    looked_for: str
    """The members by which its archives are told, for people to read."""
    reader: Reader

    def published_names(self, archive: Archive) -> set[str]:
        """Return the names of the members that are read."""
        return _fitting(archive.names, self.reader.PUBLISHED)


SERVICES: Final = (
    Service("x", "X", "data/tweets.js", x),
    Service("linkedin", "LinkedIn", "Shares.csv, Comments.csv, Articles/ or Profile.csv", linkedin),
    Service("substack", "Substack", "posts.csv", substack),
    Service("medium", "Medium", "posts/ with pages named after date and title", medium),
)
"""The first service decides whose marks an archive has."""


def service_of(names: Iterable[str]) -> Service | None:
    """Return the service whose archive has members of these names; None if it is that of none."""
    names = tuple(names)
    return next((service for service in SERVICES if _fitting(names, service.reader.MARKS)), None)


def _fitting(names: Iterable[str], patterns: tuple[re.Pattern[str], ...]) -> set[str]:
    return {name for name in names if any(pattern.fullmatch(name) for pattern in patterns)}
