"""Addresses of sources, at the lines where the host of a repository has addresses for lines."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from llm_engineering.domain.chunks import LineRange
from llm_engineering.domain.documents import Category, Provenance

_MARKDOWN: Final = re.compile(r"\.(?:md|markdown|mdown|rst|ipynb)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _LineAddresses:
    """How a kind of host addresses lines of files."""

    path: re.Pattern[str]
    """Paths of files."""
    lines: str
    plain: str
    """What makes the host show the lines of a document instead of its rendered form."""


_KINDS: Final = {
    "github.com": _LineAddresses(re.compile(r"/blob/"), "#L{first}-L{last}", "?plain=1"),
    "gitlab.com": _LineAddresses(re.compile(r"/-/blob/"), "#L{first}-{last}", "?plain=1"),
    "bitbucket.org": _LineAddresses(re.compile(r"/src/"), "#lines-{first}:{last}", ""),
    "codeberg.org": _LineAddresses(re.compile(r"/src/(?:branch|commit|tag)/"), "#L{first}-L{last}", "?display=source"),
}


def source_address(source: Provenance, lines: LineRange | None) -> str:
    """Return the address of a document, for a file on GitHub, GitLab, Bitbucket or Codeberg with the lines."""
    if lines is None or source.category is not Category.REPOSITORIES:
        return source.link
    try:
        parts = urlsplit(source.link)
    except ValueError:  # brackets that hold no IPv6 address
        return source.link
    kind = _KINDS.get(parts.hostname or "")
    if kind is None or parts.query or parts.fragment or not kind.path.search(parts.path):
        return source.link
    plain = kind.plain if _MARKDOWN.search(parts.path) else ""
    return f"{source.link}{plain}{kind.lines.format(first=lines.first, last=lines.last)}"
