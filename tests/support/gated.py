"""Samples, documents and detectors for the tests of gates."""

from collections.abc import Mapping, Sequence

from llm_engineering.application.datasets.detectors import Detectors, Finding
from llm_engineering.application.datasets.gates.sources import Sources
from llm_engineering.domain.documents import Category, CleanedDocument, Provenance
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.samples import InstructSample, PreferenceSample, SampleProvenance, Split
from tests.support.fakes import word_encoder

LOOM = (
    "The loom weaves patterns of silk. Cards with holes tell the loom which threads to lift. Jacquard built it in 1804 "
    "for the mills of Lyon.\n\nA mill has 12 looms."
)
ENGINE = "The engine computes tables of numbers. Babbage never finished it. Ada wrote the notes about the engine."


class WordDetector:
    """Finds one word."""

    def __init__(self, word: str, kind: str = "word") -> None:
        self._word = word
        self._kind = kind

    def findings(self, text: str) -> Sequence[Finding]:
        """Return where the word stands first."""
        place = text.find(self._word)
        return [] if place < 0 else [Finding(self._kind, place, place + len(self._word))]


class UmlautLanguage:
    """Takes texts with umlauts for German, those without letters for none, and the rest for English."""

    def language(self, text: str) -> str | None:
        """Return the language."""
        if not any(map(str.isalpha, text)):
            return None
        return "de" if any(letter in "äöüß" for letter in text) else "en"

    def probabilities(self, text: str) -> Mapping[str, float]:
        """Return 0.95 for the language."""
        language = self.language(text)
        return {} if language is None else {"de": 0.05, "en": 0.05, language: 0.95}


def detectors() -> Detectors:
    """Return detectors that each find one word: mail@ada.example.net, hunter2secret, darn."""
    return Detectors(
        encoder=word_encoder(),
        language=UmlautLanguage(),
        personal_data=WordDetector("mail@ada.example.net", "email"),
        secrets=WordDetector("hunter2secret", "password"),
        profanity=WordDetector("darn", "profanity"),
    )


def document(name: str = "loom", text: str = LOOM, *, author: str = "Ada Lovelace") -> CleanedDocument:
    """Return an article."""
    return CleanedDocument(
        provenance=Provenance(
            document_id=name,
            content_hash=content_hash(text),
            author_id=author,
            author_full_name=author,
            category=Category.ARTICLES,
            platform="ada.example.org",
            link=f"https://ada.example.org/{name}",
            title=name.title(),
            language=None,
        ),
        text=text,
    )


def sources(*documents: CleanedDocument) -> Sources:
    """Return what samples may be made of."""
    return Sources(documents or (document(),), word_encoder())


def made_of(of: CleanedDocument, extract: str | None = None) -> SampleProvenance:
    """Return the provenance of a sample that was made of an extract, or of the whole document."""
    start = of.text.index(extract) if extract else 0
    end = start + len(extract) if extract else len(of.text)
    return SampleProvenance(
        source=of.provenance,
        start=start,
        end=end,
        extract_hash=content_hash(of.text[start:end]),
        generator=ModelIdentity(provider="templates", name="plain"),
        contract_hash="contract",
    )


def instruct(
    answer: str = "The loom weaves patterns of silk.",
    instruction: str = "What does a loom do?",
    *,
    name: str = "one",
    of: CleanedDocument | None = None,
    split: Split | None = Split.TRAIN,
) -> InstructSample:
    """Return an instruct sample; of a document, or without provenance."""
    return InstructSample(
        id=name, instruction=instruction, answer=answer, split=split, provenance=made_of(of) if of else None
    )


def preference(
    chosen: str = "The loom weaves patterns of silk.",
    rejected: str = "It is a machine.",
    instruction: str = "What does a loom do?",
    *,
    name: str = "one",
    of: CleanedDocument | None = None,
) -> PreferenceSample:
    """Return a preference sample of the training side."""
    return PreferenceSample(
        id=name,
        instruction=instruction,
        chosen=chosen,
        rejected=rejected,
        split=Split.TRAIN,
        provenance=made_of(of) if of else None,
    )
