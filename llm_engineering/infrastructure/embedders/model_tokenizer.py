"""The Tokenizer port on the files of a model."""

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer as FastTokenizer

from llm_engineering.infrastructure.embedders.model_folder import ModelUnreadableError, document_prompt, max_tokens


class ModelTokenizer:
    """The Tokenizer port on a model's own `tokenizer.json`; needs no weights and no torch."""

    def __init__(self, folder: Path) -> None:
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise ModelUnreadableError(folder, "tokenizer.json is missing")
        try:
            self._tokenizer = FastTokenizer.from_file(str(path))
        except Exception as error:  # the library has no class of its own for a file that it cannot read
            raise ModelUnreadableError(folder, f"tokenizer.json cannot be read ({error})") from error
        # A saved tokenizer may cut (MiniLM's at 128) and pad; here every token counts.
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._max_tokens = max_tokens(folder)
        prompt = self._tokenizer.encode(document_prompt(folder), add_special_tokens=False)
        self._special_tokens = self._tokenizer.num_special_tokens_to_add(is_pair=False) + len(prompt.ids)

    @property
    def max_tokens(self) -> int:
        """Most tokens that the model reads of one text, its special tokens included."""
        return self._max_tokens

    @property
    def special_tokens(self) -> int:
        """Tokens that are added to every document: the model's markers and its prompt."""
        return self._special_tokens

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """Return the character range (start, end) of each token of a text, without special tokens."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens the model reads of each text as a document, special tokens included."""
        encoded = self._tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [min(len(each.ids) + self._special_tokens, self._max_tokens) for each in encoded]
