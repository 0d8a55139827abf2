import pytest

from llm_engineering.application.evaluate.excerpts import is_prose, paragraphs, plain, sections, whole
from llm_engineering.domain.chunks import Span
from tests.support.documents import cleaned
from tests.support.golden import document

TEXT = """Before.

# Looms

**Looms** weave.

## Silk

Silk is soft.
It shines.

* a list.

no full stop

> A quote.
"""


def test_a_section_is_what_stands_under_a_heading_up_to_the_next_one() -> None:
    found = list(sections(document(TEXT)))

    assert [each.heading for each in found] == ["Looms", "Silk"]
    assert found[0].text == "# Looms\n\n**Looms** weave."


def test_paragraphs_are_whole_sentences_only() -> None:
    found = [each.text for each in paragraphs(document(TEXT))]

    assert found == ["Before.", "**Looms** weave.", "Silk is soft.\nIt shines."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**Bold** and _slanted_ text", "Bold and slanted text"),
        ("a [link](https://ada.dev) and `code`", "a link and code"),
        ("two\nlines", "two lines"),
        ("snake_case stays", "snake_case stays"),
        ("4\\. Retrieval", "4. Retrieval"),
        ("\U0001d5e5\U0001d5d4\U0001d5da", "RAG"),  # mathematical letters
    ],
)
def test_plain_text_is_what_people_would_type(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_a_place_says_where_and_what() -> None:
    source = document("Looms weave. " * 20)

    found = whole(source).place

    assert found.span == Span(start=0, end=260)
    assert found.beginning == ("Looms weave. " * 20)[:80]
    assert found.content_hash == source.provenance.content_hash


def test_source_code_is_no_prose() -> None:
    assert not is_prose(cleaned("print()", code=True))
    assert is_prose(document("Looms weave."))
