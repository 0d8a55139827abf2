"""Samples in another language. The detector takes texts with umlauts for German and others for English."""

import pytest

from llm_engineering.application.datasets.configuration import Languages
from llm_engineering.application.datasets.gates.language import LanguageGate
from llm_engineering.domain.samples import RejectionReason, Sample
from tests.support.gated import UmlautLanguage, document, instruct, sources

ENGLISH = "The loom weaves patterns of silk and of cotton every day."
GERMAN = "Der Webstuhl webt täglich schöne Muster aus Seide für Lyon."
DOCUMENT = document(text=ENGLISH)
GERMAN_DOCUMENT = document("webstuhl", GERMAN)


def gate(*samples: Sample, **changes: object) -> LanguageGate:
    known = sources(DOCUMENT, GERMAN_DOCUMENT)
    return LanguageGate(samples, Languages.model_validate(changes), UmlautLanguage(), known)


@pytest.mark.parametrize(
    ("answer", "instruction", "part"),
    [
        (GERMAN, "What does a loom do?", "its answer is in 'en' is 0.050, needed is 0.1; it looks like 'de'"),
        (ENGLISH, GERMAN, "its instruction is in 'en'"),
        (f"{ENGLISH} {ENGLISH}\n\n{GERMAN} {GERMAN}", "What?", "its answer, in a part of it, is in 'en'"),
    ],
)
def test_the_language_of_the_document_is_expected(answer: str, instruction: str, part: str) -> None:
    refused = gate()(instruct(answer, instruction, of=DOCUMENT))
    assert refused is not None
    assert refused.reason is RejectionReason.WRONG_LANGUAGE
    assert part in refused.detail


def test_german_samples_of_a_german_document_pass() -> None:
    assert gate()(instruct(GERMAN, GERMAN, of=GERMAN_DOCUMENT)) is None


def test_without_a_document_the_language_of_most_is_expected() -> None:
    samples = [instruct(ENGLISH), instruct(ENGLISH), instruct(GERMAN)]
    assert [gate(*samples)(sample) is None for sample in samples] == [True, True, False]


def test_languages_can_be_set() -> None:
    assert gate(expected=["de", "en"])(instruct(GERMAN, of=DOCUMENT)) is None
    assert gate(expected=["de"])(instruct(ENGLISH, of=DOCUMENT)) is not None


@pytest.mark.parametrize("answer", ["Schön!", "```\nfür = schön\nüber = 1\nweiß = größer(straße)\n```", "12 + 3"])
def test_short_texts_and_code_are_in_no_language(answer: str) -> None:
    assert gate()(instruct(answer, of=DOCUMENT)) is None
