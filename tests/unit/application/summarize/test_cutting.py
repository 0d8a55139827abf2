from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.summarize.cutting import document_parts
from tests.support.fakes import WordTokenizer

_TEXT = "# One\n\na b c d.\n\n# Two\n\ne f g h.\n\n## Three\n\ni j k l m n o p q r.\n"


def test_sections_are_packed_while_they_fit_and_keep_their_headings() -> None:
    parts = document_parts(_TEXT, WordTokenizer(), max_tokens=14, is_code=False)

    assert [part.text for part in parts] == [
        "# One\n\na b c d.\n\n# Two\n\ne f g h.\n\n",
        "## Three\n\ni j k l m n o p q r.\n",
    ]
    assert [part.heading_path for part in parts] == [("One",), ("Two", "Three")]
    assert [part.number for part in parts] == [1, 2]


def test_code_has_no_headings() -> None:
    (part,) = document_parts("# a comment\nx = 1\n", WordTokenizer(), max_tokens=20, is_code=True)

    assert part.heading_path == ()


def test_an_empty_text_has_no_part() -> None:
    assert document_parts("", WordTokenizer(), max_tokens=5, is_code=False) == ()


@given(
    text=st.text(st.sampled_from("ab .\n#-`|>"), max_size=400),
    max_tokens=st.integers(1, 30),
    is_code=st.booleans(),
)
def test_the_parts_are_the_whole_text_and_none_is_too_long(text: str, max_tokens: int, *, is_code: bool) -> None:
    tokenizer = WordTokenizer()

    parts = document_parts(text, tokenizer, max_tokens=max_tokens, is_code=is_code)

    assert "".join(part.text for part in parts) == text
    assert all(text[part.span.start : part.span.end] == part.text for part in parts)
    assert all(len(tokenizer.offsets(part.text)) <= max_tokens for part in parts)
