"""The sentences of a Markdown text that can stand in a summary."""

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_END: Final = re.compile(
    r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]*[^\W_a-z])"  # noqa: RUF001 - closing quotes as people type them
    r"|(?<=[。！？])"  # noqa: RUF001 - the full stops of Chinese and Japanese
)
_ABBREVIATIONS: Final = re.compile(r"\b(?:e\.g|i\.e|cf|vs|Dr|Mr|Mrs|Ms|Prof|St|No|Fig|Eq|approx|etc|al|[A-Z])\.$")
_LEAST_WORDS: Final = 5
"""What has fewer is a heading in disguise, a label or an aside."""
_ENDED: Final = re.compile(r"[.!?…。！？][\"'”’)\]]*$")  # noqa: RUF001 - as people type them
_SPACES: Final = re.compile(r"\s+")


def prose_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of paragraphs and list items in their order, as plain text on one line each.

    Headings, code, tables, quotes of others, pieces of fewer than five words and what ends without a full stop (a
    label, a teaser) are no sentences of the author that could stand alone.
    """
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    found: list[str] = []
    for paragraph in _paragraphs(tokens):
        found += filter(_can_stand_alone, _split(paragraph))
    return tuple(found)


def _paragraphs(tokens: list[Token]) -> list[str]:
    """Return the plain text of each paragraph that is not inside a quote or a table."""
    paragraphs: list[str] = []
    quotes = 0
    for before, token in zip([None, *tokens], tokens, strict=False):
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "inline" and not quotes and before is not None and before.type == "paragraph_open":
            paragraphs.append(_plain(token))
    return paragraphs


def _plain(inline: Token) -> str:
    kept = {"text", "code_inline", "softbreak", "hardbreak"}
    words = (child.content or " " for child in inline.children or () if child.type in kept)
    return _SPACES.sub(" ", "".join(words)).strip()


def _split(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph; a full stop after an abbreviation or an initial ends none."""
    sentences: list[str] = []
    for piece in _END.split(paragraph):
        if not piece:
            continue
        if sentences and _ABBREVIATIONS.search(sentences[-1]):
            sentences[-1] = f"{sentences[-1]} {piece.strip()}"
        else:
            sentences.append(piece.strip())
    return sentences


def _can_stand_alone(sentence: str) -> bool:
    """Whether it has the words, or twice as many signs of a script that has no spaces between words, and an end."""
    signs = sum("\u3040" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7af" for sign in sentence)
    is_long = len(sentence.split()) >= _LEAST_WORDS or signs >= 2 * _LEAST_WORDS
    return is_long and _ENDED.search(sentence) is not None
