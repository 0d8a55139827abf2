"""Lets a finished collection take the place of the live one, goes back, and deletes what is too old."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from loguru import logger

from llm_engineering.application.evaluate.comparison import Comparison
from llm_engineering.application.index.building import UnfinishedCollectionError, noted_entry
from llm_engineering.application.index.catalog import IndexCatalog, IndexEntry
from llm_engineering.application.index.fingerprint import (
    FingerprintChange,
    IndexFingerprint,
    fingerprint_changes,
)
from llm_engineering.application.index.switch_rule import Decision, Score, Switching, decision
from llm_engineering.domain.errors import InvalidInputError, StoreLockedError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result

_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


class SwitchVerdict(StrEnum):
    """What became of the collection that a run brought up to date."""

    FIRST = "first"
    """There was none that answered: it does now."""
    UNCHANGED = "unchanged"
    """It is the live one, since the fingerprint is that of the last time."""
    SWITCHED = "switched"
    """It took the place of the live one."""
    KEPT = "kept"
    """The live one stays; the new one waits beside it."""


class ScoreRow(FrozenModel):
    """One measure of the live and of the new collection on the golden questions."""

    measure: str
    questions: int
    live: float
    new: float
    difference: float
    low: float
    """Lower end of the 95 % interval of the difference, by a paired bootstrap."""
    high: float
    better: int
    worse: int

    @classmethod
    def of(cls, measure: str, comparison: Comparison) -> "ScoreRow":
        """Return the row of a comparison, rounded for people."""
        interval = comparison.difference
        return cls(
            measure=measure,
            questions=comparison.questions,
            live=round(comparison.before, 4),
            new=round(comparison.after, 4),
            difference=round(interval.mean, 4),
            low=round(interval.low, 4),
            high=round(interval.high, 4),
            better=comparison.better,
            worse=comparison.worse,
        )


class SwitchReport(Result):
    """Which collection answers after a run, and why."""

    verdict: SwitchVerdict
    reason: str
    live: str
    """The collection that answers now."""
    new: str
    """The collection that the run brought up to date."""
    previous: str | None
    """The collection that `--rollback` returns to."""
    fingerprint: IndexFingerprint
    """Of `new`."""
    changes: tuple[FingerprintChange, ...] = ()
    """In what `new` differs from the collection that was live when the run began."""
    scores: tuple[ScoreRow, ...] = ()
    deleted: tuple[str, ...] = ()
    """Old collections that are gone."""
    removed_from_live: int = 0
    """Documents that are gone and were taken out of a live collection that stays as it is otherwise."""

    @property
    def figures(self) -> Figures:
        """The verdict with its reason, the names, the fingerprint in words, and the scores by measure."""
        scores = {row.measure: {"live": row.live, "new": row.new, "difference": row.difference} for row in self.scores}
        return {
            "verdict": self.verdict.value,
            "reason": self.reason,
            "live": self.live,
            "new": self.new,
            "previous": self.previous or "",
            "deleted": list(self.deleted),
            "removed_from_live": self.removed_from_live,
            **self.fingerprint.words,
            **({"scores": scores} if scores else {}),
        }

    @property
    def tables(self) -> Mapping[str, Sequence[FrozenModel]]:
        """What changed, and the scores with their uncertainty."""
        return {"changes": self.changes, "scores": self.scores}


class NoPreviousCollectionError(InvalidInputError):
    """There is nothing to go back to."""

    def __init__(self, location: str, index: str) -> None:
        super().__init__(
            f"The index {index!r} at {location} has no previous collection.",
            remedy="Nothing was changed; there is one after the first switch.",
        )
        self.location = location
        self.index = index


class Rollback(FrozenModel):
    """Which collections changed places."""

    live: str
    """The collection that answers now."""
    previous: str | None
    """The one that answered before."""
    entry: IndexEntry | None
    """What is noted of the one that answers now."""


def switched_index(
    catalog: IndexCatalog,
    new: str,
    rule: Switching,
    *,
    missing_authors: Callable[[str, str], Sequence[str]],
    score: Score | None,
    before_deleting: Callable[[str], object] = lambda _: None,
) -> SwitchReport:
    """Make a collection that was brought up to date live, if the rule lets it, and return what was decided.

    A run that is killed anywhere leaves the old collection live or the new one, whole both; run again, it decides
    again. Old collections are deleted after the switch only.

    Args:
        catalog: Of the index.
        new: The collection that the run brought up to date.
        rule: From the YAML file.
        missing_authors: Given the live and the new collection, returns names of authors whom only the live one has
            documents of.
        score: Asks a collection the golden questions; None if there are none yet.
        before_deleting: Called with the name of each old collection before it is deleted.

    Raises:
        UnfinishedCollectionError: It was never brought up to date.
    """
    live, entry = catalog.live(), noted_entry(catalog, new)
    if entry.synced_at is None:
        raise UnfinishedCollectionError(new)
    if live == new:
        return _report(catalog, new, entry, SwitchVerdict.UNCHANGED, "The fingerprint is that of the live collection.")
    if live is None:
        catalog.switch(new)
        return _report(catalog, new, entry, SwitchVerdict.FIRST, "There was no live collection.")
    changes = _changes(catalog, live, entry)
    decided = decision(rule, live, new, entry, missing_authors=missing_authors(live, new), score=score)
    verdict = SwitchVerdict.SWITCHED if decided.switches else SwitchVerdict.KEPT
    deleted: tuple[str, ...] = ()
    if decided.switches:
        _mark(catalog, new, None)
        catalog.switch(new)
        deleted = tuple(_deleted_collections(catalog, rule.kept_collections, before_deleting))
    report = _report(catalog, new, entry, verdict, decided.reason)
    return report.model_copy(update={"changes": changes, "scores": _scores(decided), "deleted": deleted})


def rolled_back(catalog: IndexCatalog, now: datetime) -> Rollback:
    """Make the previous collection live again; called twice, it undoes itself.

    The collection that was live is marked, so that no rule switches to it again by itself.

    Raises:
        NoPreviousCollectionError: There is none.
    """
    live, previous = catalog.live(), catalog.previous()
    if previous is None:
        raise NoPreviousCollectionError(catalog.location, catalog.index)
    _mark(catalog, live, now)
    _mark(catalog, previous, None)
    catalog.switch(previous)
    return Rollback(live=previous, previous=live, entry=catalog.entry(previous))


def _deleted_collections(catalog: IndexCatalog, kept: int, before_deleting: Callable[[str], object]) -> Iterator[str]:
    """Delete all but the live, the previous and the newest others, and yield their names."""
    in_use = {catalog.live(), catalog.previous()}
    others = sorted(set(catalog.names()) - in_use, key=lambda name: (_age(catalog, name), name), reverse=True)
    for name in others[kept - 1 :]:
        before_deleting(name)
        try:
            catalog.delete(name)
        except StoreLockedError as error:  # somebody still reads it: the next switch finds it again
            logger.warning("{problem} It is not deleted now", problem=error.problem)
        else:
            yield name


def _age(catalog: IndexCatalog, name: str) -> datetime:
    entry = catalog.entry(name)
    return (entry.synced_at if entry else None) or _LONG_AGO


def _mark(catalog: IndexCatalog, name: str | None, rolled_back_at: datetime | None) -> None:
    entry = catalog.entry(name) if name else None
    if name and entry and entry.rolled_back_at != rolled_back_at:
        catalog.note(name, entry.model_copy(update={"rolled_back_at": rolled_back_at}))


def _changes(catalog: IndexCatalog, live: str, entry: IndexEntry) -> tuple[FingerprintChange, ...]:
    known = catalog.entry(live)
    return fingerprint_changes(known.fingerprint, entry.fingerprint) if known else ()


def _scores(decided: Decision) -> tuple[ScoreRow, ...]:
    return tuple(ScoreRow.of(measure, each) for measure, each in decided.comparisons.items())


def _report(catalog: IndexCatalog, new: str, entry: IndexEntry, verdict: SwitchVerdict, reason: str) -> SwitchReport:
    return SwitchReport(
        verdict=verdict,
        reason=reason,
        live=catalog.live() or new,
        new=new,
        previous=catalog.previous(),
        fingerprint=entry.fingerprint,
    )
