"""Samples as others write them: the columns of their files, under the names that are in use."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.samples import InstructSample, PreferenceSample, Sample, SampleProvenance, Split

Record = Mapping[str, Any]
"""A row of a file by its columns."""

_INSTRUCTION: Final = ("instruction", "prompt", "question", "query")
_ANSWER: Final = ("answer", "output", "response", "completion")
_SPLITS: Final[Mapping[str, Split]] = {
    "train": Split.TRAIN,
    "training": Split.TRAIN,
    "test": Split.TEST,
    "validation": Split.TEST,
    "valid": Split.TEST,
    "val": Split.TEST,
    "eval": Split.TEST,
}
_NAMED_FAULTS: Final = 10


class DatasetFileError(InvalidInputError):
    """A data set cannot be read."""

    def __init__(self, source: str, faults: Sequence[str]) -> None:
        named = "".join(f"\n  - {fault}" for fault in faults[:_NAMED_FAULTS])
        more = f"\n  - and {len(faults) - _NAMED_FAULTS} more" if len(faults) > _NAMED_FAULTS else ""
        super().__init__(
            f"{source} cannot be read as a data set:{named}{more}",
            remedy="A sample needs `instruction` and `answer`, or `instruction`, `chosen` and `rejected`; "
            "`messages` are read, too.",
        )
        self.source = source
        self.faults = tuple(faults)


def given_samples(records: Iterable[tuple[str | None, Record]], source: str) -> list[Sample]:
    """Return the samples of some records.

    A record without an id gets one that follows from its place; ids that occur more than once are told apart by their
    side of the split, as both sides of published sets are often numbered from 0.

    Args:
        records: Each with the side of the split that it stands in, or None.
        source: What they are called in an error.

    Raises:
        DatasetFileError: There are none, or some are no samples; all are named.
    """
    samples: list[Sample] = []
    faults: list[str] = []
    for place, (split, record) in enumerate(records):
        try:
            samples.append(_sample(record, split, identifier("given sample", source, str(place))))
        except (ValidationError, ValueError) as error:
            faults.append(f"record {place}: {_told(error)}")
    if not samples and not faults:
        faults = ["it has no records"]
    if faults:
        raise DatasetFileError(source, faults)
    return _told_apart(samples)


def split_named(name: str | None) -> Split | None:
    """Return the side of the split that a name stands for; None if it stands for none."""
    return _SPLITS.get(name.lower()) if name else None


def _sample(record: Record, split: str | None, new_id: str) -> Sample:
    fields: dict[str, Any] = {
        "id": new_id if record.get("id") is None else str(record["id"]),
        "split": split_named(split or _text_or_none(record.get("split"))),
        "provenance": _provenance(record.get("provenance")),
    }
    if record.get("chosen") is not None:
        asked = _first(record, _INSTRUCTION) or _asked(record["chosen"])
        chosen, rejected = _said(record["chosen"], "chosen"), _said(record.get("rejected"), "rejected")
        return PreferenceSample(**fields, instruction=_said(asked, "instruction"), chosen=chosen, rejected=rejected)
    messages = record.get("messages") or record.get("conversations")
    asked = _first(record, _INSTRUCTION) or _asked(messages)
    answer = _first(record, _ANSWER) or messages
    extra = _text_or_none(record.get("input"))
    instruction = _said(asked, "instruction")
    return InstructSample(
        **fields, instruction=f"{instruction}\n{extra}" if extra else instruction, answer=_said(answer, "answer")
    )


def _first(record: Record, names: Sequence[str]) -> object:
    return next((record[name] for name in names if record.get(name)), None)


def _asked(messages: object) -> object:
    """Return what the user said last before the last message; None if that is no conversation."""
    if not isinstance(messages, Sequence) or isinstance(messages, str):
        return None
    asked = [each for each in messages if isinstance(each, Mapping) and _role(each) == "user"]
    return _content(asked[-1]) if asked else None


def _said(value: object, name: str) -> str:
    """Return a text: itself, or the last message of a conversation."""
    if isinstance(value, Sequence) and not isinstance(value, str) and value and isinstance(value[-1], Mapping):
        value = _content(value[-1])
    if not isinstance(value, str):
        raise ValueError(f"{name!r} is missing or no text, got {value!r:.60}")  # noqa: TRY004 - all faults are one kind
    return value


def _role(message: Record) -> str:
    role = str(message.get("role") or message.get("from"))
    return {"human": "user", "gpt": "assistant"}.get(role, role)


def _content(message: Record) -> object:
    return message.get("content") or message.get("value")


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _provenance(value: object) -> SampleProvenance | None:
    """Return the provenance of a record of this project's own files, an object or its JSON; None of other files."""
    if isinstance(value, str) and value:
        value = json.loads(value)
    return SampleProvenance.model_validate(value) if isinstance(value, Mapping) else None


def _told(error: ValueError) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}, got {first['input']!r:.60}"
    return str(error)


def _told_apart(samples: Sequence[Sample]) -> list[Sample]:
    counts: dict[str, int] = {}
    for sample in samples:
        counts[sample.id] = counts.get(sample.id, 0) + 1
    return [
        sample.model_copy(update={"id": f"{sample.split}-{sample.id}"})
        if counts[sample.id] > 1 and sample.split
        else sample
        for sample in samples
    ]
