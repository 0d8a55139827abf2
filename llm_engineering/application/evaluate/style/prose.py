"""What of a text shows its author's style: sentences without code, addresses, names, headings and quotes of others."""

import re
from collections.abc import Iterable
from typing import Final
from unicodedata import normalize

WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_FENCED: Final = re.compile(r"^(?P<fence>```|~~~).*?(?:^(?P=fence)|\Z)", re.DOTALL | re.MULTILINE)
_INLINE_CODE: Final = re.compile(r"`[^`\n]*`")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_ADDRESS: Final = re.compile(r"<?\b(?:https?://|www\.)\S+|\b[\w.+-]+@[\w-]+\.\w+", re.IGNORECASE)
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>\n]*>")
_CITATION: Final = re.compile(r"\s?\[\d+\]")
_MARKS: Final = re.compile(r"(?<!\w)[*_]+|[*_]+(?!\w)|\\(?=[^\w\s])")
_BLANK: Final = re.compile(r"\n\s*\n")
_NO_PROSE: Final = re.compile(r"[#>|]| {4}|\t")
"""How headings, quotes of others, tables and code begin."""
_ITEM: Final = re.compile(r"^\s*(?:[*+\-•]|\d+[.)])\s+", re.MULTILINE)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])[\"')\]]*\s+")
_LAST_SENTENCE: Final = re.compile(r".*[.!?…:][\"')\]]*(?=\s|$)")
_QUOTES: Final = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})


def prose(text: str, names: Iterable[str] = ()) -> list[str]:
    """Return the paragraphs and list items of a text up to the end of their last sentence, each in one line.

    Letters are plain (NFKC) and quotation marks straight, because editors, not authors, choose them.

    Args:
        text: Plain text or Markdown.
        names: Full names, each word of which is left out, so that nobody is recognized by being named.
    """
    bare = _ADDRESS.sub("", _LINK.sub(r"\1", _INLINE_CODE.sub("", _FENCED.sub("\n\n", text))))
    plain = normalize("NFKC", _CITATION.sub("", _TAG.sub("", bare))).translate(_QUOTES)
    blocks = (block for block in _BLANK.split(plain) if _ITEM.match(block) or not _NO_PROSE.match(block))
    items = (item for block in blocks for item in _ITEM.split(block))
    named = _named(names)
    lines = (" ".join(named.sub("", _MARKS.sub("", item)).split()) for item in items)
    found = (_LAST_SENTENCE.match(line) for line in lines)
    return [line[0] for line in found if line and WORD.search(line[0])]


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph."""
    return [sentence for sentence in _SENTENCE_END.split(paragraph) if WORD.search(sentence)]


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; "don't" is one."""
    return WORD.findall(text.lower())


def _named(names: Iterable[str]) -> re.Pattern[str]:
    parts = sorted({re.escape(part) for name in names for part in name.split() if len(part) > 1})
    return re.compile(rf"\b(?:{'|'.join(parts)})\b(?:'s\b)?" if parts else r"(?!)", re.IGNORECASE)
