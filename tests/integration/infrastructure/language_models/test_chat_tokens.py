"""The tokens of conversations in templates as models have them."""

import pytest

from llm_engineering.domain.language_models import ChatMessage, Role
from llm_engineering.infrastructure.language_models.chat_tokens import (
    answer_tokens,
    end_token,
    prompt_tokens,
    reply_ends,
    without_system,
)
from tests.support.tiny_chat_model import TEMPLATE, WITHOUT_SYSTEM, chat_tokenizer

pytestmark = pytest.mark.integration
SYSTEM = ChatMessage(role=Role.SYSTEM, content="Be brief.")
USER = ChatMessage(role=Role.USER, content="What is the tide?")


def token(mark: str) -> int:
    """Return the number of a mark of the template."""
    return int(chat_tokenizer(TEMPLATE).get_vocab()[mark])


def test_a_prompt_ends_where_the_reply_begins() -> None:
    tokenizer = chat_tokenizer(TEMPLATE)

    text = tokenizer.decode(prompt_tokens(tokenizer, [SYSTEM, USER]))

    assert text == "<|system|>Be brief.<|end|><|user|>What is the tide?<|end|><|assistant|>"


def test_without_a_place_for_the_system_the_user_says_it_first() -> None:
    tokenizer = chat_tokenizer(WITHOUT_SYSTEM)

    text = tokenizer.decode(prompt_tokens(tokenizer, [SYSTEM, USER]))

    assert text == "<|user|>Be brief.\n\nWhat is the tide?<|end|><|assistant|>"
    assert without_system([SYSTEM]) == (ChatMessage(role=Role.USER, content="Be brief."),)


def test_a_mark_in_an_answer_is_text() -> None:
    tokenizer = chat_tokenizer(TEMPLATE)
    end = token("<|end|>")

    tokens = answer_tokens(tokenizer, "It says <|end|> and goes on.", end)

    assert tokens.count(end) == 1
    assert tokens[-1] == end
    assert tokenizer.decode(tokens[:-1]) == "It says <|end|> and goes on."


@pytest.mark.parametrize(
    ("behind", "ends", "expected"),
    [
        ("<|end|>\n", {"<|end|>"}, "<|end|>"),
        # As Gemma: a turn does not end as a text does.
        ("<|user|>\n", {"<|end|>", "<|user|>"}, "<|user|>"),
        # Nothing that stands behind a reply ends one: the tokenizer's own end does.
        ("\n", {"<|end|>"}, "<|end|>"),
    ],
)
def test_a_reply_ends_as_the_template_ends_it(behind: str, ends: set[str], expected: str) -> None:
    tokenizer = chat_tokenizer("{% for message in messages %}<|system|>{{ message.content }}" + behind + "{% endfor %}")

    assert end_token(tokenizer, set(map(token, ends))) == token(expected)


def test_replies_end_at_the_tokens_of_configuration_and_tokenizer() -> None:
    from transformers import GenerationConfig

    tokenizer = chat_tokenizer(TEMPLATE)

    assert reply_ends(tokenizer, None) == {tokenizer.eos_token_id}
    assert reply_ends(tokenizer, GenerationConfig(eos_token_id=[7, 9])) == {7, 9, tokenizer.eos_token_id}  # type: ignore[no-untyped-call]
