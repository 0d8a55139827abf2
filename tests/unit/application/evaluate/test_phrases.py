from llm_engineering.application.evaluate.candidates import Candidate, Wording
from llm_engineering.application.evaluate.phrases import phrase_questions
from llm_engineering.domain.documents import CleanedDocument
from tests.support.fakes import word_stem
from tests.support.golden import document

FILLER = "die, der, das, dem, " * 6
"""Words between which other signs stand, so that no run of three is unique."""


def asked(*texts: str) -> list[str]:
    documents = [document(text, link=f"https://ada.dev/{number}") for number, text in enumerate(texts)]
    return [each.text for each in found(*documents)]


def found(*documents: CleanedDocument) -> list[Candidate]:
    return list(phrase_questions(documents, Wording(word_stem)))


def test_words_that_stand_together_only_once_become_a_question() -> None:
    known = "Looms, weave, silk."

    assert asked(f"{FILLER}Looms weave silk.", f"{FILLER}{known}") == ["Looms weave silk"]


def test_a_phrase_of_two_paragraphs_is_none() -> None:
    assert asked(f"{FILLER}Looms weave silk.", f"{FILLER}Then looms weave silk today; otherwise not.") == []


def test_words_of_one_document_alone_are_none() -> None:
    assert asked(f"{FILLER}Looms weave silk.", f"{FILLER}Nothing.") == []


def test_stop_words_and_signs_end_a_phrase() -> None:
    assert asked(f"{FILLER}Looms of silk; weave.", f"{FILLER}Looms, silk, weave.") == []


def test_of_several_phrases_the_one_of_rarer_words_is_taken() -> None:
    texts = [
        f"{FILLER}looms weave silk; looms weave wool.",
        f"{FILLER}Looms, weave, silk, wool.",
        "Looms, weave, silk.",
    ]

    # "silk" stands in three documents, "wool" in two.
    assert asked(*texts) == ["looms weave wool"]


def test_paragraphs_that_say_nearly_the_same_are_one_answer_and_those_on_every_page_none() -> None:
    copies = [document(f"{FILLER}Looms weave silk.", link=f"https://ada.dev/{number}") for number in range(4)]

    (question,) = found(*copies[:3])
    assert len(question.answers[0].places) == 3
    assert found(*copies) == []
