"""Recognises in the values of any dataflow what an answer is followed back by: by type, not by the names of nodes."""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar

from llm_engineering.application.tracing.port import RetrievedChunk
from llm_engineering.application.tracing.shortening import field_names, has_parts, is_one_of, member, parts_of, walked
from llm_engineering.domain.chunks import Candidate, Chunk
from llm_engineering.domain.documents import CleanedDocument, Provenance, RawDocument
from llm_engineering.domain.language_models import Completion, ModelIdentity, ModelRequest
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import PromptReference, RenderedPrompt

_PARAMETERS: Final = ("max_output_tokens", "temperature", "seed", "top_p", "json_schema")
_MOST_CHUNKS: Final = 200
_MOST_ITEMS: Final = 1_000
_LEVELS: Final = 3
"""How deep a value is looked through."""
_DOCUMENTS: Final = (RawDocument, CleanedDocument)
_CHUNK: Final = (Chunk,)
_LEAVES: Final = (RenderedPrompt, Completion, Chunk, *_DOCUMENTS)

FoundT = TypeVar("FoundT")


class _Role(NamedTuple):
    """What the values of a type are looked at for."""

    is_noted: bool
    is_open: bool
    """Whether there may be something in them."""


class Noticed:
    """What a value holds that an answer is followed back by, outer things first.

    A value is looked through once, three levels deep and at most 1,000 items of each list: the hundreds of candidates
    of a search are the input of one node after the other.
    """

    def __init__(self, value: Any) -> None:  # noqa: ANN401 - any value
        self._found = list(_found(value))

    @property
    def prompts(self) -> list[RenderedPrompt]:
        """What was rendered, if the value is that, has it in a field or lists it."""
        return [each for level, each in self._found if level <= 1 and isinstance(each, RenderedPrompt)]

    @property
    def completions(self) -> list[Completion]:
        """What models said, if the value is that, has it in a field or lists it, or lists what has it in a field."""
        return [each for level, each in self._found if level <= 2 and isinstance(each, Completion)]  # noqa: PLR2004 - as said

    @property
    def chunks(self) -> tuple[RetrievedChunk, ...]:
        """The chunks, each once, at most 200."""
        found: dict[str, RetrievedChunk] = {}
        for _, each in self._found:
            chunk = each if is_one_of(each, _CHUNK) else _held_chunk(each)
            if not is_one_of(chunk, _CHUNK):
                continue
            if chunk.id in found or len(found) < _MOST_CHUNKS:
                said = {} if each is chunk else _said(each)
                before = found.get(chunk.id)
                if before is None:
                    found[chunk.id] = _of(chunk.provenance, chunk.id, said)
                elif said:
                    found[chunk.id] = before.model_copy(update=said)
        return tuple(found.values())

    @property
    def documents(self) -> tuple[RetrievedChunk, ...]:
        """The whole documents, each once, at most 200; they have no id of a chunk."""
        found: dict[str, RetrievedChunk] = {}
        for _, each in self._found:
            if is_one_of(each, _DOCUMENTS) and len(found) < _MOST_CHUNKS:
                origin = Provenance.of(each) if isinstance(each, RawDocument) else each.provenance
                found[origin.document_id] = _of(origin, "", {})
        return tuple(found.values())


def _found(value: Any) -> Iterator[tuple[int, Any]]:  # noqa: ANN401 - any value
    """Yield what is noted in a value, with the level that it was found at: 0 is the value itself."""
    those = [value]
    for level in range(_LEVELS + 1):
        inner: list[Any] = []
        for each in those:
            role = _role(type(each))  # type: ignore[arg-type]  # mypy takes no type for hashable
            if role.is_noted:
                yield level, each
            if role.is_open and level < _LEVELS:
                inner += islice(parts_of(each), _MOST_ITEMS)
        those = inner


@lru_cache(maxsize=4096)
def _role(kind: type) -> _Role:
    # A candidate's chunk is read when it is asked for, and that is not for a trace to do.
    is_leaf = issubclass(kind, (*_LEAVES, Candidate))
    may_hold_chunk = issubclass(kind, Mapping) or not {"chunk", "found"}.isdisjoint(
        field_names(kind) or ()  # type: ignore[arg-type]  # as above
    )
    return _Role(issubclass(kind, _LEAVES) or (may_hold_chunk and not is_leaf), has_parts(kind) and not is_leaf)


def _asked_in(value: Any, wanted: type[FoundT], *, depth: int) -> FoundT | None:  # noqa: ANN401 - any value
    """Return the first of a type among a value and the values in it."""
    found = walked(value, depth=depth, items=50, leaves=(wanted, Candidate, Chunk))
    return next((each for each in found if is_one_of(each, (wanted,))), None)


def _held_chunk(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return the chunk in a field of a value, or of its field `found`; one that is read when asked for stays unread."""
    held = member(value, "chunk")
    return member(member(value, "found"), "chunk") if held is None else held


def _said(holder: Any) -> dict[str, float]:  # noqa: ANN401 - any value
    """Return number and score of a chunk that is held, as far as they are told."""
    said = {name: getattr(holder, name, None) for name in ("number", "score")}
    return {name: value for name, value in said.items() if isinstance(value, int | float)}


def _of(origin: Provenance, chunk_id: str, said: Mapping[str, Any]) -> RetrievedChunk:
    return RetrievedChunk(
        chunk_id=chunk_id,
        document_id=origin.document_id,
        author_id=origin.author_id,
        author_full_name=origin.author_full_name,
        link=origin.link,
        **said,
    )


class ModelCall(FrozenModel):
    """How a model was asked, as far as the inputs of a node tell."""

    model: ModelIdentity | None
    prompt: PromptReference | None
    parameters: dict[str, Any]


def model_call(inputs: Mapping[str, Any], value: Any, prompts: Iterable[RenderedPrompt]) -> ModelCall:  # noqa: ANN401 - any value
    """Return which model was asked with which prompt and parameters.

    Args:
        inputs: What the node was given: a model, and a request or a rendered prompt.
        value: What the node has made; where it names the model, that goes before the one that was given.
        prompts: Those that were rendered before; a request belongs to the one whose messages it has.
    """
    request = _asked_in(inputs, ModelRequest, depth=2)
    rendered = _asked_in(inputs, RenderedPrompt, depth=2)
    if rendered is None and request is not None:
        rendered = next((prompt for prompt in prompts if prompt.messages == request.messages), None)
    given = {name: inputs[name] for name in _PARAMETERS if inputs.get(name) is not None}
    given_model = next((each.identity for each in inputs.values() if _has_identity(each)), None)
    return ModelCall(
        model=_asked_in(value, ModelIdentity, depth=1) or given_model,
        prompt=rendered.reference if rendered else None,
        parameters={**given, **(parameters_of(request) if request else {})},
    )


def parameters_of(request: ModelRequest) -> dict[str, Any]:
    """Return what a model is asked with besides its messages, as far as it is set."""
    asked = {name: getattr(request, name, None) for name in _PARAMETERS}
    return {name: value for name, value in asked.items() if value is not None}


def _has_identity(value: Any) -> bool:  # noqa: ANN401 - any value
    return isinstance(getattr(value, "identity", None), ModelIdentity)
