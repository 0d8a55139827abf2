"""The LanguageModel port without a model: it quotes the evidence."""

from collections.abc import AsyncIterator

from llm_engineering.application.language_models.port import ModelRefusedError
from llm_engineering.application.language_models.quoting import Quotes, Stems, quotes
from llm_engineering.application.language_models.tokens import counted_tokens
from llm_engineering.domain.language_models import (
    Completion,
    FinishReason,
    ModelIdentity,
    ModelRequest,
    Role,
    TokenUsage,
)


class CannotWriteError(ModelRefusedError):
    """Something was asked for that takes a model which writes."""

    def __init__(self, wanted: str) -> None:
        super().__init__(
            f"No language model is set, so passages can be quoted, but nothing can be written: {wanted}.",
            remedy="Set a language model, as docs/language-models.md says, or ask with passages.",
        )
        self.wanted = wanted


class ExtractiveModel:
    """Answers with the best passages of a request's evidence, word by word, each with its mark [n].

    It is as fast as reading them, needs no network, and the same request has the same answer.

    Args:
        stems: Numbers the stems of a text's words.
    """

    def __init__(self, stems: Stems) -> None:
        self._stems = stems

    @property
    def identity(self) -> ModelIdentity:
        """It is no model."""
        return ModelIdentity(provider="extractive", name="quotes")

    async def completion(self, request: ModelRequest) -> Completion:
        """Return the best passages.

        Raises:
            CannotWriteError: There is no evidence to quote, or JSON is wanted.
        """
        return _completion(request, self._quotes(request))

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        """Yield the best passages one by one, and last all of them. Raises what `completion` does."""
        chosen = self._quotes(request)
        for place, quote in enumerate(chosen.quotes):
            yield f"\n\n{quote.marked}" if place else quote.marked
        yield _completion(request, chosen)

    async def close(self) -> None:
        """Nothing is to be let go of."""

    def _quotes(self, request: ModelRequest) -> Quotes:
        if request.json_schema is not None:
            raise CannotWriteError("JSON of a schema was asked for")
        if not request.evidence:
            raise CannotWriteError("there is no passage")
        question = request.question or _last_said(request)
        return quotes(question, request.evidence, self._stems, max_tokens=request.max_output_tokens)


def _last_said(request: ModelRequest) -> str:
    said = [message.content for message in request.messages if message.role is Role.USER]
    return said[-1] if said else ""


def _completion(request: ModelRequest, chosen: Quotes) -> Completion:
    read = sum(counted_tokens(evidence.text) for evidence in request.evidence)
    return Completion(
        text=chosen.text,
        finish_reason=FinishReason.LENGTH if chosen.is_cut else FinishReason.STOP,
        usage=TokenUsage(prompt_tokens=read, completion_tokens=counted_tokens(chosen.text)),
        model="quotes",
    )
