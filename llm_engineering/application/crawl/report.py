"""How the crawl of an author's sources ended."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
    LISTED = "listed"
    """It holds no document itself and led to further links."""
    GONE = "gone"
    """It was read once, and is not there any more; its documents are marked as gone."""
    FAILED = "failed"
    """The link could not be read, or not to its end; documents that were read until then are stored."""
    DEFERRED = "deferred"
    """The run had spent its pages or bytes before its turn came, or its host wants to be left alone for long; the next
    run goes on with it."""
    FORGOTTEN = "forgotten"
    """Its owner asked for it to be forgotten; it was not visited."""


class LinkOutcome(FrozenModel):
    """How one link ended. The numbers are of documents."""

    link: str
    """As normalised."""
    domain: str
    """Host name, or "local"."""
    source: str = ""
    """The configured link that led to it; empty if it is itself configured."""
    status: LinkStatus
    reason: FailureReason | None = None
    """Why it failed."""
    detail: str = ""
    """What happened and what to do about it, if it failed."""
    inserted: int = Field(default=0, ge=0)
    updated: int = Field(default=0, ge=0)
    """They say something else than before, or were gone and are there again."""
    unchanged: int = Field(default=0, ge=0)
    gone: int = Field(default=0, ge=0)
    found: int = Field(default=0, ge=0)
    """Further links that it led to."""
    dropped: Mapping[str, int] = Field(default_factory=dict)
    """Parts of it that were left out, such as binary files of a repository, by reason."""
    received_bytes: int = Field(default=0, ge=0)
    """What came over the network."""


class FailedLink(FrozenModel):
    """What a person needs to know of a link that failed."""

    link: str
    reason: FailureReason | None
    what_to_do: str
    """What happened, and the remedy."""
    found_through: str
    """The configured link that led to it; empty if it is itself configured."""


class DomainFigures(FrozenModel):
    """What became of the links of one domain, in one row."""

    domain: str
    links: int
    new: int
    """Documents, as in the next three."""
    changed: int
    unchanged: int
    gone: int
    blocked_by_robots: int
    """Links, as in the next two."""
    failed: int
    deferred: int
    failed_by_reason: Mapping[str, int]
    """Without those that robots.txt blocked."""
    received_bytes: int


class CrawlReport(Result):
    """How every link ended, and everything that was left out."""

    outcomes: tuple[LinkOutcome, ...]
    """One for each different link: the configured ones, and those that they led to."""
    duplicates: tuple[str, ...] = ()
    """Sources that were given before in the same list and not read again."""
    dropped: tuple[Dropped, ...] = ()
    """What this run left out; a resumed crawl has only the counts of what was left out before."""
    resumed: int = Field(default=0, ge=0)
    """Links of which an earlier run of the same crawl, which did not end, had finished the visit."""

    @property
    def figures(self) -> Figures:
        """How many links ended how and why, and what became of the documents; what did not occur is left out."""
        return {
            "links": {status: count for status, count in self.links_by_status.items() if count},
            "per_domain": {row.domain: _without_zeros(row) for row in self.domains},
            "failed_by_reason": dict(self.failures_by_reason),
            "documents": {change: count for change, count in self.documents.items() if count},
            "dropped": dict(self.dropped_by_reason),
            "duplicate_links": len(self.duplicates),
            "resumed_links": self.resumed,
            "received_bytes": sum(outcome.received_bytes for outcome in self.outcomes),
            "failed_share": self.failed_share,
        }

    @property
    def tables(self) -> Mapping[str, Sequence[FrozenModel]]:
        """The links that failed, and the domains."""
        failed = [
            FailedLink(
                link=outcome.link, reason=outcome.reason, what_to_do=outcome.detail, found_through=outcome.source
            )
            for outcome in self.outcomes
            if outcome.status is LinkStatus.FAILED
        ]
        return {"failed links": failed, "domains": self.domains}

    @property
    def domains(self) -> tuple[DomainFigures, ...]:
        """One row for each domain, that with the most links first."""
        by_domain: dict[str, list[LinkOutcome]] = {}
        for outcome in self.outcomes:
            by_domain.setdefault(outcome.domain, []).append(outcome)
        rows = (_row(domain, outcomes) for domain, outcomes in by_domain.items())
        return tuple(sorted(rows, key=lambda row: -row.links))

    @property
    def links_by_status(self) -> Mapping[str, int]:
        """How many links ended how, every status named."""
        counts = Counter(outcome.status for outcome in self.outcomes)
        return {status.value: counts[status] for status in LinkStatus}

    @property
    def failures_by_reason(self) -> Mapping[str, int]:
        """How many links failed for each reason, most frequent first."""
        return _reasons(self.outcomes)

    @property
    def dropped_by_reason(self) -> Mapping[str, int]:
        """How many parts of links were left out for each reason, most frequent first."""
        counts: Counter[str] = Counter()
        for outcome in self.outcomes:
            counts.update(outcome.dropped)
        return dict(counts.most_common())

    @property
    def documents(self) -> Mapping[str, int]:
        """How many documents were inserted, updated, unchanged and found to be gone."""
        changes = ("inserted", "updated", "unchanged", "gone")
        return {change: sum(getattr(outcome, change) for outcome in self.outcomes) for change in changes}

    @property
    def failed_share(self) -> float:
        """Share of the different links that failed, from 0 to 1; 0 if there was none."""
        return self.links_by_status["failed"] / len(self.outcomes) if self.outcomes else 0.0


def _row(domain: str, outcomes: Sequence[LinkOutcome]) -> DomainFigures:
    reasons = _reasons(outcomes)
    by_robots = reasons.pop(FailureReason.ROBOTS_DISALLOWED.value, 0)
    return DomainFigures(
        domain=domain,
        links=len(outcomes),
        new=sum(outcome.inserted for outcome in outcomes),
        changed=sum(outcome.updated for outcome in outcomes),
        unchanged=sum(outcome.unchanged for outcome in outcomes),
        gone=sum(outcome.gone for outcome in outcomes),
        blocked_by_robots=by_robots,
        failed=sum(reasons.values()),
        deferred=sum(outcome.status is LinkStatus.DEFERRED for outcome in outcomes),
        failed_by_reason=reasons,
        received_bytes=sum(outcome.received_bytes for outcome in outcomes),
    )


def _reasons(outcomes: Iterable[LinkOutcome]) -> dict[str, int]:
    failed = (outcome for outcome in outcomes if outcome.status is LinkStatus.FAILED)
    return dict(Counter(outcome.reason.value for outcome in failed if outcome.reason).most_common())


def _without_zeros(row: DomainFigures) -> Figures:
    return {name: value for name, value in row.model_dump(exclude={"domain"}).items() if value}
