"""The tokens of a conversation: one function for what a model is trained on and for what it is asked with."""

from collections.abc import Collection, Sequence
from typing import Any, Final

from llm_engineering.domain.language_models import ChatMessage, Role

_PROBE: Final = "qzqzqz"
"""Stands in no chat template."""


def prompt_tokens(tokenizer: Any, messages: Sequence[ChatMessage]) -> list[int]:  # noqa: ANN401 - of any model
    """Return what a model reads before it replies: messages in its chat template, and the beginning of the reply.

    Where a template takes no system message, what the system says stands at the front of what the user says first.

    Args:
        tokenizer: Of transformers, with a chat template.
        messages: The last one is the user's.
    """
    return _tokens(tokenizer, _rendered(tokenizer, messages, is_open=True))


def answer_tokens(tokenizer: Any, answer: str, end: int) -> list[int]:  # noqa: ANN401 - of any model
    """Return what a model writes after `prompt_tokens` if it says an answer: its text, and the token that ends it.

    Text that looks like a mark of the template stays text: an author's words neither end nor open a message.

    Args:
        tokenizer: Of transformers.
        answer: Without marks.
        end: What `end_token` gave.
    """
    read = tokenizer(answer, add_special_tokens=False, split_special_tokens=True, verbose=False)
    tokens: list[int] = read["input_ids"]
    return [*tokens, end]


def end_token(tokenizer: Any, ends: Collection[int]) -> int | None:  # noqa: ANN401 - of any model
    """Return the token by which a model ends a reply; None if it has none.

    It is the one that the chat template puts behind a reply, if replies stop at it, else that of the tokenizer: the
    template of Gemma, for instance, ends a turn with another token than a text.

    Args:
        tokenizer: Of transformers, with a chat template.
        ends: Tokens at which replies stop.
    """
    asked = ChatMessage(role=Role.USER, content=_PROBE)
    said = ChatMessage(role=Role.ASSISTANT, content=_PROBE)
    text = _rendered(tokenizer, [asked, said], is_open=False)
    behind = _tokens(tokenizer, text[text.rindex(_PROBE) + len(_PROBE) :])
    usual: int | None = tokenizer.eos_token_id
    return next((token for token in behind if token in ends), usual)


def reply_ends(tokenizer: Any, generation_config: Any) -> frozenset[int]:  # noqa: ANN401 - of any model
    """Return the tokens that end a reply: those of a model's configuration, which may be None, and the tokenizer's."""
    configured = generation_config.eos_token_id if generation_config else None
    listed = configured if isinstance(configured, list) else [configured]
    return frozenset(token for token in (*listed, tokenizer.eos_token_id) if isinstance(token, int))


def _tokens(tokenizer: Any, text: str) -> list[int]:  # noqa: ANN401 - of any model
    # What is too long for the model is told by whoever counts the tokens.
    tokens: list[int] = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    return tokens


def _rendered(tokenizer: Any, messages: Sequence[ChatMessage], *, is_open: bool) -> str:  # noqa: ANN401 - see above
    from jinja2 import TemplateError

    try:
        return _in_template(tokenizer, messages, is_open=is_open)
    except TemplateError:
        # Some templates take no system message.
        return _in_template(tokenizer, without_system(messages), is_open=is_open)


def _in_template(tokenizer: Any, messages: Sequence[ChatMessage], *, is_open: bool) -> str:  # noqa: ANN401 - see above
    chat = [message.model_dump(mode="json") for message in messages]
    return str(tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=is_open))


def without_system(messages: Sequence[ChatMessage]) -> tuple[ChatMessage, ...]:
    """Return the messages with what the system says at the front of what the user says first."""
    said = "\n\n".join(message.content for message in messages if message.role is Role.SYSTEM)
    rest = [message for message in messages if message.role is not Role.SYSTEM]
    first = rest[0] if rest else ChatMessage(role=Role.USER, content="")
    return (first.model_copy(update={"content": f"{said}\n\n{first.content}".strip()}), *rest[1:])
