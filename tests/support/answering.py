"""Fakes of what answers are made with; those of ports pass their contract suites."""

from collections.abc import AsyncIterator, Callable, Sequence

from llm_engineering.application.language_models.port import LanguageModelError
from llm_engineering.domain.authors import Author
from llm_engineering.domain.language_models import (
    Completion,
    FinishReason,
    ModelIdentity,
    ModelRequest,
    TokenUsage,
)


class ScriptedModel:
    """Says what a function makes of the request, word by word; raises it if that is an error."""

    def __init__(
        self,
        says: Callable[[ModelRequest], str | LanguageModelError],
        *,
        provider: str = "openai",
        broken_after: int = 0,
    ) -> None:
        self._says = says
        self.identity = ModelIdentity(provider=provider, name="scripted")
        self.requests: list[ModelRequest] = []

    async def completion(self, request: ModelRequest) -> Completion:
        self.requests.append(request)
        said = self._says(request)
        if isinstance(said, LanguageModelError):
            raise said
        usage = TokenUsage(prompt_tokens=7, completion_tokens=len(said.split()))
        return Completion(text=said, finish_reason=FinishReason.STOP, usage=usage, model="scripted-1", cost=0.25)

    async def stream(self, request: ModelRequest) -> AsyncIterator[str | Completion]:
        said = self._says(request)
        if isinstance(said, LanguageModelError):
            for word in ("Half", " an"):
                yield word
            raise said
        completion = await self.completion(request)
        for start in range(0, len(completion.text), 5):
            yield completion.text[start : start + 5]
        yield completion

    async def close(self) -> None:
        """Nothing is open."""


class GivenAuthors:
    """Knows some authors by their full names."""

    def __init__(self, names: Sequence[str]) -> None:
        self._authors = tuple(map(Author.from_full_name, names))

    def all(self) -> tuple[Author, ...]:
        return self._authors
