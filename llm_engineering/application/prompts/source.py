"""Where prompts come from. The suite `tests/contracts/prompt_source.py` holds adapters and fakes."""

from collections.abc import Sequence
from typing import Protocol

from pydantic import Field, ValidationError

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.language_models import Evidence
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import PromptReference, RenderedPrompt
from llm_engineering.domain.suggestions import did_you_mean


class PromptInputs(FrozenModel):
    """The base of what prompts are filled with; each prompt has its own type, the same for all its versions."""


class AnswerInputs(PromptInputs):
    """What the prompt "answer" is filled with."""

    question: str
    passages: tuple[Evidence, ...]
    author: str | None = None
    """Whose voice the answer has; None: nobody's in particular."""
    language: str | None = None
    """Language of the answer as ISO 639-1; None: that of the question."""


class ExpandInputs(PromptInputs):
    """What the prompt "expand" is filled with: other ways to ask the same."""

    question: str
    count: int
    """How many other ways."""


class SelfQueryInputs(PromptInputs):
    """What the prompt "self_query" is filled with: what a question says about where to look."""

    question: str
    authors: tuple[str, ...]
    """Full names that may be meant."""
    today: str
    """ISO date that "last year" refers to."""


class GoldenQuestionInputs(PromptInputs):
    """What the prompt "golden_question" is filled with: a passage that a question is asked about."""

    passage: str
    title: str
    """Title of its document."""
    heading: str = ""
    """The innermost heading above it; empty if there is none."""
    language: str | None = None
    """Language of the question as ISO 639-1; None: that of the passage."""


class SummarizeChunkInputs(PromptInputs):
    """What the prompt "summarize_chunk" is filled with: one of several parts of a document."""

    text: str
    title: str
    """Title of the document."""
    part: int = Field(ge=1)
    """Which part it is, counted from 1."""
    parts: int = Field(ge=1)
    max_words: int = Field(default=120, ge=1)
    language: str | None = None
    """Language of the summary as ISO 639-1; None: that of the text."""


class SummarizeDocumentInputs(PromptInputs):
    """What the prompt "summarize_document" is filled with: the summaries of a document's parts, to be made one."""

    summaries: tuple[str, ...] = Field(min_length=1)
    """In the order of the parts."""
    title: str
    max_words: int = Field(default=250, ge=1)
    language: str | None = None
    """Language of the summary as ISO 639-1; None: that of the summaries."""


class JudgeInputs(PromptInputs):
    """What the prompt "judge" is filled with: two answers to be compared."""

    question: str
    first: str
    """Text of the answer that is shown first."""
    second: str
    author: str | None = None
    """Whose style is wanted; None: nobody's in particular."""


class GradeInputs(PromptInputs):
    """What the prompt "grade" is filled with: one answer to be graded."""

    question: str
    answer: str
    reference: str | None = None
    """What a good answer says; None: it is not known."""
    author: str | None = None
    """Whose style is wanted; None: nobody's in particular."""


class SampleInputs(PromptInputs):
    """What "instruct_samples" and "preference_samples" are filled with: an extract that samples are made of."""

    extract: str
    """As its author wrote it."""
    title: str
    """Title of its document."""
    headings: tuple[str, ...] = ()
    """The headings above it, the outermost first."""
    author: str
    """Who wrote it."""
    count: int = Field(default=3, ge=1)
    """Most samples that are wanted."""
    language: str | None = None
    """Language of the samples as ISO 639-1; None: that of the extract."""


class Prompt(Protocol):
    """A prompt of one version."""

    @property
    def reference(self) -> PromptReference:
        """Which it is."""
        ...

    def rendered(self, inputs: PromptInputs) -> RenderedPrompt:
        """Return the messages for some inputs.

        Raises:
            UnfitInputsError: The inputs are of another prompt's type.
        """
        ...


class PromptSource(Protocol):
    """Gives prompts by name."""

    def prompt(self, name: str, version: str | None = None) -> Prompt:
        """Return a prompt of a version, or of the one that is set as current. May read a store or ask a server.

        Raises:
            UnknownPromptError: There is no such prompt or version.
        """
        ...


class UnknownPromptError(InvalidInputError):
    """There is no prompt of a name, or not in a version."""

    def __init__(self, wanted: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no prompt {wanted!r}.{did_you_mean(wanted, known)}",
            remedy=f"Choose one of: {', '.join(known)}." if known else "There is none yet.",
        )
        self.wanted = wanted
        self.known = tuple(known)


class UnfitInputsError(InvalidInputError):
    """A prompt was given the inputs of another one."""

    def __init__(self, reference: PromptReference, given: str, wanted: str) -> None:
        super().__init__(
            f"The prompt {reference.name} {reference.version} is filled with {wanted}, but was given {given}.",
            remedy=f"Give it {wanted}.",
        )
        self.reference = reference


class UnreadableInputsError(InvalidInputError):
    """A file does not hold the inputs of a prompt."""

    def __init__(self, name: str, faults: Sequence[str], wanted: type[PromptInputs]) -> None:
        super().__init__(
            f"{name} does not hold {wanted.__name__}: {'; '.join(faults)}.",
            remedy=f"It is a JSON object with the keys {', '.join(wanted.model_fields)}.",
        )
        self.faults = tuple(faults)


def read_inputs(text: str, inputs_type: type[PromptInputs], name: str) -> PromptInputs:
    """Return the inputs that a JSON text holds.

    Args:
        text: A JSON object.
        inputs_type: What the prompt is filled with.
        name: What the text is called in an error.

    Raises:
        UnreadableInputsError: The text is no JSON, or keys are missing, unknown or wrong; all such are named.
    """
    try:
        return inputs_type.model_validate_json(text)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'the text'}: {fault['msg']}"
            for fault in error.errors(include_url=False)
        ]
        raise UnreadableInputsError(name, faults, inputs_type) from error
