"""Asks a language model for samples of many extracts at a time, and keeps each reply before the next question."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
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
        self._wanted = 0
        self._answered = 0
        self._failed = 0
        self._out_of_budget: BudgetSpentError | None = None
        self.from_store = 0
        """How many requests had their reply before."""

    async def outcomes(self, requests: Sequence[Request], on_progress: Callable[[int], None]) -> list[Outcome]:
        """Return what became of each request, in their order; equal requests are asked once.

        One reply that cannot be used costs that reply, and nothing else. When the budget is spent, what is left fails
        as "budget_spent".

        Raises:
            ModelGoneError: The model failed so often in a row that it is left alone, or five times before any answer.
        """
        counts = Counter(request.key for request in requests)
        stored = await self._replies.replies(list(counts))
        found: dict[str, Outcome] = {key: reply.completion for key, reply in stored.items()}
        self._wanted = len(requests)
        self.from_store = sum(counts[key] for key in found)
        on_progress(self.from_store)
        waiting = iter([request for key, request in _by_key(requests).items() if key not in found])

        async def work() -> None:
            for request in waiting:
                found[request.key] = await self._outcome(request)
                on_progress(counts[request.key])

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._writing.concurrency):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
        return [found[request.key] for request in requests]

    async def _outcome(self, request: Request) -> Outcome:
        try:
            completion = await self._completion(request.request)
        except BudgetSpentError as error:
            self._out_of_budget = error
            return Failure("budget_spent", str(error))
        except CircuitOpenError as error:
            raise ModelGoneError(error, self.from_store + self._answered, self._wanted) from error
        except BrokenReplyError as error:
            return Failure("broken_reply", f"{type(error).__name__}: {error}")
        except LanguageModelError as error:
            self._failed += 1
            if self._failed >= _FAILURES_AT_FIRST and not self._answered and not self.from_store:
                raise ModelGoneError(error, 0, self._wanted) from error
            return Failure("model_failed", f"{type(error).__name__}: {error}")
        self._answered += 1
        document_id = request.extract.provenance.document_id
        await self._replies.keep(StoredReply(key=request.key, document_id=document_id, completion=completion))
        return completion

    async def _completion(self, request: ModelRequest) -> Completion:
        """Return the first reply that is whole, else the last one that holds samples at all.

        Raises:
            BrokenReplyError: None holds any.
            LanguageModelError: The model failed.
        """
        partial: Completion | None = None
        for tried in count(1):
            if self._out_of_budget is not None:
                raise self._out_of_budget
            try:
                completion, is_whole = await self._tried(request)
            except BrokenReplyError:
                if tried >= self._writing.tries and partial is None:
                    raise
            else:
                if is_whole:
                    return completion
                partial = completion
            if tried >= self._writing.tries and partial is not None:
                return partial
        raise AssertionError  # count() does not end

    async def _tried(self, request: ModelRequest) -> tuple[Completion, bool]:
        """Return one reply that samples can be read from, mended if it has to be, and whether it is whole.

        Raises:
            BrokenReplyError: It holds none, or was held back by the provider.
        """
        try:
            completion = await self._model.completion(request)
        except ReplyNotOfSchemaError as error:
            read = read_reply(error.reply, self._kind)
            if read is None:
                raise
            mended = _counted_here(request, error.reply)
            return mended.model_copy(update={"text": read.reply.model_dump_json()}), read.is_whole
        if completion.finish_reason is FinishReason.FILTERED:
            raise BrokenReplyError("The provider held the reply back.", remedy="Leave such documents out.")
        read = read_reply(completion.text, self._kind)
        if read is None:
            raise ReplyNotOfSchemaError(completion.text, "there is no sample")
        return completion, read.is_whole


def _by_key(requests: Sequence[Request]) -> dict[str, Request]:
    return {request.key: request for request in requests}


def _counted_here(request: ModelRequest, reply: str) -> Completion:
    """Return a completion for a reply whose figures got lost with its error."""
    prompt = sum(counted_tokens(message.content) for message in request.messages)
    usage = TokenUsage(prompt_tokens=prompt, completion_tokens=counted_tokens(reply), is_estimated=True)
    return Completion(text=reply, finish_reason=FinishReason.STOP, usage=usage, model="")
