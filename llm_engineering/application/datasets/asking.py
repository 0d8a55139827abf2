"""Asks a language model many things at a time, and keeps each reply before the next question."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from llm_engineering.application.datasets.generation import Writing
from llm_engineering.application.datasets.replies import ReplyStore, StoredReply
from llm_engineering.application.datasets.reply_reading import read_reply
from llm_engineering.application.language_models.breaker import CircuitOpenError
from llm_engineering.application.language_models.port import (
    BrokenReplyError,
    BudgetSpentError,
    LanguageModel,
    LanguageModelError,
)
from llm_engineering.application.language_models.structured import ReplyNotOfSchemaError
from llm_engineering.application.language_models.tokens import counted_tokens
from llm_engineering.domain.language_models import Completion, FinishReason, ModelRequest, TokenUsage
from llm_engineering.domain.samples import Extract, SampleKind

_FAILURES_AT_FIRST: Final = 5
"""So many failures before any answer mean that nothing will be answered: a key that is not accepted, no such model."""


class ModelGoneError(LanguageModelError):
    """A language model does not answer any more; what it answered is kept."""

    def __init__(self, error: LanguageModelError, answered: int, asked: int) -> None:
        super().__init__(
            f"After {answered} of {asked} replies the language model gave none any more: {error.problem}",
            remedy=f"{error.remedy} What was replied is kept: the next run asks only for the rest.",
        )
        self.answered = answered
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Request:
    """A request for samples of an extract."""

    extract: Extract
    request: ModelRequest
    key: str
    """By which its reply is kept."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no reply that can be used."""

    reason: str
    detail: str


Outcome = Completion | Failure


class Asking:
    """One run of requests.

    Args:
        model: Asked.
        replies: A reply that it has is not asked for; each new one is kept before anything else is asked.
        kind: Replies that hold no sample of this kind are asked for again.
        writing: How many at a time, and how often.
    """

    def __init__(self, model: LanguageModel, replies: ReplyStore, kind: SampleKind, writing: Writing) -> None:
        self._model = model
        self._replies = replies
        self._kind = kind
        self._writing = writing
        self._answered = 0
        self._failed = 0
        self._out_of_budget: BudgetSpentError | None = None
        self.from_store = 0
        """How many replies were there before."""

    async def outcomes(self, requests: Sequence[Request], on_progress: Callable[[int], None]) -> list[Outcome]:
        """Return what became of each request, in their order.

        One reply that cannot be used costs that reply, and nothing else. When the budget is spent, what is left fails
        as "budget_spent".

        Raises:
            ModelGoneError: The model failed so often in a row that it is left alone, or five times before any answer.
        """
        stored = await self._replies.replies([request.key for request in requests])
        self.from_store = len(stored)
        found: dict[int, Outcome] = {
            place: stored[request.key].completion for place, request in enumerate(requests) if request.key in stored
        }
        on_progress(len(found))
        waiting = iter([(place, request) for place, request in enumerate(requests) if place not in found])

        async def work() -> None:
            for place, request in waiting:
                found[place] = await self._outcome(request, asked=len(requests))
                on_progress(1)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._writing.concurrency):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        return [found[place] for place in range(len(requests))]

    async def _outcome(self, request: Request, *, asked: int) -> Outcome:
        failure = Failure("no_reply", "It was not asked.")
        for _ in range(self._writing.tries):
            if self._out_of_budget is not None:
                return Failure("budget_spent", str(self._out_of_budget))
            try:
                completion = await self._usable(request.request)
            except BudgetSpentError as error:
                self._out_of_budget = error
                continue
            except CircuitOpenError as error:
                raise ModelGoneError(error, self.from_store + self._answered, asked) from error
            except BrokenReplyError as error:
                failure = Failure("broken_reply", f"{type(error).__name__}: {error}")
            except LanguageModelError as error:
                self._note(error, asked)
                return Failure("model_failed", f"{type(error).__name__}: {error}")
            else:
                self._answered += 1
                await self._keep(request, completion)
                return completion
        return failure if self._out_of_budget is None else Failure("budget_spent", str(self._out_of_budget))

    async def _usable(self, request: ModelRequest) -> Completion:
        """Return a reply that samples can be read from, mended if it has to be.

        Raises:
            BrokenReplyError: It holds none, or was held back by the provider.
        """
        try:
            completion = await self._model.completion(request)
        except ReplyNotOfSchemaError as error:
            mended = read_reply(error.reply, self._kind)
            if mended is None:
                raise
            return _counted_here(request, error.reply).model_copy(update={"text": mended.model_dump_json()})
        if completion.finish_reason is FinishReason.FILTERED:
            raise BrokenReplyError("The provider held the reply back.", remedy="Leave such documents out.")
        if read_reply(completion.text, self._kind) is None:
            raise ReplyNotOfSchemaError(completion.text, "there is no sample")
        return completion

    async def _keep(self, request: Request, completion: Completion) -> None:
        document_id = request.extract.provenance.document_id
        await self._replies.keep(StoredReply(key=request.key, document_id=document_id, completion=completion))

    def _note(self, error: LanguageModelError, asked: int) -> None:
        self._failed += 1
        if self._failed >= _FAILURES_AT_FIRST and not self._answered and not self.from_store:
            raise ModelGoneError(error, 0, asked) from error


def _counted_here(request: ModelRequest, reply: str) -> Completion:
    """Return a completion for a reply whose figures got lost with its error."""
    prompt = sum(counted_tokens(message.content) for message in request.messages)
    usage = TokenUsage(prompt_tokens=prompt, completion_tokens=counted_tokens(reply), is_estimated=True)
    return Completion(text=reply, finish_reason=FinishReason.STOP, usage=usage, model="")
