"""The blocks of a document that samples may be made of: paragraphs, lists and code, without what surrounds them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from llm_engineering.application.evaluate.excerpts import plain
from llm_engineering.application.preprocess.outline import Section, markdown_sections, plain_sections
from llm_engineering.domain.documents import Category, CleanedDocument

FURNITURE_DOCUMENTS: Final = 3
"""A block that stands in so many documents belongs to the site: a request to subscribe, a footer."""

_CODE: Final = re.compile(r"```|~~~| {4}(?! *(?:[*+\-]|\d+[.)])\s)|\t")
_LIST: Final = re.compile(r" {0,3}(?:[*+\-•‣▪→↳➤✅✔☑]|\d+[.)]|\d\ufe0f?\u20e3)\ufe0f?\s")
_OTHER: Final = re.compile(r"[>|]|!\[|\[!\[|<|(?:[-*_] ?){3,}$")
"""How quotes of others, tables, pictures, HTML and rules begin."""
_SENTENCE_END: Final = re.compile(r"[.!?…。！？][\"'”’)*_`\]]*$")  # noqa: RUF001 - closing quotes as people type them
_CAPTION: Final = re.compile(
    r"\b(?:image|photo|figure|screenshot|diagram|illustration|bild|foto|abbildung|imagen|imagem|immagine)s?\s+"
    r"(?:source|credit|quelle|by|from|von|par|de|por|di)\b",
    re.IGNORECASE,
)
_CUT_WORD: Final = re.compile(r"[^\W_]-$")
_MAX_CAPTION_WORDS: Final = 30
_MAX_CONTINUED_WORDS: Final = 12
_WRAPPED_CHARACTERS: Final = 60
"""A heading at least so long, with text right below it, was cut by a line break."""
_MIN_LIST_WORDS: Final = 12
"""Shorter lists are menus and tags."""


class BlockKind(StrEnum):
    """What a block is."""

    PROSE = "prose"
    """Whole sentences."""
    OPENING = "opening"
    """A sentence that announces what follows: it ends with a colon."""
    LIST = "list"
    CODE = "code"
    FRAGMENT = "fragment"
    """No whole sentence: a caption, a button, a date."""
    OTHER = "quote, table or picture"
    HEADING = "heading"
    FURNITURE = "furniture"
    """It stands in several documents."""


@dataclass(frozen=True, slots=True)
class Block:
    """A range of a document's text."""

    start: int
    end: int
    kind: BlockKind
    heading_path: tuple[str, ...]
    text: str

    @property
    def words(self) -> int:
        """How many words there are."""
        return len(self.text.split())


def document_blocks(document: CleanedDocument) -> Iterator[Block]:
    """Yield the blocks of a document in order, none of which is furniture yet.

    A post has no headings, and its lines need no full stop: all its blocks are prose.
    """
    is_post = document.provenance.category is Category.POSTS
    for section in plain_sections(document.text) if is_post else markdown_sections(document.text):
        ranges = pairwise((section.start, *section.blocks, section.end))
        texts = [(start, document.text[start:end].rstrip()) for start, end in ranges]
        continued = None if is_post else _continuation(section, texts)
        path = section.heading_path
        path = (*path[:-1], joined_lines([path[-1], plain(continued)])) if continued else path
        for place, (start, text) in enumerate(texts):
            if text.strip():
                is_heading = place == 0 or (place == 1 and continued is not None)
                kind = BlockKind.PROSE if is_post else _kind(text, section, is_heading=is_heading)
                yield Block(start, start + len(text), kind, path, text)


def _continuation(section: Section, texts: Sequence[tuple[int, str]]) -> str | None:
    """Return the end of a heading that was cut by a line break, as converters to Markdown do it."""
    if not section.heading_path or len(texts) < 2:  # noqa: PLR2004 - a heading and what follows
        return None
    (start, heading), (next_start, following) = texts[:2]
    is_cut = len(heading) > _WRAPPED_CHARACTERS and next_start == start + len(heading) + 1
    return following if is_cut and len(following.split()) <= _MAX_CONTINUED_WORDS else None


def furniture(blocks: Mapping[str, Sequence[Block]], groups: Mapping[str, str]) -> frozenset[str]:
    """Return the keys of the blocks that stand in `FURNITURE_DOCUMENTS` documents or more; copies count as one.

    Args:
        blocks: Those of all documents of a data set, by the id of the document.
        groups: The group of copies that each document belongs to, by its id.
    """
    holders: dict[str, set[str]] = {}
    for document_id, of_document in blocks.items():
        for block in of_document:
            holders.setdefault(block_key(block.text), set()).add(groups[document_id])
    return frozenset(key for key, held in holders.items() if len(held) >= FURNITURE_DOCUMENTS)


def joined_lines(lines: Sequence[str]) -> str:
    """Return lines of one paragraph as one; a word that was cut at its hyphen is whole again."""
    joined = lines[0].rstrip()
    for line in lines[1:]:
        following = line.strip()
        is_cut = _CUT_WORD.search(joined) and following[:1].islower()
        joined += following if is_cut else f" {following}"
    return joined


def block_key(text: str) -> str:
    """Return the words of a block, by which it is known in another document."""
    return " ".join(re.findall(r"\w+", plain(text).casefold()))


def without_furniture(blocks: Sequence[Block], repeated: frozenset[str]) -> list[Block]:
    """Return the blocks, where those that stand in several documents are furniture."""
    return [
        Block(each.start, each.end, BlockKind.FURNITURE, each.heading_path, each.text)
        if each.kind is not BlockKind.HEADING and block_key(each.text) in repeated
        else each
        for each in blocks
    ]


def _kind(text: str, section: Section, *, is_heading: bool) -> BlockKind:
    if is_heading and section.heading_path:
        return BlockKind.HEADING
    for pattern, kind in _BEGINNINGS.items():
        if pattern.match(text):
            return kind
    if _LIST.match(text):
        return BlockKind.LIST if len(text.split()) >= _MIN_LIST_WORDS else BlockKind.FRAGMENT
    told = plain(text)
    if len(told.split()) <= _MAX_CAPTION_WORDS and _CAPTION.search(told):
        return BlockKind.FRAGMENT
    if told.endswith((":", "：")):  # noqa: RUF001 - also in full width
        return BlockKind.OPENING
    return BlockKind.PROSE if _SENTENCE_END.search(told) else BlockKind.FRAGMENT


_BEGINNINGS: Final[Mapping[re.Pattern[str], BlockKind]] = {
    re.compile(r"#{1,6}(?:\s|$)"): BlockKind.HEADING,
    _CODE: BlockKind.CODE,
    _OTHER: BlockKind.OTHER,
}
