"""Replies of OpenAI's chat interface, whole and streamed, read without trust in the server."""

import json
from typing import Final

from pydantic import BaseModel, ValidationError

from llm_engineering.application.language_models.structured import json_text
from llm_engineering.application.language_models.tokens import counted_tokens, prompt_bound
from llm_engineering.domain.language_models import Completion, FinishReason, ModelRequest, TokenUsage
from llm_engineering.infrastructure.language_models.faults import Server

_FINISH: Final = {
    "stop": FinishReason.STOP,
    "eos": FinishReason.STOP,
    "eos_token": FinishReason.STOP,
    "stop_sequence": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "max_tokens": FinishReason.LENGTH,
    "content_filter": FinishReason.FILTERED,
}
"""Words of OpenAI, vLLM, TensorRT-LLM, Ollama, LM Studio and the gateways in front of other providers."""
_INTERNAL_ERROR: Final = 500


class _Usage(BaseModel):
    prompt_tokens: int = 0
    completion_tokens: int | None = 0


class _Said(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Said | None = None
    delta: _Said | None = None
    finish_reason: str | None = None


class _Body(BaseModel):
    model: str | None = None
    choices: list[_Choice] = []
    usage: _Usage | None = None


class ChatReply:
    """A reply as far as it has come.

    Args:
        request: What it replies to.
        server: Who replies.
    """

    def __init__(self, request: ModelRequest, server: Server) -> None:
        self._request = request
        self._server = server
        self._pieces: list[str] = []
        self._finish: FinishReason | None = None
        self._usage: _Usage | None = None
        self._model: str | None = None

    @property
    def text(self) -> str:
        """What has come of the text."""
        return "".join(self._pieces)

    def piece_of_line(self, line: str) -> str:
        """Take a line of a stream of server-sent events and return what it adds to the text, which may be nothing.

        A server that does not stream sends its whole reply as one line, which is taken too.

        Raises:
            BrokenReplyError: It cannot be read.
            LanguageModelError: It reports an error.
        """
        field, _, value = line.partition(":")
        data = value.strip() if field == "data" else line.strip() if line.startswith("{") else ""
        return "" if data in {"", "[DONE]"} else self.piece(data)

    def piece(self, body: str | bytes) -> str:
        """Take JSON and return what it adds to the text.

        Raises:
            BrokenReplyError: It cannot be read.
            LanguageModelError: It reports an error.
        """
        try:
            value = json.loads(body)
            read = _Body.model_validate(value)
        except (ValueError, ValidationError, RecursionError) as error:
            raise self._server.broken(f"it is no JSON of a chat ({type(error).__name__})") from error
        if isinstance(value, dict) and value.get("error"):
            raise self._server.of_status(*_error(value["error"]))
        self._model = read.model or self._model
        self._usage = read.usage or self._usage
        return self._of_choice(read.choices[0]) if read.choices else ""

    def _of_choice(self, choice: _Choice) -> str:
        said = choice.delta or choice.message
        if said is not None and said.refusal:
            self._finish = FinishReason.FILTERED
        if choice.finish_reason and self._finish is not FinishReason.FILTERED:
            finish = _FINISH.get(choice.finish_reason.lower())
            if finish is None:
                raise self._server.broken(f"it ended for the reason {choice.finish_reason[:40]!r}")
            self._finish = finish
        piece = (said.content if said is not None else None) or ""
        if piece:
            self._pieces.append(piece)
        return piece

    def completion(self) -> Completion:
        """Return the whole reply.

        Raises:
            ModelUnreachableError: It has no end.
            ReplyNotOfSchemaError: The schema of the request forbids it.
        """
        if self._finish is None:
            raise self._server.cut_off()
        text = self.text
        if self._request.json_schema is not None and self._finish is not FinishReason.FILTERED:
            text = json_text(text, self._request.json_schema)
        return Completion(
            text=text,
            finish_reason=self._finish,
            usage=self._counted(),
            model=self._model or self._server.model,
        )

    def whole(self, body: str | bytes) -> Completion:
        """Return the reply that one JSON text is.

        Raises:
            BrokenReplyError: It cannot be read, or has no choice.
            LanguageModelError: It reports an error.
        """
        self.piece(body)
        if self._finish is None:
            raise self._server.broken("it has no choice that ended")
        return self.completion()

    def _counted(self) -> TokenUsage:
        if self._usage is not None:
            return TokenUsage(
                prompt_tokens=max(self._usage.prompt_tokens, 0),
                completion_tokens=max(self._usage.completion_tokens or 0, 0),
            )
        prompt = sum(counted_tokens(message.content) for message in self._request.messages)
        return TokenUsage(
            prompt_tokens=min(prompt, prompt_bound(self._request)),
            completion_tokens=counted_tokens(self.text),
            is_estimated=True,
        )


def _error(error: object) -> tuple[int, str]:
    """Return status and message of an error that came with a status of success."""
    if not isinstance(error, dict):
        return _INTERNAL_ERROR, str(error)
    code = error.get("code")
    return code if isinstance(code, int) else _INTERNAL_ERROR, str(error.get("message") or error)
