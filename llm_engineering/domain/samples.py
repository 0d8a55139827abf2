"""Samples that models are trained on, where each comes from, and what became of it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from llm_engineering.domain.documents import Provenance
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import PromptReference


class SampleKind(StrEnum):
    """What a sample teaches."""

    INSTRUCT = "instruct"
    """To answer an instruction: supervised fine-tuning."""
    PREFERENCE = "preference"
    """Which of two answers is the better one: direct preference optimization."""


class Split(StrEnum):
    """What a sample is used for."""

    TRAIN = "train"
    TEST = "test"


class Extract(FrozenModel):
    """A piece of a cleaned document that samples are made of."""

    provenance: Provenance
    text: str
    """As its author wrote it."""
    start: int = Field(ge=0)
    """Where it begins in `CleanedDocument.text`, in characters."""
    end: int = Field(ge=0)
    """Where it ends, exclusive."""
    heading_path: tuple[str, ...] = ()
    """The headings above it, the outermost first."""

    @property
    def extract_hash(self) -> str:
        """SHA-256 of the text."""
        return content_hash(self.text)


class SampleProvenance(FrozenModel):
    """What a sample was made of, and how."""

    source: Provenance
    start: int = Field(ge=0)
    """Where its extract begins in `CleanedDocument.text`, in characters."""
    end: int = Field(ge=0)
    """Where it ends, exclusive."""
    extract_hash: str
    """`Extract.extract_hash`."""
    generator: ModelIdentity
    """Who wrote it; the provider "templates" is no model."""
    prompt: PromptReference | None = None
    """With which prompt; None: without a model."""
    parameters: Mapping[str, JsonValue] = {}
    """What else it depends on: temperature, seed, the template."""
    contract_hash: str
    """`PromptContract.contract_hash` of the contract that it was made under."""


class _Sample(FrozenModel):
    id: str
    instruction: str
    provenance: SampleProvenance | None = None
    """None: the set does not say."""
    split: Split | None = None
    """None: not decided yet."""


class InstructSample(_Sample):
    """An instruction and its answer."""

    kind: Literal[SampleKind.INSTRUCT] = SampleKind.INSTRUCT
    answer: str

    @property
    def answers(self) -> tuple[str, ...]:
        """All answers."""
        return (self.answer,)


class PreferenceSample(_Sample):
    """An instruction with a good answer and a worse one."""

    kind: Literal[SampleKind.PREFERENCE] = SampleKind.PREFERENCE
    chosen: str
    """In the author's own words."""
    rejected: str

    @property
    def answers(self) -> tuple[str, ...]:
        """All answers, the good one first."""
        return (self.chosen, self.rejected)


Sample = Annotated[InstructSample | PreferenceSample, Field(discriminator="kind")]


class RejectionReason(StrEnum):
    """Why a sample is not used."""

    UNGROUNDED = "ungrounded"
    """What it says does not stand in its extract, or in no document."""
    NOT_VERBATIM = "not verbatim"
    """Its chosen answer is not what the author wrote."""
    MENTIONS_EXTRACT = "mentions its extract"
    """Its instruction speaks of a text that nobody sees."""
    DUPLICATE = "duplicate"
    NEAR_DUPLICATE = "near duplicate"
    WRONG_LANGUAGE = "wrong language"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    TRUNCATED = "truncated"
    """Its answer ends in mid-sentence."""
    BAD_FORMAT = "bad format"
    REFUSAL = "refusal"
    TEMPLATE_LEAK = "template leak"
    """It shows a prompt, a role tag or a placeholder."""
    INJECTED = "injected instruction"
    PERSONAL_DATA = "personal data"
    SECRET = "secret"  # noqa: S105 - the name of a reason
    CONTAMINATED = "contaminated"
    """An evaluation set has it."""
    LEAKED = "leaked"
    """It stands, nearly, on the other side of the split."""
    SAME_ANSWERS = "same answers"
    """Its chosen and its rejected answer say the same."""
    UNBALANCED = "unbalanced"
    """There are too many of its author or category."""
    REVIEWED = "rejected in review"
    """A person did not want it."""


class Rejection(FrozenModel):
    """A sample that is not used, and why."""

    sample: Sample
    reason: RejectionReason
    detail: str
    """For people: what was found, with the figure and its threshold."""


class FlaggedSample(FrozenModel):
    """A sample that is used, with something that people may want to look at."""

    sample_id: str
    flag: str
    """E.g. "profanity"."""
    detail: str


class GatedDataset(FrozenModel):
    """What the gates left of a set of samples, and what became of the rest."""

    kind: SampleKind
    train: tuple[Sample, ...]
    test: tuple[Sample, ...]
    rejected: tuple[Rejection, ...] = ()
    flagged: tuple[FlaggedSample, ...] = ()
    figures: Mapping[str, float] = {}
    """Measured over the samples that were kept, by name."""
    contract_hash: str | None = None
    """Of the contract that all were made under; None: they do not say, or differ."""

    @property
    def kept(self) -> tuple[Sample, ...]:
        """All samples that are used."""
        return self.train + self.test

    @property
    def total(self) -> int:
        """How many samples there were."""
        return len(self.kept) + len(self.rejected)

    @property
    def kept_share(self) -> float:
        """Share of the samples that are used, 0 to 1; 0 if there were none."""
        return len(self.kept) / self.total if self.total else 0.0

    def rejections(self) -> dict[RejectionReason, int]:
        """Return how many samples each reason cost, most first."""
        counts: dict[RejectionReason, int] = {}
        for rejection in self.rejected:
            counts[rejection.reason] = counts.get(rejection.reason, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
