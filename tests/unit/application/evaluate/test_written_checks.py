import pytest

from llm_engineering.application.evaluate.excerpts import Excerpt, whole
from llm_engineering.application.evaluate.written_checks import QuestionChecks, WrittenReply, as_it_stands
from tests.support.golden import document

PASSAGE = (
    "The compressor sorts all rotations of a block of text.\nSorted blocks have **long runs** of one letter, "
    "and a run is written as a count, which takes [less room](https://ada.dev/room)."
)
ASKED = "Why does sorting make a file smaller?"


def passage(text: str = PASSAGE) -> Excerpt:
    return whole(document(text))


def reason(question: str, quote: str = "a run is written as a count", checks: QuestionChecks | None = None) -> str:
    checks = checks or QuestionChecks(lambda _: None)
    fault = checks.fault(WrittenReply(question=question, answer=quote), passage())
    return fault.reason if fault else "kept"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (ASKED, "kept"),
        ("  ", "nothing_to_ask"),
        ("Sorting makes a file smaller.", "no_question"),
        ("Why?", "no_question"),
        (f"Why does {'very ' * 60}long text need room?", "no_question"),
        ("Why so?\nAnd why not?", "no_question"),
        ("What does the passage say about sorting?", "names_the_passage"),
        ("What does this article recommend for files?", "names_the_passage"),
        ("What does the author recommend for files?", "names_the_passage"),
        ("Was sagt der Autor über Dateien?", "names_the_passage"),
        ("Que recommande l’article pour les fichiers ?", "names_the_passage"),
        ("How do I split a text into blocks?", "kept"),
        ("What sorts all rotations of a block?", "copied"),  # five words
        ("What SORTS the rotations of a block?", "kept"),  # four words
        ("Why does a file with long runs of one letter shrink?", "copied"),  # across the marks of Markdown
    ],
)
def test_a_question_is_kept_or_dropped_with_its_reason(question: str, expected: str) -> None:
    assert reason(question) == expected


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("a run is written as a count", "kept"),
        ("block of text. Sorted blocks", "kept"),  # a line break in the passage
        ("Sorted blocks have long runs of one letter", "kept"),  # without the marks of Markdown
        ("a run is written as a number", "answer_not_in_passage"),
        ("a run is written", "kept"),
        ("", "answer_not_in_passage"),
    ],
)
def test_the_answer_stands_in_the_passage(quote: str, expected: str) -> None:
    assert reason(ASKED, quote) == expected


def test_the_answer_is_given_as_it_stands_there() -> None:
    assert as_it_stands("text. Sorted", PASSAGE) == "text.\nSorted"
    assert as_it_stands("a (b", "An a (b c).") == "a (b"
    assert as_it_stands("sorted blocks", PASSAGE) is None


@pytest.mark.parametrize(
    ("asked", "written", "expected"),
    [("de", "en", "other_language"), ("en", "en", "kept"), (None, "en", "kept"), ("de", None, "kept")],
)
def test_the_question_is_in_the_language_of_the_passage(asked: str | None, written: str | None, expected: str) -> None:
    checks = QuestionChecks(lambda text: asked if text == ASKED else written)

    assert reason(ASKED, checks=checks) == expected
