"""Tokens of texts where the tokenizer of the model is not known."""

import json
import re
from typing import Final

from llm_engineering.domain.language_models import ModelRequest

_TOKEN: Final = re.compile(r"\[\d+\]|\w+|[^\w\s]")
_PER_PROMPT: Final = 256
"""What chat templates put around a prompt: a default system text, a date, the beginning of the answer. The largest
seen, that of gpt-oss, has about 80."""
_PER_MESSAGE: Final = 16
"""Marks around a message: 3 to 7 in the templates of OpenAI, Llama, Qwen and Mistral."""


def counted_tokens(text: str) -> int:
    """Return the number of words and signs of a text; a mark such as [12] is one.

    Tokenizers have about a third more tokens for English prose.
    """
    return len(_TOKEN.findall(text))


def prompt_bound(request: ModelRequest) -> int:
    """Return a number of tokens that the prompt of a request does not exceed, whatever the tokenizer.

    A token stands for at least one byte of UTF-8: that of a known tokenizer is about four.
    """
    texts = [message.content for message in request.messages]
    if request.json_schema is not None:
        texts.append(json.dumps(dict(request.json_schema)))
    return _PER_PROMPT + sum(_PER_MESSAGE + len(text.encode(errors="replace")) for text in texts)
