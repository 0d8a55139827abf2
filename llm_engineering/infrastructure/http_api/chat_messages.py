"""OpenAI's chat interface as far as the twin has it: https://platform.openai.com/docs/api-reference/chat."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from llm_engineering.domain.answers import Answer, AnswerKind, Citation, ShownVariant, Statement
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.http_api.asking import AskedQuestion

MODEL: Final = "llm-twin"
MAX_MESSAGES: Final = 200


class NoQuestionError(InvalidInputError):
    """A conversation does not end with somebody asking."""

    def __init__(self) -> None:
        super().__init__("The last message is not the user's, or has no text.", remedy="Send the question last.")


class _Lenient(BaseModel):
    """Reads strictly what it knows and leaves what it does not: clients send many things that the twin lacks."""

    model_config = ConfigDict(strict=True, extra="ignore")


class TextPart(_Lenient):
    """A part of a message; the twin reads only text."""

    type: Literal["text"]
    text: str


class Message(_Lenient):
    """A message of a conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | Annotated[list[TextPart], Field(max_length=MAX_MESSAGES)] | None = None

    @property
    def text(self) -> str:
        """What is said, parts joined by line breaks."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        return "\n".join(part.text for part in self.content)


class StreamOptions(_Lenient):
    """What a stream shall have besides the text."""

    include_usage: bool | None = None


class TwinOptions(BaseModel):
    """Where to look: an extension; send it as `extra_body={"twin": {...}}` with OpenAI's client."""

    model_config = ConfigDict(strict=True, extra="forbid")

    limit: int | None = None
    author: str | None = None
    category: str | None = None
    platform: str | None = None
    language: str | None = None
    since: str | None = None
    until: str | None = None


class ChatRequest(_Lenient):
    """A conversation whose last message is answered; sampling parameters are left to the twin's settings."""

    model: str = Field(min_length=1, max_length=200, examples=[MODEL])
    messages: list[Message] = Field(min_length=1, max_length=MAX_MESSAGES)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    user: str | None = Field(default=None, max_length=200)
    """A stable name of the user, for experiments; it goes before the header X-User."""
    twin: TwinOptions | None = None

    @property
    def question_values(self) -> dict[str, Any]:
        """The question, to be read as one of `/rag` is.

        Raises:
            NoQuestionError: The last message is not the user's, or has no text.
        """
        last = self.messages[-1]
        if last.role != "user" or not last.text.strip():
            raise NoQuestionError
        filters = self.twin.model_dump(exclude_none=True) if self.twin else {}
        return {**filters, "query": last.text.strip()}

    @property
    def question(self) -> AskedQuestion:
        """The question.

        Raises:
            NoQuestionError: The last message is not the user's, or has no text.
            ValidationError: It is too long, or a filter has no such value.
        """
        return AskedQuestion.model_validate(self.question_values)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the asker should know of how the conversation was read."""
        if any(message.role == "user" for message in self.messages[:-1]):
            return ("Earlier messages were not read: each question is looked up and answered on its own.",)
        return ()


class TwinExtra(BaseModel):
    """What an answer has beyond a chat's: in the field `twin` of the completion, or of a stream's last chunk."""

    trace_id: str
    kind: AnswerKind
    citations: tuple[Citation, ...]
    statements: tuple[Statement, ...]
    notes: tuple[str, ...]
    cost: float | None
    seconds: float
    experiment: ShownVariant | None

    @classmethod
    def of(cls, answer: Answer, notes: tuple[str, ...]) -> "TwinExtra":
        """Return what an answer has."""
        values = {name: getattr(answer, name) for name in cls.model_fields}
        return cls(**{**values, "notes": (*answer.notes, *notes)})


class Usage(BaseModel):
    """Tokens that the language model read and wrote; 0 where passages are quoted."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int

    @classmethod
    def of(cls, answer: Answer) -> "Usage":
        """Return the usage of an answer."""
        usage = answer.usage
        return cls(
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            total_tokens=usage.total_tokens,
        )


class AssistantMessage(BaseModel):
    """What the twin says, its sources at the end."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(BaseModel):
    """The one choice."""

    index: Literal[0] = 0
    message: AssistantMessage
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class ChatCompletion(BaseModel):
    """A whole answer."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: str = MODEL
    choices: tuple[Choice, ...]
    usage: Usage
    twin: TwinExtra


class ModelCard(BaseModel):
    """A model that can be asked."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "llm-twin"


class ModelList(BaseModel):
    """The models that can be asked: the twin."""

    object: Literal["list"] = "list"
    data: tuple[ModelCard, ...] = (ModelCard(),)


def sources_text(answer: Answer) -> str:
    """Return the sources of an answer as they stand at the end of its text; empty if it has none."""
    if not answer.citations:
        return ""
    lines = [f"[{each.number}] {each.title}, {each.author}: {each.url}" for each in answer.citations]
    return "\n\nSources:\n" + "\n".join(lines)
