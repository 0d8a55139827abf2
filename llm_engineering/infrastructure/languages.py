"""The language of a question, by py3langid."""

from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_MIN_LETTERS: Final = 8
"""Shorter texts, such as "RAG", are names as often as words."""
_MIN_PROBABILITY: Final = 0.4
"""Of 97 languages; right guesses about questions of four words are often given half of it, wrong ones much less."""


class QuestionLanguage:
    """Tells the language of a text; its model is loaded at the first one, which takes a second."""

    def __init__(self) -> None:
        self._loading = Lock()

    def __call__(self, text: str) -> str | None:
        """Return the language as ISO 639-1, or None where the text is too short or the model not sure.

        Texts that have several words in Latin letters need more of them than those in letters that few languages use.
        """
        letters = sum(map(str.isalpha, text))
        if letters < _MIN_LETTERS:
            return None
        with self._loading:
            language, probability = self._identifier.classify(text)
        return str(language) if probability >= _MIN_PROBABILITY else None

    @cached_property
    def _identifier(self) -> "LanguageIdentifier":
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
