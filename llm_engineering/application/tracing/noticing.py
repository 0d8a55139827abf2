"""Recognises in the values of any dataflow what an answer is followed back by: by type, not by the names of nodes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from llm_engineering.application.tracing.port import RetrievedChunk
from llm_engineering.application.tracing.shortening import is_one_of, member, walked
from llm_engineering.domain.chunks import Candidate, Chunk
from llm_engineering.domain.documents import CleanedDocument, Provenance, RawDocument
from llm_engineering.domain.language_models import Completion, ModelIdentity, ModelRequest
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import PromptReference, RenderedPrompt

_PARAMETERS: Final = ("max_output_tokens", "temperature", "seed", "top_p", "json_schema")
_MOST_CHUNKS: Final = 200
_MOST_COMPLETIONS: Final = 1_000
_CHUNK: Final = (Chunk,)
_DOCUMENTS: Final = (RawDocument, CleanedDocument)

FoundT = TypeVar("FoundT")


def found_in(value: Any, wanted: type[FoundT], *, depth: int = 1, items: int = 50) -> Iterator[FoundT]:  # noqa: ANN401 - any value
    """Yield what is of a type among a value and the values in it."""
    for each in walked(value, depth=depth, items=items, leaves=(wanted, Candidate, Chunk)):
        if is_one_of(each, (wanted,)):
            yield each


def completions_in(value: Any) -> Iterator[Completion]:  # noqa: ANN401 - any value
    """Yield what models said, if a value is that, has it in a field or lists it."""
    return found_in(value, Completion, depth=2, items=_MOST_COMPLETIONS)


def retrieved_in(value: Any) -> tuple[RetrievedChunk, ...]:  # noqa: ANN401 - any value
    """Return the chunks in a value, in its order, each once, at most 200."""
    found: dict[str, RetrievedChunk] = {}
    for each in walked(value, depth=3, items=_MOST_CHUNKS, leaves=(Candidate, Chunk)):
        chunk = each if is_one_of(each, _CHUNK) else _held_chunk(each)
        if is_one_of(chunk, _CHUNK) and len(found) < _MOST_CHUNKS:
            said = {name: getattr(each, name, None) for name in ("number", "score")} if each is not chunk else {}
            found[chunk.id] = _joined(found.get(chunk.id), _of(chunk.provenance, chunk.id), said)
    return tuple(found.values())


def documents_in(value: Any) -> tuple[RetrievedChunk, ...]:  # noqa: ANN401 - any value
    """Return the whole documents in a value, each once; they have no id of a chunk."""
    found: dict[str, RetrievedChunk] = {}
    for each in walked(value, depth=2, items=_MOST_CHUNKS, leaves=(Candidate, Chunk, RawDocument, CleanedDocument)):
        if is_one_of(each, _DOCUMENTS):
            origin = Provenance.of(each) if isinstance(each, RawDocument) else each.provenance
            found[origin.document_id] = _of(origin, "")
    return tuple(found.values())


def _held_chunk(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return the chunk in a field of a value, or of its field `found`; one that is read when asked for stays unread."""
    held = member(value, "chunk")
    return member(member(value, "found"), "chunk") if held is None else held


def _of(origin: Provenance, chunk_id: str) -> RetrievedChunk:
    return RetrievedChunk(
        chunk_id=chunk_id,
        document_id=origin.document_id,
        author_id=origin.author_id,
        author_full_name=origin.author_full_name,
        link=origin.link,
    )


def _joined(before: RetrievedChunk | None, new: RetrievedChunk, said: Mapping[str, Any]) -> RetrievedChunk:
    chunk = before or new
    update = {name: value for name, value in said.items() if isinstance(value, int | float)}
    return chunk.model_copy(update=update)


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
    request = next(found_in(inputs, ModelRequest, depth=2), None)
    rendered = next(found_in(inputs, RenderedPrompt, depth=2), None)
    if rendered is None and request is not None:
        rendered = next((prompt for prompt in prompts if prompt.messages == request.messages), None)
    given = {name: inputs[name] for name in _PARAMETERS if inputs.get(name) is not None}
    given_model = next((each.identity for each in inputs.values() if _has_identity(each)), None)
    return ModelCall(
        model=next(found_in(value, ModelIdentity), given_model),
        prompt=rendered.reference if rendered else None,
        parameters={**given, **(parameters_of(request) if request else {})},
    )


def parameters_of(request: ModelRequest) -> dict[str, Any]:
    """Return what a model is asked with besides its messages, as far as it is set."""
    asked = {name: getattr(request, name, None) for name in _PARAMETERS}
    return {name: value for name, value in asked.items() if value is not None}


def _has_identity(value: Any) -> bool:  # noqa: ANN401 - any value
    return isinstance(getattr(value, "identity", None), ModelIdentity)
