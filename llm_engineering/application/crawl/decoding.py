"""The text of a page from its bytes."""

import codecs
import re
from collections.abc import Iterator
from typing import Final

from trafilatura.utils import detect_encoding

from llm_engineering.application.crawl.port import Page

_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_REPLACEMENT: Final = "\ufffd"
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
_SOUND_PER_FAULT: Final = 4
"""With so many characters that are valid UTF-8 beyond ASCII for each damaged one, it is UTF-8: text in another encoding
has next to none."""
_META_CHARSET: Final = re.compile(rb"""<meta\s[^>]*?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_META_BYTES: Final = 4096
"""How far into a page its own declaration is looked for; the HTML standard asks for the first 1024 bytes."""
_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?(rss|feed|rdf|urlset|sitemapindex|html|body)\b", re.IGNORECASE)
_ROOT_BYTES: Final = 8192
"""How far into a body its outermost element is looked for; comments and processing instructions come before it."""
_ESCAPE: Final = b"\x1b"
"""Opens the letters of ISO-2022, whose bytes are all ASCII."""
_LAST_RESORT: Final = "cp1252"
_READ_AS: Final = {"ascii": _LAST_RESORT, "iso8859-1": _LAST_RESORT}
"""Browsers read these declarations so (https://encoding.spec.whatwg.org/#names-and-labels)."""
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})
"""Codecs of Python that no page is written in; some take time quadratic in the length."""


def decoded(page: Page) -> str:
    """Return the text of a page.

    What is valid UTF-8 is read as UTF-8, whatever is declared: text in another encoding hardly ever is valid UTF-8
    by accident, but wrong declarations are common. So is UTF-8 with a few damaged characters. Else what the server and
    then what the page declares is tried, then what the bytes look like. Bytes that still have no meaning become U+FFFD.
    """
    if (damaged := _damaged_utf8(page.body)) is not None:
        return damaged
    for charset in _candidates(page):
        try:
            return page.body.decode(charset)
        except UnicodeDecodeError:
            continue
    return page.body.decode(_LAST_RESORT, errors="replace")


def root_name(page: Page) -> str:
    """Return the name of the outermost element of a feed, a sitemap or a page, in lower case; empty if it is none.

    The bytes decide: servers declare feeds as text, as HTML or as nothing.
    """
    head = page.body[:_ROOT_BYTES].replace(b"\0", b"")  # also of UTF-16
    found = _ROOT.search(head)
    return found[1].decode("ascii").lower() if found else ""


def _damaged_utf8(body: bytes) -> str | None:
    """Return the text of UTF-8 that is damaged here and there; None if it is valid, or hardly any UTF-8 at all."""
    text = body.decode("utf-8", errors="replace")
    faults = text.count(_REPLACEMENT)
    if not faults or body.startswith(_UTF16_MARKS):
        return None
    sound = sum(map(len, _NOT_ASCII.findall(text))) - faults
    return text if sound >= faults * _SOUND_PER_FAULT else None


def _candidates(page: Page) -> Iterator[str]:
    for mark, charset in _BYTE_ORDER_MARKS:
        if page.body.startswith(mark):
            yield charset
    if _ESCAPE not in page.body:
        yield "utf-8"
    meta = _META_CHARSET.search(page.body[:_META_BYTES])
    declared = (page.charset or "", meta[1].decode("ascii") if meta else "")
    yield from filter(None, map(_known_charset, declared))
    yield from filter(None, map(_known_charset, detect_encoding(page.body)))


def _known_charset(label: str) -> str | None:
    """Return Python's name of a character set; None if it has none."""
    try:
        name = codecs.lookup(label).name
        b"aaaa".decode(name)  # refuses codecs that make no text, such as "hex"
    except (LookupError, ValueError):  # an unknown label; one with a null character
        return None
    return None if name in _NO_CHARSETS else _READ_AS.get(name, name)
