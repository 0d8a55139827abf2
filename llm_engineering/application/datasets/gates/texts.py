"""Texts as the gates compare them: words, runs of words, sentences."""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from unicodedata import normalize

RUN_WORDS: Final = 6
"""Words of a run by which texts count as sharing wording: rare by chance, unless the words are a set phrase."""

_WORD: Final = re.compile(r"\w+")
_LINK: Final = re.compile(r"(!?)\[([^\]\n]*)\]\((?:<[^>\n]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+\"[^\"\n]*\")?\)")
_ADDRESS: Final = re.compile(r"\b(?:https?://|www\.)\S+")
_FENCE: Final = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_INLINE_CODE: Final = re.compile(r"`[^`\n]+`")
_SENTENCE_END: Final = re.compile(
    r"(?<=[.!?…])[\"'”’)\]*_]*\s+(?=[\"'“‘(\[*_]*[^\W_a-z])"  # noqa: RUF001 - quotes as people type them
    r"|(?<=[。！？])"  # noqa: RUF001 - the full stops of Chinese and Japanese
    r"|\n\s*(?=[-*+>#|\d\n])|\n\s*\n"
)


def normalized(text: str) -> str:
    """Return a text in Unicode's compatibility form and without case: styled letters are letters."""
    return normalize("NFKC", text).casefold()


def words(text: str) -> list[str]:
    """Return the words of a text: runs of letters, digits and underscores, without case."""
    return _WORD.findall(normalized(text))


def plain_words(text: str) -> list[str]:
    """Return the words that a reader sees: those of links without their addresses."""
    return words(without_addresses(text))


def without_addresses(text: str) -> str:
    """Return a Markdown text without the addresses of its links and pictures, and without bare ones."""
    return _ADDRESS.sub(" ", _LINK.sub(r" \2 ", text))


def without_code(text: str) -> str:
    """Return a Markdown text without its code, fenced or in a line."""
    return _INLINE_CODE.sub(" ", _FENCE.sub("\n", text))


def runs(of_words: Sequence[str], length: int = RUN_WORDS) -> set[int]:
    """Return a number for each different run of words; empty if there are fewer words than a run has."""
    return set(runs_in_order(of_words, length))


def runs_in_order(of_words: Sequence[str], length: int = RUN_WORDS) -> Iterator[int]:
    """Yield a number for each run of words, in the order of the text; equal within a process for equal runs."""
    parts = [of_words[start:] for start in range(length)]
    return map(hash, zip(*parts, strict=False))


def sentences(text: str) -> list[str]:
    """Return the sentences of a Markdown text in order; list items, headings and rows of tables are some too.

    Nothing is left out but white space: together they have all words of the text.
    """
    return [piece.strip() for piece in _SENTENCE_END.split(text) if piece and piece.strip()]


def shortened(text: str, characters: int = 80) -> str:
    """Return a text as one line that may stand in a message."""
    line = " ".join(text.split())
    return line if len(line) <= characters else f"{line[: characters - 1].rstrip()}…"
