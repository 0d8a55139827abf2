import pytest

from llm_engineering.application.datasets.subjects import Subjects
from llm_engineering.domain.samples import Extract
from llm_engineering.infrastructure.factory import term_encoder
from tests.support.datasets import extract


def topic(text: str, *headings: str, title: str = "Notes on engines") -> str | None:
    one = extract(text, *headings, title=title)
    return Subjects(term_encoder(), [one]).topic(one)


def terms(one: Extract, *others: Extract, about: str | None = None) -> list[str]:
    return Subjects(term_encoder(), [one, *others]).terms(one, about)


def test_the_innermost_heading_is_the_topic() -> None:
    assert topic("It weaves.", "The engine", "🧮 2.1. Weaving patterns") == "Weaving patterns"


@pytest.mark.parametrize("heading", ["Conclusion", "📝 Introduction", "Ada Lovelace", "3.", "Further reading"])
def test_a_heading_that_stands_anywhere_is_none(heading: str) -> None:
    assert topic("It weaves.", "The engine", heading) == "The engine"


def test_the_title_stands_in_for_headings_without_the_author_in_it() -> None:
    assert topic("It weaves.", title="Ada Lovelace - Notes on engines.") == "Notes on engines"


def test_a_heading_that_asks_ends_with_a_question_mark() -> None:
    assert topic("It weaves.", "#1. Why an engine") == "Why an engine?"


def test_without_a_heading_or_title_there_is_no_topic() -> None:
    assert topic("It weaves.", title="") is None
    assert topic("It weaves.", title=" ".join(["word"] * 30)) is None


def test_terms_in_bold_come_before_code_names_and_pairs() -> None:
    one = extract("The `run_mill` part is a **bold idea**. We took Difference Engine parts for the brass wheels.")

    assert terms(one)[:3] == ["bold idea", "run_mill", "Difference Engine"]
    assert "brass wheels" in terms(one)


def test_a_term_that_says_only_what_the_topic_says_is_none() -> None:
    one = extract("An **engine** has a **brass mill**.")

    assert terms(one, about="The engines")[0] == "brass mill"


def test_what_many_extracts_hold_comes_later() -> None:
    one = extract("It has a **mill** and a **jackscrew**.")
    others = [extract(f"A **mill** of kind {number}.", document_id=str(number)) for number in range(3)]

    assert terms(one, *others)[:2] == ["jackscrew", "mill"]


def test_a_short_post_has_a_word_to_ask_about() -> None:
    assert terms(extract("Shipped it today 🚀")) == ["Shipped", "today"]


def test_code_gives_no_names_or_pairs() -> None:
    assert terms(extract("```\nBrassWheel turns BrassMill\n```")) == []
