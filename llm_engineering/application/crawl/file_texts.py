"""What is written in a local file, and what it says about itself."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Final

from llm_engineering.application.crawl.conversion import ConvertedFile, DocumentKind
from llm_engineering.application.crawl.decoding import decoded
from llm_engineering.application.crawl.extraction import extract_article
from llm_engineering.application.crawl.file_faults import FileFault, FileLeftOutError
from llm_engineering.application.crawl.folders import FoundFile
from llm_engineering.application.crawl.front_matter import (
    FrontMatterInvalidError,
    iso_date,
    language_code,
    split_front_matter,
)
from llm_engineering.application.crawl.notebooks import NotebookError, read_notebook
from llm_engineering.application.crawl.port import Page

_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_FENCE: Final = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})")
_HEADING: Final = re.compile(r" {0,3}#{1,6}[ \t]+(?P<title>.*?)[ \t]*#*")
_UNDERLINE: Final = re.compile(r"([=~^\"'*+#-])\1{2,}[ \t]*")
"""Below a heading: of reStructuredText, and with = and - of Markdown."""
_ATTRIBUTES: Final = re.compile(r"\s*\{[^{}]*\}$")
_LINK: Final = re.compile(r"!?\[(?P<text>[^\[\]]*)\]\([^()]*\)")
_MARKS: Final = re.compile(r"[*`]+")
_DATED_NAME: Final = re.compile(r"(?P<date>\d{4}-\d{2}-\d{2})-.+")
"""Jekyll's name of a post: https://jekyllrb.com/docs/posts/."""


@dataclass(frozen=True, slots=True)
class FileText:
    """A file as it was read. What it does not say is None."""

    text: str
    """Markdown or plain text; never blank."""
    title: str
    """As the file says, else its first heading, else its name without the suffix."""
    subtitle: str | None = None
    language: str | None = None
    is_draft: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What else it says of itself: author, published_at, tags, canonical_url."""


def text_of(found: FoundFile, body: bytes) -> FileText:
    """Return what is written in a file whose suffix `TEXT_SUFFIXES` names.

    Line breaks become those of Unix; beyond that the text is not altered.

    Raises:
        FileLeftOutError: There is no text in it, or it cannot be read.
    """
    if b"\0" in body and not body.startswith(_UTF_16_MARKS):
        raise FileLeftOutError(
            FileFault.BINARY, f"{found.relative!r} is no text: it holds a null byte.", remedy="Exclude it."
        )
    page = Page(found.path.as_uri(), "", body)
    text = decoded(page).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    read = _READERS[suffix_of(found.relative)](found, text)
    if not read.text.strip():
        raise FileLeftOutError(
            FileFault.NO_TEXT if text.strip() else FileFault.EMPTY,
            f"There is no text in {found.relative!r}.",
            remedy="Exclude it, or write something.",
        )
    return read


def text_of_document(found: FoundFile, converted: ConvertedFile) -> FileText:
    """Return what a converter made of a file."""
    return FileText(
        text=converted.markdown,
        title=converted.title or first_heading(converted.markdown) or _stem(found),
        language=language_code(converted.language),
        facts=_said(author=converted.author, published_at=iso_date(converted.published)),
    )


def suffix_of(path: str) -> str:
    """Return the last suffix of a name in lower case without the dot, "md" of "Notes.MD"; empty if there is none."""
    return PurePosixPath(path).suffix.lower().removeprefix(".")


def first_heading(text: str) -> str | None:
    """Return the first heading of a Markdown or reStructuredText, without marks; None if there is none."""
    fence, before = "", ""
    for line in text.split("\n"):
        opened = _FENCE.match(line)
        if opened and (not fence or opened["fence"].startswith(fence)):
            fence = "" if fence else opened["fence"]
        elif not fence:
            heading = _HEADING.fullmatch(line)
            title = _plain(heading["title"] if heading else before if _UNDERLINE.fullmatch(line) else "")
            if title:
                return title
        before = line
    return None


def _plain(title: str) -> str:
    return _MARKS.sub("", _LINK.sub(r"\g<text>", _ATTRIBUTES.sub("", title.strip()))).strip()


def _markdown(found: FoundFile, text: str) -> FileText:
    try:
        matter, text = split_front_matter(text)
    except FrontMatterInvalidError as error:
        problem = f"{found.relative!r}: {error.problem}"
        raise FileLeftOutError(FileFault.FRONT_MATTER_INVALID, problem, remedy=error.remedy) from error
    return FileText(
        text=text.strip("\n"),
        title=matter.title or first_heading(text) or _stem(found),
        subtitle=matter.subtitle,
        language=matter.language,
        is_draft=matter.is_draft,
        facts=_said(
            author=matter.author,
            published_at=matter.published_at or _date_of_name(found),
            tags=list(matter.tags) or None,
        ),
    )


def _plain_text(found: FoundFile, text: str) -> FileText:
    return FileText(text=text, title=_stem(found))


def _structured_text(found: FoundFile, text: str) -> FileText:
    return FileText(text=text, title=first_heading(text) or _stem(found))


def _html(found: FoundFile, text: str) -> FileText:
    article = extract_article(text, found.path.as_uri())
    return FileText(
        text=article.markdown,
        title=article.title or _stem(found),
        subtitle=article.subtitle,
        language=article.language,
        facts=_said(
            author=article.author,
            published_at=article.published_at and article.published_at.isoformat(),
            canonical_url=article.canonical_url,
        ),
    )


def _notebook(found: FoundFile, text: str) -> FileText:
    if not text.strip():
        return FileText(text="", title=_stem(found))
    try:
        notebook = read_notebook(text)
    except NotebookError as error:
        raise FileLeftOutError(
            FileFault.DAMAGED,
            f"{found.relative!r} is no notebook that can be read: {error}.",
            remedy="Open it in Jupyter and save it again, or exclude it.",
        ) from error
    return FileText(text=notebook.text, title=first_heading(notebook.text) or _stem(found))


_READERS: Final[Mapping[str, Callable[[FoundFile, str], FileText]]] = {
    **dict.fromkeys(("md", "markdown", "mdown", "mkd", "mdx", "qmd", "rmd"), _markdown),
    **dict.fromkeys(("txt", "text"), _plain_text),
    **dict.fromkeys(("rst", "rest"), _structured_text),
    **dict.fromkeys(("html", "htm", "xhtml"), _html),
    "ipynb": _notebook,
}
TEXT_SUFFIXES: Final = frozenset(_READERS)
"""Suffixes of files that are read as text."""
DOCUMENT_SUFFIXES: Final = frozenset(kind.value for kind in DocumentKind)
"""Suffixes of files that a converter reads."""


def _stem(found: FoundFile) -> str:
    stem = PurePosixPath(found.relative).stem
    return stem.encode(errors="surrogateescape").decode(errors="replace")


def _date_of_name(found: FoundFile) -> str | None:
    named = _DATED_NAME.fullmatch(PurePosixPath(found.relative).name)
    return iso_date(named["date"]) if named else None


def _said(**facts: object) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}
