"""Nodes of the dataflow that have the answer written: prompt, request and completion."""

from collections.abc import AsyncIterator, Callable
from typing import Final

from llm_engineering.application.answer.asking import (
    AnswerEvent,
    AnswerReplaced,
    FoundPassage,
    PassagesFound,
    TextWritten,
)
from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.answer.dataflow import when
from llm_engineering.application.answer.scopes import Scope
from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.language_models.port import LanguageModel, LanguageModelError, ModelUnreachableError
from llm_engineering.application.prompts.source import AnswerInputs, PromptSource
from llm_engineering.domain.language_models import (
    ChatMessage,
    Completion,
    Evidence,
    ModelIdentity,
    ModelRequest,
    Role,
)
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import RenderedPrompt

EXTRACTIVE: Final = "extractive"
"""`ModelIdentity.provider` of the model that quotes passages and asks nobody."""
Tell = Callable[[AnswerEvent], None]
"""Takes what happens on the way to an answer, for whoever watches; it must not block."""


class Reply(FrozenModel):
    """What was said, and by whom."""

    completion: Completion
    model: ModelIdentity
    notes: tuple[str, ...] = ()

    @property
    def is_quoted(self) -> bool:
        """Whether it consists of passages in their author's words."""
        return self.model.provider == EXTRACTIVE


@when(writing="quoted")
def prompt__quoted() -> RenderedPrompt | None:
    """Return no prompt: passages are selected and quoted."""
    return None


@when(writing="written")
async def prompt__written(
    *,
    query: str,
    context: tuple[FoundPassage, ...],
    scope: Scope,
    language: str | None,
    prompts: PromptSource,
    threads: Threads,
    answering: Answering,
) -> RenderedPrompt | None:
    """Return the prompt for the answer; None if there is nothing to answer from."""
    if not context:
        return None
    inputs = AnswerInputs(question=query, passages=_evidence(context), author=_voice(scope, context), language=language)
    return await threads.result(
        lambda: prompts.prompt("answer", answering.prompts.answer).rendered(inputs),
    )


def request(
    query: str, context: tuple[FoundPassage, ...], prompt: RenderedPrompt | None, answering: Answering
) -> ModelRequest | None:
    """Return what the model is asked; None if there is nothing to answer from, and nobody is asked."""
    if not context:
        return None
    return ModelRequest(
        messages=prompt.messages if prompt else (ChatMessage(role=Role.USER, content=query),),
        max_output_tokens=answering.max_output_tokens,
        temperature=answering.temperature,
        question=query,
        evidence=_evidence(context),
    )


async def completion(
    *,
    request: ModelRequest | None,
    considered: tuple[FoundPassage, ...],
    model: LanguageModel,
    quoting: LanguageModel,
    answering: Answering,
    trace_id: str,
    tell: Tell | None,
) -> Reply | None:
    """Return what the model says, or the passages quoted if it fails and that is set; None if nobody was asked.

    Whoever watches is told what was found, and what is written as it comes.

    Raises:
        LanguageModelError: The model failed and passages are not to be quoted in its place.
    """
    if tell:
        tell(PassagesFound(trace_id=trace_id, passages=tuple(considered)))
    if request is None:
        return None
    try:
        said = await _said(model, request, tell)
    except LanguageModelError as error:
        if not answering.quote_on_failure or model.identity.provider == EXTRACTIVE:
            raise
        note = f"The language model failed ({type(error).__name__}: {error.problem}); passages are quoted in its place."
    else:
        return Reply(completion=said, model=model.identity)
    if tell:
        tell(AnswerReplaced(note=note))
    return Reply(completion=await _said(quoting, request, tell), model=quoting.identity, notes=(note,))


async def _said(model: LanguageModel, request: ModelRequest, tell: Tell | None) -> Completion:
    return await (_told(model.stream(request), tell) if tell else model.completion(request))


async def _told(stream: AsyncIterator[str | Completion], tell: Tell) -> Completion:
    async for piece in stream:
        if isinstance(piece, Completion):
            return piece
        tell(TextWritten(text=piece))
    raise ModelUnreachableError("The language model's answer broke off.", remedy="Ask again.")


def _evidence(context: tuple[FoundPassage, ...]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(number=passage.number or 1, title=_title(passage), text=passage.chunk.text) for passage in context
    )


def _title(passage: FoundPassage) -> str:
    chunk = passage.chunk
    return " > ".join(part for part in (chunk.provenance.title, *chunk.heading_path) if part)


def _voice(scope: Scope, context: tuple[FoundPassage, ...]) -> str | None:
    """Return the author that the question means, or the only one of the passages."""
    if scope.author:
        return scope.author.full_name
    names = {passage.chunk.provenance.author_full_name for passage in context}
    return names.pop() if len(names) == 1 else None
