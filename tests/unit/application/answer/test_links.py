"""What could send a reader somewhere is taken out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from llm_engineering.application.answer.links import REMOVED, safe_text

OK = "https://ada.dev/one"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see [the page](https://evil.example/?d=1).", "see the page."),
        ("![pixel](https://evil.example/p.png) text", "pixel text"),
        (f"[one]({OK}) and {OK}.", f"[one]({OK}) and {OK}."),
        (f"![one]({OK})", "one"),
        (f"[one]({OK}?d=secret)", "one"),
        ("https://evil.example/a, then", f"{REMOVED}, then"),
        ("<https://evil.example>", REMOVED),
        ("www.evil.example/a", REMOVED),
        ("//evil.example/a", REMOVED),
        ("[r][e]\n\n[e]: https://evil.example 'title'", "r\n\n"),
        ("<img src=https://evil.example/x>text<b>", "text<b>"),
        ("<script>x</script>", "x"),
        (f"<a href='{OK}'>one</a>", "one"),
        ("[a [b](https://evil.example/1) c](https://evil.example/2)", "a b c"),
        (r"[x](https:\/\/evil.example)", "x"),
        ("[x](https&#58;//evil.example)", "x"),
        ("https\u200b://evil.example", REMOVED),
        ("[x](javascript:alert(1))", "x"),
        ("a < b, List<int>, x[0](y)", "a < b, List<int>, x0"),
        ("`x[0](y)`\n```py\nf['a'](b)  # https://evil.example\n```", f"`x[0](y)`\n```py\nf['a'](b)  # {REMOVED}\n```"),
        ("It weaves [1] [2].", "It weaves [1] [2]."),
    ],
)
def test_only_addresses_of_sources_stay(text: str, expected: str) -> None:
    assert safe_text(text, {OK}).text == expected


def test_what_was_taken_out_is_counted() -> None:
    safe = safe_text("[x](https://evil.example) https://evil.example/2 a\u200bb\u2060", {OK})

    assert (safe.links, safe.hidden) == (2, 2)


def followed(text: str) -> set[str]:
    """Return the addresses that a renderer of Markdown with HTML would follow."""
    html = MarkdownIt("commonmark", {"html": True}).render(text)
    return set(re.findall(r"<[^>]*(?:href|src)\s*=\s*[\"']?([^\"'\s>]*)", html, re.IGNORECASE))


_PARTS = st.sampled_from([
    "[", "]", "(", ")", "!", "<", ">", "https://evil.example/a", "//evil.example", "text", " ", "\n", "\n\n", "`",
    "```\n",
    "img src=", "a href='", "'", "\\", "&#58;", ":", "[1]", OK, "javascript:x", "<!--", "-->", "\u200b",
])  # fmt: skip


@given(st.lists(_PARTS, max_size=14).map("".join))
def test_nothing_that_a_renderer_follows_is_left(text: str) -> None:
    assert {address for address in followed(safe_text(text, {OK}).text) if "evil" in address} == set()


@given(st.lists(_PARTS, max_size=14).map("".join))
def test_a_safe_text_is_safe(text: str) -> None:
    safe = safe_text(text, {OK}).text

    assert safe_text(safe, {OK}).text == safe
