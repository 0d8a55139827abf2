"""What can be wrong with a planted sample, and sets of such samples."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from benchmarks.planted.material import Bench, Paragraph
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.samples import InstructSample, RejectionReason

EVALUATION: Final = "evaluation"


class Fault(StrEnum):
    """What is wrong with a sample."""

    HALLUCINATED = "hallucinated"
    DUPLICATED = "duplicated"
    LEAKED = "leaked"
    INJECTED = "injected"
    TRUNCATED = "truncated"
    WRONG_LANGUAGE = "wrong language"


REASONS: Final[Mapping[Fault, frozenset[RejectionReason]]] = {
    Fault.HALLUCINATED: frozenset({RejectionReason.UNGROUNDED}),
    Fault.DUPLICATED: frozenset({RejectionReason.DUPLICATE, RejectionReason.NEAR_DUPLICATE}),
    Fault.LEAKED: frozenset({RejectionReason.LEAKED, RejectionReason.CONTAMINATED}),
    Fault.INJECTED: frozenset({RejectionReason.INJECTED}),
    Fault.TRUNCATED: frozenset({RejectionReason.TRUNCATED}),
    Fault.WRONG_LANGUAGE: frozenset({RejectionReason.WRONG_LANGUAGE}),
}
"""The reasons that name a fault rightly."""


@dataclass
class PlantedSet:
    """Samples, of which some have a known fault."""

    documents: list[CleanedDocument]
    samples: list[InstructSample] = field(default_factory=list)
    faults: dict[str, tuple[Fault, str]] = field(default_factory=dict)
    """Fault and style by the id of the sample."""
    originals: dict[str, str] = field(default_factory=dict)
    """The sample that a repetition repeats, by its id: which of both goes does not matter."""
    evaluation: dict[str, list[str]] = field(default_factory=lambda: {EVALUATION: []})


Style = Callable[[PlantedSet, Bench, Sequence[InstructSample]], InstructSample]
"""Returns a faulty sample; given are the set so far, its maker and the samples without a fault."""


def republished(host: Paragraph, text: str, number: int) -> CleanedDocument:
    """Return an article that has a text after a paragraph of another one."""
    provenance = host.document.provenance.model_copy(
        update={
            "document_id": f"crosspost-{number}",
            "link": f"https://crossposts.example.org/{number}",
            "title": f"Republished {number}",
        }
    )
    return CleanedDocument(provenance=provenance, text=f"{host.text}\n\n{text}\n\nUntil next week.")


def changed(
    sample: InstructSample,
    *,
    instruction: Callable[[str], str] = lambda text: text,
    answer: Callable[[str], str] = lambda text: text,
) -> InstructSample:
    """Return a sample with another instruction or answer."""
    return sample.model_copy(update={"instruction": instruction(sample.instruction), "answer": answer(sample.answer)})
