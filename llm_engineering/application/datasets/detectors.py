"""What the gates need from libraries: detectors, as Protocols; adapters live in `infrastructure/datasets`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from llm_engineering.application.terms.encoding import TermEncoder


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a text that a detector looks for."""

    kind: str
    """E.g. "email"."""
    start: int
    """Where it begins, in characters."""
    end: int
    """Where it ends, exclusive."""


class TextDetector(Protocol):
    """Looks for something in a text: personal data, secrets, profanity."""

    def findings(self, text: str) -> Sequence[Finding]:
        """Return what it finds, in the order of the text; empty if nothing."""
        ...


class LanguageDetector(Protocol):
    """Tells the language of a text."""

    def language(self, text: str) -> str | None:
        """Return the likeliest language, as ISO 639-1; None for a text that is in none, such as a table."""
        ...

    def probabilities(self, text: str) -> Mapping[str, float]:
        """Return how probable each language is, as ISO 639-1; empty for a text that is in none."""
        ...


@dataclass(frozen=True, slots=True)
class Detectors:
    """The detectors of the gates."""

    encoder: TermEncoder
    """Stems of words, by which answers are compared with their sources."""
    language: LanguageDetector
    personal_data: TextDetector
    secrets: TextDetector
    profanity: TextDetector
