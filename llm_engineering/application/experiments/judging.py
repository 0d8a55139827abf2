"""What a judge says of two answers: the settings, one judgement, and what is kept of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from pydantic import Field, model_validator

from llm_engineering.application.ports import Collection, DocumentStore
from llm_engineering.application.warehouse.documents import object_from
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.models import FrozenModel

EXPERIMENT_JUDGEMENTS: Final = Collection("experiment_judgements", ("experiment", "asked"))


class Choice(StrEnum):
    """Which answer a judge finds better. The values are stored: do not rename them."""

    FIRST = "first"
    SECOND = "second"
    TIE = "tie"


class Criterion(StrEnum):
    """What answers are judged by."""

    ACCURACY = "accuracy"
    STYLE = "style"


class Judgement(FrozenModel):
    """What a judge said of two answers that he was shown in one order."""

    accuracy: Choice
    style: Choice

    def of(self, criterion: Criterion) -> Choice:
        """Return what was said by a criterion."""
        return self.accuracy if criterion is Criterion.ACCURACY else self.style


class JudgementReply(FrozenModel):
    """A judgement in the words of a model."""

    reason: str
    """Asked for because a model judges better that has said why first; it may quote the answers, so it is not kept."""
    accuracy: Choice
    style: Choice

    @property
    def judgement(self) -> Judgement:
        """What is kept."""
        return Judgement(accuracy=self.accuracy, style=self.style)


JUDGEMENT_SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string"},
        **{each.value: {"type": "string", "enum": [choice.value for choice in Choice]} for each in Criterion},
    },
    "required": ["reason", *(each.value for each in Criterion)],
    "additionalProperties": False,
}


class SameSamplesError(InvalidInputError):
    """Several samples are asked for that would all be the same."""

    def __init__(self, samples: int) -> None:
        super().__init__(
            f"judge.samples is {samples}, but with judge.temperature 0 a model says the same each time.",
            remedy="Set judge.temperature to e.g. 0.7, or judge.samples to 1.",
        )


class Judging(FrozenModel):
    """How a language model compares the answers."""

    model: str | None = None
    """Name of a model at the provider of the settings; None: the model of the settings, which also writes answers."""
    prompt: str | None = None
    """Version of the prompt "judge"; None: the current one."""
    samples: int = Field(default=1, ge=1, le=20)
    """How often it is asked in each of both orders."""
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_output_tokens: int = Field(default=300, gt=0)

    @model_validator(mode="after")
    def _samples_differ(self) -> Self:
        if self.samples > 1 and self.temperature == 0:
            raise SameSamplesError(self.samples)
        return self


class StoredJudgement(FrozenModel):
    """A judgement as it is stored, without a word of the answers. The natural key is experiment and what was asked."""

    id: str = Field(alias="_id")
    experiment: str
    asked: str
    """Hash of judge, prompt, question, answers, their order and the number of the sample."""
    judgement: Judgement
    judged_at: datetime


def stored_judgements(store: DocumentStore, experiment: str) -> dict[str, Judgement]:
    """Return the judgements of an experiment by the hash of what was asked.

    Raises:
        StoredObjectInvalidError: A stored one is not valid.
    """
    found = store.find(EXPERIMENT_JUDGEMENTS, {"experiment": experiment})
    stored = (object_from(StoredJudgement, EXPERIMENT_JUDGEMENTS, each) for each in found)
    return {each.asked: each.judgement for each in stored}


def write_judgement(store: DocumentStore, judgement: Judgement, *, experiment: str, asked: str, now: datetime) -> None:
    """Write what a judge said."""
    record = StoredJudgement(
        id=identifier("experiment-judgement", experiment, asked),
        experiment=experiment,
        asked=asked,
        judgement=judgement,
        judged_at=now,
    )
    store.upsert(EXPERIMENT_JUDGEMENTS, [record.model_dump(mode="json", by_alias=True)])
