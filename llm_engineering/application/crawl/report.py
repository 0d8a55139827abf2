"""How the crawl of a list of links ended."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Dropped, Figures, Result


class LinkStatus(StrEnum):
    """How a link ended."""

    STORED = "stored"
    """At least one document is new or says something else than before."""
    UNCHANGED = "unchanged"
    """Every document is stored already and says the same."""
    FAILED = "failed"
    """The link could not be read, or not to its end; documents that were read until then are stored."""


class LinkOutcome(FrozenModel):
    """How one link ended. The numbers are of documents."""

    link: str
    """As normalised; as given, without credentials, if it could not be read as a link."""
    domain: str
    """Host name, "local", or empty if the link could not be read as one."""
    status: LinkStatus
    reason: FailureReason | None = None
    """Why it failed."""
    detail: str = ""
    """What happened and what to do about it, if it failed."""
    inserted: int = Field(default=0, ge=0)
    updated: int = Field(default=0, ge=0)
    unchanged: int = Field(default=0, ge=0)
    dropped: int = Field(default=0, ge=0)
    """Parts of it that were left out, such as binary files of a repository."""


class CrawlReport(Result):
    """How every link ended, and everything that was left out."""

    outcomes: tuple[LinkOutcome, ...]
    """One for each different link, in the order given."""
    duplicates: tuple[str, ...] = ()
    """Links that were given before in the same list and not read again."""
    dropped: tuple[Dropped, ...] = ()

    @property
    def figures(self) -> Figures:
        """How many links ended how and why, and what became of the documents; what did not occur is left out."""
        return {
            "links": {status: count for status, count in self.links_by_status.items() if count},
            "links_per_domain": {domain: dict(counts) for domain, counts in self.links_by_domain.items()},
            "failed_by_reason": dict(self.failures_by_reason),
            "documents": {change: count for change, count in self.documents.items() if count},
            "dropped": dict(self.dropped_by_reason),
            "duplicate_links": len(self.duplicates),
            "failed_share": self.failed_share,
        }

    @property
    def links_by_status(self) -> Mapping[str, int]:
        """How many links ended how, every status named."""
        counts = Counter(outcome.status for outcome in self.outcomes)
        return {status.value: counts[status] for status in LinkStatus}

    @property
    def links_by_domain(self) -> Mapping[str, Mapping[str, int]]:
        """How many links of each domain ended how, in the order of the links."""
        counts: dict[str, Counter[str]] = {}
        for outcome in self.outcomes:
            counts.setdefault(outcome.domain, Counter())[outcome.status.value] += 1
        return {domain: dict(by_status) for domain, by_status in counts.items()}

    @property
    def failures_by_reason(self) -> Mapping[str, int]:
        """How many links failed for each reason, most frequent first."""
        return dict(Counter(outcome.reason.value for outcome in self.outcomes if outcome.reason).most_common())

    @property
    def dropped_by_reason(self) -> Mapping[str, int]:
        """How many parts of links were left out for each reason, most frequent first."""
        return dict(Counter(drop.reason for drop in self.dropped).most_common())

    @property
    def documents(self) -> Mapping[str, int]:
        """How many documents were inserted, updated and unchanged."""
        return {
            "inserted": sum(outcome.inserted for outcome in self.outcomes),
            "updated": sum(outcome.updated for outcome in self.outcomes),
            "unchanged": sum(outcome.unchanged for outcome in self.outcomes),
        }

    @property
    def failed_share(self) -> float:
        """Share of the different links that failed, from 0 to 1; 0 if there was none."""
        return self.links_by_status["failed"] / len(self.outcomes) if self.outcomes else 0.0
