"""A language model that says what a test tells it to."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from llm_engineering.application.language_models.port import ModelUnreachableError
from llm_engineering.application.language_models.structured import json_text, require_usable_schema
from llm_engineering.application.language_models.tokens import counted_tokens
from llm_engineering.domain.language_models import Completion, FinishReason, ModelIdentity, ModelRequest, TokenUsage

SAID = "The glass tide comes in twice a day."


@dataclass(frozen=True)
class Said:
    """What the model says to one request."""

    text: str = SAID
    usage: TokenUsage | None = None
    """None: the words are counted."""
    finish_reason: FinishReason | None = None
    """None: LENGTH if the text is longer than the request allows, which then cuts it; else STOP."""
    before: asyncio.Event | None = None
    """Awaited before the first piece."""
    between: asyncio.Event | None = None
    """Awaited after the first piece of a stream."""
    cut_after: int | None = None
    """The stream breaks off after so many pieces."""


Script = Said | str | Exception
Answering = Callable[[ModelRequest], Script]


class ScriptedModel:
    """Says the scripted replies one after the other, then what `otherwise` returns; errors are raised.

    ```python
    model = ScriptedModel("first", ModelFailedError("It broke.", remedy="Mend it."), Said("last", before=event))
    ```
    """

    def __init__(self, *script: Script, otherwise: Answering | None = None, name: str = "scripted") -> None:
        self.script = list(script)
        self.otherwise = otherwise or _usual
        self.name = name
        self.requests: list[ModelRequest] = []
        """What was asked, in order."""
        self.cancelled: list[ModelRequest] = []
        """What was cancelled or closed before its end."""
        self.under_way = 0
        self.closed = 0
        """How often it was closed."""

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity(provider="scripted", name=self.name)

    async def completion(self, request: ModelRequest) -> Completion:
        said = self._next(request)
        with self._watched(request):
            if said.before is not None:
                await said.before.wait()
            if said.cut_after is not None:
                raise _cut_off()
            return _completion(request, said)

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        said = self._next(request)
        with self._watched(request):
            if said.before is not None:
                await said.before.wait()
            completion = _completion(request, said)
            for place, piece in enumerate(_pieces(completion.text)):
                if place == said.cut_after:
                    raise _cut_off()
                if place == 1 and said.between is not None:
                    await said.between.wait()
                yield piece
            yield completion

    async def close(self) -> None:
        self.closed += 1

    def _next(self, request: ModelRequest) -> Said:
        if request.json_schema is not None:
            require_usable_schema(request.json_schema)
        self.requests.append(request)
        said = self.script.pop(0) if self.script else self.otherwise(request)
        if isinstance(said, Exception):
            raise said
        return Said(said) if isinstance(said, str) else said

    def _watched(self, request: ModelRequest) -> "_Watched":
        return _Watched(self, request)


def _usual(request: ModelRequest) -> Script:
    return Said('{"answer": "yes"}' if request.json_schema is not None else SAID)


class _Watched:
    def __init__(self, model: ScriptedModel, request: ModelRequest) -> None:
        self._model = model
        self._request = request

    def __enter__(self) -> None:
        self._model.under_way += 1

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._model.under_way -= 1
        if kind is not None and issubclass(kind, asyncio.CancelledError | GeneratorExit):
            self._model.cancelled.append(self._request)


def _completion(request: ModelRequest, said: Said) -> Completion:
    words = _pieces(said.text)
    kept, is_cut = said.text, False
    if request.json_schema is not None:
        kept = json_text(said.text, request.json_schema)
    elif len(words) > request.max_output_tokens:
        kept, is_cut = "".join(words[: request.max_output_tokens]), True
    usage = TokenUsage(
        prompt_tokens=sum(counted_tokens(message.content) for message in request.messages),
        completion_tokens=len(_pieces(kept)),
    )
    return Completion(
        text=kept,
        finish_reason=said.finish_reason or (FinishReason.LENGTH if is_cut else FinishReason.STOP),
        usage=said.usage or usage,
        model="scripted-1",
    )


def _pieces(text: str) -> Sequence[str]:
    """Return the words of a text with the spaces before them."""
    first, *rest = text.split(" ")
    return [piece for piece in (first, *(f" {word}" for word in rest)) if piece]


def _cut_off() -> ModelUnreachableError:
    return ModelUnreachableError("The scripted model was cut off.", remedy="Script another reply.")
