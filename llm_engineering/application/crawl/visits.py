"""The contract between the crawl and those who read sources: what a visit is given, yields and returns."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Protocol

from llm_engineering.application.crawl.links import Link
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.application.crawl.port import Freshness
from llm_engineering.application.crawl.sources import Source
from llm_engineering.domain.authors import Author
from llm_engineering.domain.documents import RawDocument
from llm_engineering.domain.outcomes import Dropped


@dataclass(frozen=True, slots=True)
class Visit:
    """One link to be read once."""

    link: Link
    author: Author
    """Whose writing it is."""
    source: Source
    """What was configured; its link is this one, or one through which this one was found."""
    known: Freshness = field(default_factory=dict)
    """What the last successful visit of the link returned as its freshness."""


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link that a visit has found and that is to be visited too."""

    link: str
    """Absolute address."""
    crawler: CrawlerName | None = None
    """What reads it; by default the link itself decides."""


Item = RawDocument | Dropped | FoundLink
"""What a visit yields."""


@dataclass(frozen=True, slots=True)
class VisitEnd:
    """How a visit ended that did not fail."""

    freshness: Freshness = field(default_factory=dict)
    """What to hand in at the next visit."""
    is_unchanged: bool = False
    """Whether the source says that nothing has changed since the freshness that was handed in; nothing was yielded."""
    is_complete: bool = False
    """Whether everything that the link holds was yielded: a document of an earlier visit that is missing now is gone.
    Never so if a limit or a fault left something out."""
    received_bytes: int = 0
    """Bytes that came over the network."""


Visited = Generator[Item, None, VisitEnd]
"""A visit under way; closing it early releases what it holds."""


class Crawler(Protocol):
    """Reads one kind of source; may be used by several threads at once."""

    def crawl(self, visit: Visit) -> Visited:
        """Yield what the link holds, one after the other, and return how it ended.

        Documents are yielded as soon as they are read, so that a crawl that dies keeps them. Their fields `source`,
        `origin` and `owner` are left to the caller; `licence` is set where the source states one.

        Raises:
            LinkFailedError: The link cannot be read, or not to its end; what was yielded before is valid.
        """
        ...
