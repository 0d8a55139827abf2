"""Takes out of an answer what could send a reader, or what he reads, somewhere that no source vouches for.

A text that was crawled may tell a model to put a link or a picture into its answer, whose address carries away what it
was told (OWASP LLM05, improper output handling). Only addresses of the cited sources stay. Everything else that a
renderer of Markdown or HTML could follow becomes its text.
"""

import re
from collections.abc import Collection
from typing import Final, NamedTuple

from llm_engineering.application.answer.markdown_text import code_ranges
from llm_engineering.application.crawl.hidden import visible_text

REMOVED: Final = "(link removed)"
_LINK: Final = re.compile(
    # The text may hold one level of brackets, the address one of parentheses.
    r"!?\[(?P<text>(?:[^\[\]]|\[[^\[\]]*\])*)\]"
    r"\(\s*(?P<address><[^<>\n]*>|(?:[^\s()<>]|\([^\s()]*\))*)(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^)]*\)))?\s*\)"
)
_REFERENCE: Final = re.compile(r"^ {0,3}(?:> ?)*\[[^\]\n]+\]:[ \t]*\n?[ \t]*\S.*$", re.MULTILINE)
_REFERRED: Final = re.compile(r"!?\[(?P<text>[^\[\]\n]*[^\W\d][^\[\]\n]*)\]\[[^\[\]\n]*\]")
_AUTOLINK: Final = re.compile(r"<(?P<address>[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[^\s<>@]+@[^\s<>]+)>")
_TAG: Final = re.compile(
    r"<!--.*?(?:-->|$)|<!\[CDATA\[.*?(?:\]\]>|$)|<\?.*?(?:\?>|$)|<![A-Za-z][^>]*>?"
    r"|<[A-Za-z][A-Za-z0-9:-]*\s+[^<>]*=[^<>]*>"
    r"|</?(?:a|abbr|applet|area|audio|base|body|button|div|embed|form|frame|frameset|head|html|iframe|img|input|link|"
    r"math|meta|object|p|picture|script|source|span|style|svg|table|td|textarea|tr|track|video)\b[^<>]*>?",
    re.IGNORECASE | re.DOTALL,
)
# `//host.tld` is an address in the reader's own scheme. A browser takes backslashes for slashes.
_ADDRESS: Final = re.compile(
    r"(?:\b[A-Za-z][A-Za-z0-9+.-]{0,31}:(?:[/\\]{1,3}|&#x?[0-9A-Fa-f]+;)|(?<![\w:/])//(?=[\w-]+(?:\.[\w-]+)+)|\bwww\.)"
    r"[^\s<>\"'`\])}]*"
    r"|\b(?:javascript|data|vbscript|mailto|tel):[^\s<>\"'`\])}]+",
    re.IGNORECASE,
)
_END_SIGNS: Final = ".,;:!?*_"


class SafeText(NamedTuple):
    """A text in which nothing leads to an address that was not allowed."""

    text: str
    links: int
    """How many links, pictures, addresses and tags were taken out."""
    hidden: int
    """How many characters that no reader sees were taken out."""


def safe_text(text: str, allowed: Collection[str]) -> SafeText:
    """Return a text without what could be followed, but for links to allowed addresses.

    In code, addresses are taken out too; what else would be a link or a tag outside of code stays there, because it is
    shown as it is.

    Args:
        text: Markdown that nobody vouches for.
        allowed: Addresses that may stay, exactly as they are.
    """
    visible = visible_text(text)
    cleaner = _Cleaner(allowed)
    # What was taken out may have held something together that is a link now.
    cleaned, before = cleaner.of(visible.text), visible.text
    while cleaned != before:
        cleaned, before = cleaner.of(cleaned), cleaned
    return SafeText(cleaned, cleaner.removed, visible.stripped)


class _Cleaner:
    """Cleans and counts."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = allowed
        self.removed = 0

    def of(self, text: str) -> str:
        parts: list[str] = []
        reached = 0
        for start, end in code_ranges(text):
            parts += [self._prose(text[reached:start]), self._addresses(text[start:end])]
            reached = end
        return "".join([*parts, self._prose(text[reached:])])

    def _prose(self, text: str) -> str:
        kept: list[str] = []
        reached = 0
        for link in _LINK.finditer(text):
            if link["address"] in self._allowed and not link[0].startswith("!") and "[" not in link["text"]:
                kept += [self._loose(text[reached : link.start()]), link[0]]
                reached = link.end()
        return "".join([*kept, self._loose(text[reached:])])

    def _loose(self, text: str) -> str:
        """Return a text that holds no allowed link without all that is one, the inner ones first."""
        for pattern, replacement in (
            (_REFERENCE, ""), (_LINK, r"\g<text>"), (_REFERRED, r"\g<text>"), (_TAG, ""),
        ):  # fmt: skip
            text = self._counted(pattern, replacement, text)
        text = _AUTOLINK.sub(r"\g<address>", text)  # the address itself is counted
        # Whatever a renderer would still read as a link or a picture has its hinge here.
        return self._counted(re.compile(r"\](?=\()"), "] ", self._addresses(text))

    def _counted(self, pattern: re.Pattern[str], replacement: str, text: str) -> str:
        changed, count = pattern.subn(replacement, text)
        self.removed += count
        return changed

    def _addresses(self, text: str) -> str:
        return _ADDRESS.sub(self._kept_or_removed, text)

    def _kept_or_removed(self, address: re.Match[str]) -> str:
        bare = address[0].rstrip(_END_SIGNS)
        if bare in self._allowed:
            return address[0]
        self.removed += 1
        return REMOVED + address[0][len(bare) :]
