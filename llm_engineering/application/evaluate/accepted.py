"""Evaluations that a person accepted: what later ones may not be worse than."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from pydantic import Field

from llm_engineering.application.evaluate.scoring import RetrievalFigures
from llm_engineering.application.ports import Collection, DocumentStore
from llm_engineering.application.warehouse.documents import object_from
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures

ACCEPTED_EVALUATIONS: Final = Collection("accepted_evaluations", ("collection", "accepted_at"))
"""All of them, so that the history can be read; the last one of a collection counts."""


class AcceptedEvaluation(FrozenModel):
    """Figures that were accepted. The natural key is the collection of vectors and the time."""

    id: str = Field(alias="_id")
    collection: str
    accepted_at: str
    """Time (UTC) in ISO 8601."""
    golden_version: str
    means: Mapping[str, float | int]
    """Figures over all questions, for people."""
    ndcg_by_question: Mapping[str, float]
    """nDCG@10 of each question by its id."""

    @classmethod
    def of(cls, figures: RetrievalFigures, collection: str, now: datetime) -> "AcceptedEvaluation":
        """Return figures of a collection as accepted at a time (UTC)."""
        accepted_at = now.isoformat()
        return cls(
            id=identifier("accepted-evaluation", collection, accepted_at),
            collection=collection,
            accepted_at=accepted_at,
            golden_version=figures.golden_version,
            means=figures.overall.means,
            ndcg_by_question=figures.ndcg_by_question,
        )

    @property
    def figures(self) -> Figures:
        """What a person wants to know of it."""
        return {"accepted_at": self.accepted_at, "golden_version": self.golden_version, **self.means}


def write_accepted(store: DocumentStore, accepted: AcceptedEvaluation) -> None:
    """Write an accepted evaluation; later ones are compared with it."""
    store.upsert(ACCEPTED_EVALUATIONS, [accepted.model_dump(mode="json", by_alias=True)])


def last_accepted(store: DocumentStore, collection: str) -> AcceptedEvaluation | None:
    """Return the evaluation of a collection that was accepted last, or None.

    Raises:
        StoredObjectInvalidError: A stored one is not valid.
    """
    found = store.find(ACCEPTED_EVALUATIONS, {"collection": collection})
    accepted = (object_from(AcceptedEvaluation, ACCEPTED_EVALUATIONS, json) for json in found)
    return max(accepted, key=lambda each: datetime.fromisoformat(each.accepted_at), default=None)
