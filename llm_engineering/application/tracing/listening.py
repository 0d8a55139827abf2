"""Listens to what a node asks language models and prompts, also where its value does not tell."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import NoneType
from typing import Any, Final

from pydantic import BaseModel

from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.prompts.source import Prompt, PromptInputs, PromptSource
from llm_engineering.domain.language_models import Completion, ModelIdentity, ModelRequest
from llm_engineering.domain.prompts import PromptReference, RenderedPrompt

Now = Callable[[], datetime]

_DATA: Final = (BaseModel, str, bytes, int, float, date, tuple, list, dict, set, frozenset, NoneType)


@dataclass(frozen=True, slots=True)
class HeardCall:
    """One call of a language model."""

    model: ModelIdentity
    request: ModelRequest
    started_at: datetime
    ended_at: datetime
    completion: Completion | None
    """None if it failed."""
    error: BaseException | None


@dataclass(slots=True)
class Heard:
    """What one node has asked."""

    now: Now
    calls: list[HeardCall] = field(default_factory=list)
    prompts: list[RenderedPrompt] = field(default_factory=list)

    def listening(self, services: Mapping[str, Any]) -> dict[str, Any]:
        """Return those of some values that are models or sources of prompts, such that they are heard here."""
        # To ask data for an attribute that it has not is slow, and most of what a node is given is data.
        others = {name: each for name, each in services.items() if not isinstance(each, _DATA)}
        return {
            **{name: _HeardModel(each, self) for name, each in others.items() if _is_model(each)},
            **{name: _HeardPrompts(each, self) for name, each in others.items() if _is_source(each)},
        }

    def note(
        self, model: LanguageModel, request: ModelRequest, started_at: datetime, end: Completion | BaseException
    ) -> None:
        """Note how a call ended."""
        completion, error = (end, None) if isinstance(end, Completion) else (None, end)
        self.calls.append(HeardCall(model.identity, request, started_at, self.now(), completion, error))


def _is_model(value: Any) -> bool:  # noqa: ANN401 - any value
    return isinstance(getattr(value, "identity", None), ModelIdentity) and callable(getattr(value, "stream", None))


def _is_source(value: Any) -> bool:  # noqa: ANN401 - any value
    return callable(getattr(value, "prompt", None))


class _HeardModel:
    """A `LanguageModel`."""

    def __init__(self, model: LanguageModel, heard: Heard) -> None:
        self._model = model
        self._heard = heard

    @property
    def identity(self) -> ModelIdentity:
        return self._model.identity

    async def completion(self, request: ModelRequest) -> Completion:
        started_at = self._heard.now()
        try:
            completion = await self._model.completion(request)
        except BaseException as error:
            self._heard.note(self._model, request, started_at, error)
            raise
        self._heard.note(self._model, request, started_at, completion)
        return completion

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        started_at = self._heard.now()
        try:
            async for piece in self._model.stream(request):
                if isinstance(piece, Completion):
                    self._heard.note(self._model, request, started_at, piece)
                yield piece
        except Exception as error:
            self._heard.note(self._model, request, started_at, error)
            raise

    async def close(self) -> None:
        await self._model.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - what an adapter has besides the port
        return getattr(self._model, name)


class _HeardPrompts:
    """A `PromptSource`."""

    def __init__(self, source: PromptSource, heard: Heard) -> None:
        self._source = source
        self._heard = heard

    def prompt(self, name: str, version: str | None = None) -> "_HeardPrompt":
        return _HeardPrompt(self._source.prompt(name, version), self._heard)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._source, name)


class _HeardPrompt:
    """A `Prompt`."""

    def __init__(self, prompt: Prompt, heard: Heard) -> None:
        self._prompt = prompt
        self._heard = heard

    @property
    def reference(self) -> PromptReference:
        return self._prompt.reference

    def rendered(self, inputs: PromptInputs) -> RenderedPrompt:
        rendered = self._prompt.rendered(inputs)
        self._heard.prompts.append(rendered)
        return rendered
