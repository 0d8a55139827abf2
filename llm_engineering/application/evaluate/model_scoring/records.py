"""What models have answered and how likely they found texts, as lines that one store gives and another takes.

So an evaluation can let its models run on another machine: what was had there counts here as had.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pydantic import ValidationError

from llm_engineering.application.evaluate.model_scoring.likelihood import MODEL_LIKELIHOODS, StoredLikelihood
from llm_engineering.application.evaluate.model_scoring.pairs import KEPT_UNDER
from llm_engineering.application.experiments.given_answers import EXPERIMENT_ANSWERS, StoredAnswer
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel

_TYPES: Final[Mapping[str, type[FrozenModel]]] = {
    EXPERIMENT_ANSWERS.name: StoredAnswer,
    MODEL_LIKELIHOODS.name: StoredLikelihood,
}
_COLLECTIONS: Final = {each.name: each for each in (EXPERIMENT_ANSWERS, MODEL_LIKELIHOODS)}


class UnreadableRecordError(InvalidInputError):
    """A line is none of an evaluation."""

    def __init__(self, number: int, fault: str) -> None:
        super().__init__(
            f"Line {number} of what models have said cannot be used: {fault:.200}.",
            remedy="Nothing of it was stored; run the evaluation again.",
        )
        self.number = number


def record_lines(store: DocumentStore) -> Iterator[str]:
    """Yield all answers of evaluations, and all likelihoods, that a store has; failures are left out."""
    for found in store.find(EXPERIMENT_ANSWERS, {"experiment": KEPT_UNDER}):
        if found.get("given"):
            yield _line(EXPERIMENT_ANSWERS.name, found)
    for found in store.find(MODEL_LIKELIHOODS, {}):
        yield _line(MODEL_LIKELIHOODS.name, found)


def take_records(store: DocumentStore, lines: Iterable[str]) -> int:
    """Write what `record_lines` gave to a store, and return how many records there were; twice is once.

    Raises:
        UnreadableRecordError: A line is something else; nothing is written then.
        StoreUnavailableError: The store could not be reached.
    """
    found = [_record(number, line) for number, line in enumerate(lines, start=1)]
    for name, collection in _COLLECTIONS.items():
        objects = [record for kind, record in found if kind == name]
        if objects:
            store.upsert(collection, objects)
    return len(found)


def _line(collection: str, record: dict[str, object]) -> str:
    return json.dumps({"collection": collection, "object": record}, ensure_ascii=False)


def _record(number: int, line: str) -> tuple[str, dict[str, object]]:
    try:
        content = json.loads(line)
        name = content["collection"]
        record = _TYPES[name].model_validate(content["object"])
    except (ValidationError, ValueError, KeyError, TypeError) as error:
        raise UnreadableRecordError(number, f"{type(error).__name__}, {str(error).splitlines()[0]:.100}") from error
    return name, record.model_dump(mode="json", by_alias=True)
