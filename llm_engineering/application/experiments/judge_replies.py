"""One reply of a judge: what he says, or why he says nothing that can be used."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from llm_engineering.application.experiments.given_answers import Failure
from llm_engineering.application.experiments.running import failure_of
from llm_engineering.application.language_models.port import BudgetSpentError, LanguageModel
from llm_engineering.domain.errors import StoreUnavailableError, TwinError
from llm_engineering.domain.language_models import Completion, ModelRequest

ReplyT = TypeVar("ReplyT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class JudgeReply(Generic[ReplyT]):
    """What came of asking a judge once."""

    said: ReplyT | Failure
    completion: Completion | None
    """What it took; None if nothing came."""


async def judge_reply(model: LanguageModel, request: ModelRequest, reply_type: type[ReplyT]) -> JudgeReply[ReplyT]:
    """Return what a judge says, as the type that his JSON is read into, or why that cannot be had.

    Raises:
        BudgetSpentError: The budget of the language model is spent; the next question would end in the same way.
        StoreUnavailableError: The store of its calls could not be reached.
    """
    try:
        completion = await model.completion(request)
    except (BudgetSpentError, StoreUnavailableError):
        raise
    except TwinError as error:
        return JudgeReply(failure_of(error), None)
    try:
        return JudgeReply(reply_type.model_validate_json(completion.text), completion)
    except ValidationError as error:
        failure = Failure(reason="broken_reply", detail=f"The judge did not keep to the schema: {error}"[:500])
        return JudgeReply(failure, completion)
