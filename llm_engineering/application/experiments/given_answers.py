"""Answers that variants gave, kept so that none is asked for and paid twice."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from pydantic import Field

from llm_engineering.application.answer.asking import FoundPassage
from llm_engineering.application.ports import Collection, DocumentStore
from llm_engineering.application.warehouse.documents import object_from
from llm_engineering.domain.answers import Answer
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel

EXPERIMENT_ANSWERS: Final = Collection("experiment_answers", ("experiment", "variant", "question"))
EXPERIMENT_LOOKS: Final = Collection("experiment_looks", ("experiment", "questions"))


class Failure(FrozenModel):
    """Why there is no answer, or no figure."""

    reason: str
    """Short name in snake case, by which failures are counted."""
    detail: str
    """What happened; never a secret."""


class GivenAnswer(FrozenModel):
    """What a variant answered to a question, with all that it found."""

    answer: Answer
    passages: tuple[FoundPassage, ...]
    """The best first; those without a number were not given to the model."""
    asked_about: tuple[str, ...] = ()
    """Documents that the question was made of: a model that learned from them may say their words without a passage."""

    @property
    def document_ids(self) -> frozenset[str]:
        """The documents whose words are in it, or may be."""
        cited = (citation.document_id for citation in self.answer.citations)
        found = (passage.chunk.provenance.document_id for passage in self.passages)
        return frozenset(self.asked_about).union(found, cited)


class StoredAnswer(FrozenModel):
    """An answer or a failure as it is stored. The natural key is experiment, variant and question."""

    id: str = Field(alias="_id")
    experiment: str
    variant: str
    """Fingerprint of the variant: what is changed under the same name is another variant."""
    question: str
    """Key of the question."""
    given: GivenAnswer | None
    failure: Failure | None
    asked_at: datetime


class Look(FrozenModel):
    """That the verdict on an experiment was looked at. The natural key is experiment and questions."""

    id: str = Field(alias="_id")
    experiment: str
    questions: str
    """Fingerprint of variants, rule and questions."""
    looked_at: datetime


def stored_answers(store: DocumentStore, experiment: str, variant: str) -> dict[str, GivenAnswer]:
    """Return the answers of a variant by the keys of the questions; failures are to be asked again.

    Raises:
        StoredObjectInvalidError: A stored one is not valid.
    """
    found = store.find(EXPERIMENT_ANSWERS, {"experiment": experiment, "variant": variant})
    answers = (object_from(StoredAnswer, EXPERIMENT_ANSWERS, each) for each in found)
    return {each.question: each.given for each in answers if each.given}


def write_answer(
    store: DocumentStore, given: GivenAnswer | Failure, *, experiment: str, variant: str, question: str, now: datetime
) -> None:
    """Write what came of a question; a later answer takes the place of a failure."""
    record = StoredAnswer(
        id=identifier("experiment-answer", experiment, variant, question),
        experiment=experiment,
        variant=variant,
        question=question,
        given=given if isinstance(given, GivenAnswer) else None,
        failure=given if isinstance(given, Failure) else None,
        asked_at=now,
    )
    store.upsert(EXPERIMENT_ANSWERS, [record.model_dump(mode="json", by_alias=True)])


def counted_look(store: DocumentStore, experiment: str, questions: str, now: datetime) -> int:
    """Write that an experiment is looked at and return which look it is; the same questions are the same look."""
    looks = sorted(
        (
            object_from(Look, EXPERIMENT_LOOKS, each)
            for each in store.find(EXPERIMENT_LOOKS, {"experiment": experiment})
        ),
        key=lambda look: look.looked_at,
    )
    seen = [look.questions for look in looks]
    if questions in seen:
        return seen.index(questions) + 1
    look = Look(
        id=identifier("experiment-look", experiment, questions),
        experiment=experiment,
        questions=questions,
        looked_at=now,
    )
    store.upsert(EXPERIMENT_LOOKS, [look.model_dump(mode="json", by_alias=True)])
    return len(seen) + 1


def answers_with(store: DocumentStore, document_ids: Iterable[str]) -> list[str]:
    """Return the ids of the stored answers that have words of some documents."""
    wanted = set(document_ids)
    if not wanted:
        return []
    found = (object_from(StoredAnswer, EXPERIMENT_ANSWERS, each) for each in store.find(EXPERIMENT_ANSWERS, {}))
    return [each.id for each in found if each.given and wanted & each.given.document_ids]


def forget_answers(store: DocumentStore, document_ids: Iterable[str]) -> int:
    """Delete the answers that have words of some documents, and return how many there were."""
    ids = answers_with(store, document_ids)
    return store.delete(EXPERIMENT_ANSWERS, {"_id": ids}) if ids else 0
