from collections.abc import Sequence

import pytest

from llm_engineering.application.evaluate.candidates import Candidate, Wording
from llm_engineering.application.evaluate.headings import heading_questions, title_questions
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.outcomes import Dropped
from tests.support.fakes import word_stem
from tests.support.golden import document, words

WORDING = Wording(word_stem)
BODY = words(40)


def asked(*documents: CleanedDocument) -> list[str]:
    return [each.text for each in heading_questions(documents, WORDING) if isinstance(each, Candidate)]


def reasons(found: Sequence[Candidate | Dropped]) -> list[str]:
    return [each.reason for each in found if isinstance(each, Dropped)]


@pytest.mark.parametrize(
    ("heading", "question"),
    [
        ("Weaving silk flowers", "Weaving silk flowers"),
        ("🧵 **Weaving** silk", "Weaving silk"),
        ("3\\. Weaving silk", "Weaving silk"),
        ("Step 2: Weaving silk", "Weaving silk"),
        ("2.1. Weaving silk", "Weaving silk"),
        ("IV. Weaving silk", "Weaving silk"),
        ("4-bit looms weave", "4-bit looms weave"),
        ("How to weave silk", "How to weave silk?"),
        ("Why silk?", "Why silk?"),
        ("How I wove silk", "How I wove silk"),
    ],
)
def test_a_heading_becomes_a_question(heading: str, question: str) -> None:
    assert asked(document(f"# {heading}\n\n{BODY}")) == [question]


@pytest.mark.parametrize(
    ("heading", "reason"),
    [
        ("Conclusion", "generic"),
        ("Next steps", "generic"),
        ("Silk", "generic"),
        ("Ada Lovelace", "generic"),
        (words(16), "generic"),
        ("Weaving flowers out of", "cut_off"),
        ("Weaving flowers and real-", "cut_off"),
        ("Notes on looms", "says_only_the_title"),
    ],
)
def test_a_heading_that_asks_nothing_is_dropped_with_the_reason(heading: str, reason: str) -> None:
    found = list(heading_questions([document(f"# {heading}\n\n{BODY}", title="Notes on old looms")], WORDING))

    assert reasons(found) == [reason]


def test_a_long_heading_that_goes_on_in_the_next_line_is_cut_off() -> None:
    heading = "Weaving flowers and leaves out of threads of the finest silk for a"
    wrapped, whole = (document(f"# {heading}\n{gap}queen {BODY}") for gap in ("", "\n"))

    assert reasons(list(heading_questions([wrapped], WORDING))) == ["cut_off"]
    assert asked(whole) == [heading]


def test_a_section_of_few_words_is_no_answer() -> None:
    assert list(heading_questions([document(f"# Weaving silk\n\n{words(20)}")], WORDING)) == []


def test_a_heading_over_different_sections_is_ambiguous() -> None:
    one = document(f"# Weaving silk\n\n{BODY}", link="https://ada.dev/one")
    two = document(f"# Weaving silk\n\n{words(40, 'x')}", link="https://ada.dev/two")

    found = list(heading_questions([one, two], WORDING))

    assert reasons(found) == ["ambiguous"]


def test_sections_that_say_nearly_the_same_are_one_answer() -> None:
    one = document(f"# Weaving silk\n\n{words(60)}", link="https://ada.dev/one")
    two = document(f"# Weaving *silk*\n\n{words(58)} other words", link="https://ada.dev/two")

    (found,) = heading_questions([one, two], WORDING)

    assert isinstance(found, Candidate)
    (answer,) = found.answers
    assert [place.link for place in answer.places] == ["https://ada.dev/one", "https://ada.dev/two"]


def titled(*titles: str) -> list[Candidate | Dropped]:
    documents = [
        document(words(40, f"x{number}"), link=f"https://ada.dev/{number}", title=title)
        for number, title in enumerate(titles)
    ]
    return list(title_questions(documents, WORDING))


@pytest.mark.parametrize(
    "title", ["Ada Lovelace - Old looms", "Old looms | Ada Lovelace", "Old looms - by Ada Lovelace"]
)
def test_a_title_is_asked_without_the_author(title: str) -> None:
    (found,) = titled(title)

    assert isinstance(found, Candidate)
    assert found.text == "Old looms"


def test_the_answer_to_a_title_is_the_document_and_less_so_one_whose_title_says_more() -> None:
    first, _ = titled("Old looms", "Old looms of silk")

    assert isinstance(first, Candidate)
    assert [(answer.grade, answer.places[0].link) for answer in first.answers] == [
        (2, "https://ada.dev/0"),
        (1, "https://ada.dev/1"),
    ]


def test_a_title_of_different_documents_is_ambiguous() -> None:
    assert reasons(titled("Old looms", "Old looms")) == ["ambiguous"]


def test_a_title_of_one_word_says_too_little() -> None:
    assert reasons(titled("Looms")) == ["generic"]
