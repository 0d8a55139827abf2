"""What can be set of the gates; docs/datasets.md says what each value does and how the defaults were found."""

from typing import Self

from pydantic import Field, model_validator

from llm_engineering.domain.models import FrozenModel


class Grounding(FrozenModel):
    """When an answer counts as supported by what the author wrote."""

    min_support: float = Field(default=0.6, ge=0, le=1)
    """Share of the content stems and of their neighbours that a passage must have of a sentence to support it."""
    min_share: float = Field(default=0.8, ge=0, le=1)
    """Share of the words of an answer that must stand in supported sentences."""
    max_new_numbers: int | None = Field(default=0, ge=0)
    """Most numbers that the source does not have; None: any."""
    max_new_names: int | None = Field(default=0, ge=0)
    """Most names (capitals in mid-sentence, or digits in a word) that the whole document does not have; None: any."""
    min_similarity: float = Field(default=0.4, ge=-1, le=1)
    """Cosine of answer and source that is needed too, where an embedding model is given."""


class Duplicates(FrozenModel):
    """From which likeness on two texts say the same, from 0 to 1."""

    instruction_likeness: float = Field(default=0.85, gt=0, le=1)
    """Share of the words of two instructions that both have, rare words counting for more."""
    answer_likeness: float = Field(default=0.7, gt=0, le=1)
    """Share of the runs of five words of two answers that both have."""


class Languages(FrozenModel):
    """In which language a sample has to be."""

    expected: tuple[str, ...] = ()
    """ISO 639-1; empty: the language of its document, else the one that most samples are in."""
    min_probability: float = Field(default=0.1, ge=0, le=1)
    """How probable the expected language must be at least, as the detector says."""


class Lengths(FrozenModel):
    """How long answers may be, in words. The bounds follow from the set itself, so that it is not cut for its style."""

    min_words: int = Field(default=3, ge=1)
    max_words: int | None = Field(default=None, ge=1)
    """None: only the percentile counts."""
    percentile: float = Field(default=95, ge=50, le=100)
    """The high percentile; the low one is as far from the other end."""
    factor: float = Field(default=4.0, ge=1)
    """How many times longer than the high percentile, or shorter than the low one, an answer may be."""
    min_instruction_words: int = Field(default=2, ge=1)
    max_instruction_words: int = Field(default=120, ge=1)


class Contamination(FrozenModel):
    """When a sample counts as taken from an evaluation set."""

    run_words: int = Field(default=8, ge=3)
    """Length of the runs of words that are compared."""
    max_share: float = Field(default=0.3, ge=0, le=1)
    """Most runs that a sample and an evaluation text may have in common, as a share of those of the shorter one."""


class Balance(FrozenModel):
    """How much of a set may come from one author or category; 1 is any share."""

    max_author_share: float = Field(default=1.0, gt=0, le=1)
    max_category_share: float = Field(default=1.0, gt=0, le=1)


class DatasetGates(FrozenModel):
    """What a sample must be like to be used, and how many must be."""

    min_kept_share: float = Field(default=0.5, ge=0, le=1)
    """A set fails if fewer of its samples are kept."""
    min_kept: int = Field(default=1, ge=0)
    """A set fails if fewer samples are kept, whatever their share."""
    grounding: Grounding | None = Grounding()
    """None, here and below: this gate is open."""
    require_verbatim: bool = True
    """Whether each chosen answer must stand in its document word for word."""
    forbid_mentions: bool = True
    """Whether an instruction may not speak of "the text", "the extract" or "the context"."""
    duplicates: Duplicates | None = Duplicates()
    languages: Languages | None = Languages()
    lengths: Lengths | None = Lengths()
    check_format: bool = True
    """Whether broken, repetitive or truncated answers are rejected."""
    forbid_refusals: bool = True
    forbid_template_leaks: bool = True
    forbid_injections: bool = True
    personal_data: tuple[str, ...] = ("email", "phone", "credit card", "iban", "us ssn", "crypto wallet")
    """Kinds of personal data that are rejected; empty: none is looked for."""
    forbid_secrets: bool = True
    flag_profanity: bool = True
    contamination: Contamination | None = Contamination()
    check_leakage: bool = True
    """Whether what stands on both sides of the split, nearly, is taken from the test side."""
    balance: Balance = Balance()

    @model_validator(mode="after")
    def _lengths_are_ordered(self) -> Self:
        lengths = self.lengths
        if lengths and lengths.max_words is not None and lengths.max_words < lengths.min_words:
            raise ValueError(f"max_words has to be at least min_words, got {lengths.max_words} < {lengths.min_words}")
        return self
