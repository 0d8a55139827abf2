import pytest

from llm_engineering.application.datasets.degraded_phrases import PHRASES
from llm_engineering.application.datasets.degrading import Degradation, degraded

TEXT = "The mill reckons. The **store** keeps.\nThe cards command! Who reads them? The engine does."
SENTENCES = ["The mill reckons.", "The store keeps.", "The cards command!", "Who reads them?", "The engine does."]


def all_kinds(text: str, language: str | None) -> dict[Degradation, str]:
    """Return one answer of each kind that some seeds give."""
    found = (degraded(text, "The engine?", language, str(seed)) for seed in range(60))
    return {kind: answer for answer, kind in found}


def test_a_long_text_is_spoiled_in_every_way() -> None:
    assert set(all_kinds(TEXT, "en")) == set(Degradation)


def test_generic_says_nothing_of_the_text_but_its_subject() -> None:
    answer = all_kinds(TEXT, "en")[Degradation.GENERIC]

    assert "“The engine”" in answer or "The engine" in answer
    assert not any(sentence in answer for sentence in SENTENCES)
    assert "{" not in answer


def test_padded_says_all_of_the_text_after_phrases() -> None:
    answer = all_kinds(TEXT, "en")[Degradation.PADDED]

    assert all(sentence in answer for sentence in SENTENCES)
    assert sum(filler in answer for filler in PHRASES["en"].fillers) == 3


def test_shortened_says_the_first_sentence_only() -> None:
    answer = all_kinds(TEXT, "en")[Degradation.SHORTENED]

    assert answer.startswith("The mill reckons. ")
    assert not any(sentence in answer for sentence in SENTENCES[1:])


def test_shuffled_has_the_sentences_in_another_order() -> None:
    assert all_kinds(TEXT, "en")[Degradation.SHUFFLED] == (
        "Who reads them? The store keeps. The engine does. The cards command! The mill reckons."
    )


def test_the_same_seed_spoils_alike() -> None:
    assert degraded(TEXT, "Engines", "en", "7") == degraded(TEXT, "Engines", "en", "7")


@pytest.mark.parametrize("language", sorted(PHRASES))
def test_a_short_text_is_answered_in_its_language(language: str) -> None:
    answer, kind = degraded("Shipped it", "Engines", language, "1")

    assert kind is Degradation.GENERIC
    assert any(middle in answer for middle in PHRASES[language].middles)


def test_a_language_without_phrases_needs_none() -> None:
    assert set(all_kinds(TEXT, "ru")) == {Degradation.SHORTENED, Degradation.SHUFFLED}
    assert degraded("Готово", "Машина", "ru", "1")[1] is Degradation.GENERIC


def test_code_is_no_sentence() -> None:
    answer, kind = degraded("Run it.\n\n```\nrun(1). Run(2). Run(3). Run(4).\n```", "Running", "ru", "1")

    assert kind is Degradation.GENERIC
    assert "run(" not in answer
