"""What the author of a text file says about it in a block above the text.

The block is YAML between lines of `---` (Jekyll, Hugo, Quarto, R Markdown, MDX) or TOML between lines of `+++`
(Hugo, Zola): https://gohugo.io/content-management/front-matter/, https://jekyllrb.com/docs/front-matter/,
https://quarto.org/docs/reference/formats/html.html.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import yaml

from llm_engineering.domain.errors import InvalidInputError

_BLOCK: Final = re.compile(r"\A(?P<fence>---|\+\+\+)[ \t]*\n(?P<fields>.*?)(?<=\n)(?P=fence)[ \t]*(?:\n|\Z)", re.DOTALL)
_MOST_CHARACTERS: Final = 65_536
"""Of a block; a longer one is text between two lines."""
_LANGUAGE: Final = re.compile(r"(?P<code>[A-Za-z]{2})(?:[-_].*)?")
_SPACE_BEFORE_ZONE: Final = re.compile(r" (?=[+-]\d{2}:?\d{2}$)")


def _written(pattern: str) -> Callable[[str], date]:
    return lambda text: datetime.strptime(text, pattern).date()


_WRITTEN_DATES: Final = tuple(map(_written, ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y")))
"""Dates with the name of the month; with numbers alone, day and month cannot be told apart."""


class FrontMatterInvalidError(InvalidInputError):
    """The block above a text is neither valid YAML nor valid TOML."""

    def __init__(self, fault: str) -> None:
        super().__init__(
            f"The front matter cannot be read: {' '.join(fault.split())[:200]}.", remedy="Correct what stands there."
        )


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What a file says about itself. What it does not say is None, or empty."""

    title: str | None = None
    subtitle: str | None = None
    author: str | None = None
    """Names of all authors, joined with commas."""
    published_at: str | None = None
    """Date, or date and time, in ISO 8601."""
    language: str | None = None
    """ISO 639-1 code."""
    tags: tuple[str, ...] = ()
    is_draft: bool = False


def split_front_matter(text: str) -> tuple[FrontMatter, str]:
    """Return what a text with line breaks of one character says about itself, and the text without that.

    A block that holds no fields is text between two lines, and stays.

    Raises:
        FrontMatterInvalidError: The block cannot be read.
    """
    block = _BLOCK.match(text)
    if block is None or len(block["fields"]) > _MOST_CHARACTERS:
        return FrontMatter(), text
    fields = _fields(block["fields"], is_toml=block["fence"] == "+++")
    if not isinstance(fields, dict):
        return FrontMatter(), text
    return _front_matter({str(name).lower(): value for name, value in fields.items()}), text[block.end() :]


def iso_date(value: object) -> str | None:
    """Return a date, or a date and time, in ISO 8601; None if it is none, or in an order that can be mistaken."""
    if isinstance(value, date):
        return value.isoformat()
    text = _SPACE_BEFORE_ZONE.sub("", str(value).strip())
    readers: tuple[Callable[[str], date], ...] = (date.fromisoformat, datetime.fromisoformat, *_WRITTEN_DATES)
    for read in readers:
        try:
            return read(text).isoformat()
        except ValueError:
            continue
    return None


def language_code(value: object) -> str | None:
    """Return the ISO 639-1 code of a language tag, "en" of "en-GB"; None if there is none."""
    tag = _LANGUAGE.fullmatch(str(value).strip())
    return tag["code"].lower() if tag else None


def _fields(text: str, *, is_toml: bool) -> object:
    try:
        if is_toml:
            return tomllib.loads(text)
        # The base loader makes texts of all values: no object of Python, no date that does not exist, no "no" for
        # the language of Norway.
        return yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise FrontMatterInvalidError(str(error)) from error


def _front_matter(fields: Mapping[str, Any]) -> FrontMatter:
    published = _first(fields, "date", "publishdate", "pubdate", "published_at")
    return FrontMatter(
        title=_line(fields.get("title")),
        subtitle=_line(_first(fields, "subtitle", "description")),
        author=", ".join(_names(_first(fields, "author", "authors"))) or None,
        published_at=iso_date(published) if published else None,
        language=language_code(_first(fields, "lang", "language")),
        tags=tuple(_tags(_first(fields, "tags", "keywords"))),
        is_draft=_is_said(fields.get("draft"), "true", "yes") or _is_said(fields.get("published"), "false", "no"),
    )


def _first(fields: Mapping[str, Any], *names: str) -> Any:  # noqa: ANN401 - whatever stands in the file
    return next((fields[name] for name in names if fields.get(name)), None)


def _line(value: object) -> str | None:
    """Return a text on one line; None if the value is none, or says nothing.

    YAML can escape half of a character (a lone surrogate), which no store holds: a "?" stands for it.
    """
    return " ".join(value.encode(errors="replace").decode().split()) or None if isinstance(value, str) else None


def _names(value: object) -> Iterator[str]:
    """Yield the names of authors: a text, a mapping with a name, or a list of these.

    Nothing deeper is looked at: by aliases, a value of YAML may hold itself, or more values than memory has room for.
    """
    for author in value if isinstance(value, list) else [value]:
        if name := _line(author.get("name") if isinstance(author, dict) else author):
            yield name


def _tags(value: object) -> Iterator[str]:
    listed = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    yield from filter(None, map(_line, listed))


def _is_said(value: object, *words: str) -> bool:
    return str(value).strip().lower() in words
