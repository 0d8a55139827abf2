"""The detectors of the gates, built from libraries."""

from collections.abc import Mapping
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from llm_engineering.application.datasets.detectors import Detectors
from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.factory import term_encoder

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_NO_LANGUAGE: Final = "zxx"
"""Numbers, tables and the like, in the code of ISO 639-2."""


class DatasetsExtraMissingError(TwinError):
    """A library for training data is not installed."""

    def __init__(self, library: str) -> None:
        super().__init__(
            f"The library {library!r}, which looks at training data, is not installed.",
            remedy="Install it: pip install 'llm-twin[datasets]' (or: make setup).",
        )
        self.library = library


def dataset_detectors() -> Detectors:
    """Return all detectors of the gates.

    Raises:
        DatasetsExtraMissingError: A library of the extra `datasets` is not installed.
    """
    from llm_engineering.infrastructure.datasets.personal_data import PersonalDataDetector
    from llm_engineering.infrastructure.datasets.profanity import ProfanityDetector
    from llm_engineering.infrastructure.datasets.secrets import SecretDetector

    return Detectors(
        encoder=term_encoder(),
        language=TextLanguage(),
        personal_data=PersonalDataDetector(),
        secrets=SecretDetector(),
        profanity=ProfanityDetector(),
    )


class TextLanguage:
    """Tells the language of a text by py3langid; its model is loaded at the first one, which takes a second."""

    def __init__(self) -> None:
        self._loading = Lock()

    def language(self, text: str) -> str | None:
        """Return the likeliest language, as ISO 639-1; None for what is in no language or empty.

        Styled letters, which Unicode has for mathematics and people for emphasis, count as letters.
        """
        if not any(map(str.isalpha, text)):
            return None
        with self._loading:
            language, _ = self._identifier.classify(normalize("NFKC", text))
        return None if language == _NO_LANGUAGE else str(language)

    def probabilities(self, text: str) -> Mapping[str, float]:
        """Return how probable each language is, as ISO 639-1; empty for what is in no language or empty."""
        if self.language(text) is None:
            return {}
        with self._loading:
            ranked = self._identifier.rank(normalize("NFKC", text))
        return {str(language): float(probability) for language, probability in ranked if language != _NO_LANGUAGE}

    @cached_property
    def _identifier(self) -> "LanguageIdentifier":
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
