import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.preprocess.cleaning import cleaned_documents, cleaned_text, omitted_lines
from llm_engineering.domain.documents import OmittedLines
from tests.support.documents import article


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("", ""),
        ("I'm here – it’s “fine”… (50 %)!", "I'm here – it’s “fine”… (50 %)!"),
        ("def f(x):\n    return x  # no\n", "def f(x):\n    return x  # no"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("e\u0301tude", "étude"),
        ("ex\u00adam\u200bple\ufeff", "example"),
        ("family 👩\u200d👧", "family 👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("10\u00a0km", "10 km"),
        ("ends in spaces  \t\nnext", "ends in spaces\nnext"),
        ("\n\n  indented first line", "  indented first line"),
        ("class A: ...\n\n\nclass B: ...", "class A: ...\n\n\nclass B: ..."),
        ("far\n\n\n\n\n\n\napart", "far\n\n\napart"),
        ("a\x00b\x1bc\x7fd\te", "abcd\te"),
    ],
)
def test_noise_goes_and_everything_else_stays(raw: str, cleaned: str) -> None:
    assert cleaned_text(raw) == cleaned


@given(st.text())
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = cleaned_text(text)
    assert cleaned_text(once) == once


@given(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P", "S"])))
def test_ascii_letters_digits_and_signs_are_never_touched(text: str) -> None:
    assert cleaned_text(text) == text


def test_documents_keep_their_order_and_their_origin() -> None:
    result = cleaned_documents([article("b  ", link="https://ada.dev/b"), article("a", link="https://ada.dev/a")])

    assert [(item.text, item.provenance.link) for item in result.items] == [
        ("b", "https://ada.dev/b"),
        ("a", "https://ada.dev/a"),
    ]


def test_a_document_without_text_is_dropped_with_a_reason() -> None:
    result = cleaned_documents([article(" \u200b\n"), article("text", link="https://ada.dev/two")])

    assert [(drop.item, drop.reason) for drop in result.dropped] == [("https://ada.dev/one", "empty")]
    assert result.dropped_by_reason == {"empty": 1}


def test_figures_count_documents_and_characters() -> None:
    figures = cleaned_documents([article("four   "), article("", link="https://ada.dev/two")]).figures

    assert figures == {
        "documents": 1,
        "dropped": {"empty": 1},
        "raw_characters": 7,
        "cleaned_characters": 4,
        "per_category": {"articles": 1},
        "per_author": {"Ada Lovelace": 1},
        "per_domain": {"ada.dev": 1},
    }


@pytest.mark.parametrize(
    ("raw", "omitted"),
    [
        ("a\n\n\nb\n", ()),
        ("\n\na\nb", (OmittedLines(before=1, count=2),)),
        ("a\n\n\n\n\nb\r\nc", (OmittedLines(before=4, count=2),)),
        (" \na\n\n\n \nb\n\n\n\n\n", (OmittedLines(before=1, count=1), OmittedLines(before=4, count=1))),
    ],
)
def test_lines_that_were_left_out_are_known(raw: str, omitted: tuple[OmittedLines, ...]) -> None:
    assert omitted_lines(raw, cleaned_text(raw)) == omitted


@given(st.lists(st.sampled_from(["a", "b  ", "", " ", "\u200b"]), max_size=12))
def test_each_line_is_found_again_in_its_source(lines: list[str]) -> None:
    (document,) = cleaned_documents([article("\n".join(["", *lines, "end"]))]).items

    found = [document.source_line(number) for number in range(1, document.text.count("\n") + 2)]

    source = ["", *lines, "end"]
    assert [source[line - 1].strip("\u200b ") for line in found] == document.text.split("\n")
