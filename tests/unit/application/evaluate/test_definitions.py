import pytest

from llm_engineering.application.evaluate.candidates import Candidate, Wording
from llm_engineering.application.evaluate.definitions import definition_questions
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.outcomes import Dropped
from tests.support.fakes import word_stem
from tests.support.golden import document, words

WORDING = Wording(word_stem)


def found(*documents: CleanedDocument) -> list[Candidate | Dropped]:
    return list(definition_questions(documents, WORDING))


def asked(text: str, language: str | None = "en") -> list[str]:
    return [each.text for each in found(document(text, language=language)) if isinstance(each, Candidate)]


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("A loom is a machine that weaves threads into cloth.", "What is loom?"),
        ("Looms are one of the oldest machines of mankind.", "What are Looms?"),
        ("Difference Engine (DE) is a machine that tabulates polynomials.", "What is Difference Engine?"),
        ("**Weaving** refers to the process of joining threads into cloth.", "What is Weaving?"),
        ("They exist. Silk is a fibre that worms spin from their glands.", "What is Silk?"),
        ("Mixture of Silks is a cloth that is made of several silks.", "What is Mixture of Silks?"),
    ],
)
def test_a_sentence_that_defines_becomes_a_question(sentence: str, question: str) -> None:
    assert asked(sentence) == [question]


@pytest.mark.parametrize(
    "sentence",
    [
        "This is a machine that weaves threads into cloth.",
        "Note that this is a machine that weaves threads into cloth.",
        "The loom is a machine that weaves threads into cloth.",
        "A loom is a machine.",
        "Looms weave threads into cloth of many colours and forms.",
        "* A loom is a machine that weaves threads into cloth.",
    ],
)
def test_other_sentences_do_not(sentence: str) -> None:
    assert asked(sentence) == []


def test_other_languages_are_not_read() -> None:
    assert asked("A loom is a machine that weaves threads into cloth.", language="de") == []


def test_the_answer_is_the_paragraph_and_less_so_the_section_under_the_term() -> None:
    defining = document("# History\n\nSilk is a fibre that worms spin from their glands.", link="https://ada.dev/one")
    headed = document(f"# Silk\n\n{words(40)}", link="https://ada.dev/two")

    (question,) = found(defining, headed)

    assert isinstance(question, Candidate)
    best, other = question.answers
    assert (best.grade, best.places[0].beginning) == (2, "Silk is a fibre that worms spin from their glands.")
    assert (other.grade, other.places[0].beginning[:6]) == (1, "# Silk")


def test_a_section_that_holds_the_definition_is_no_second_answer() -> None:
    (question,) = found(document(f"# Silk\n\nSilk is a fibre that worms spin from their glands.\n\n{words(40)}"))

    assert isinstance(question, Candidate)
    assert len(question.answers) == 1


def test_what_is_defined_again_and_again_is_ambiguous() -> None:
    several = [
        document(f"Silk is a fibre that {kind} spin from their many glands.", link=f"https://ada.dev/{kind}")
        for kind in ("worms", "spiders", "mussels", "bees")
    ]

    assert len(found(*several[:3])) == 1
    (drop,) = found(*several)
    assert isinstance(drop, Dropped)
    assert drop.reason == "ambiguous"
