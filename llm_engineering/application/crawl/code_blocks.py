"""Code in pages: its exact text and the language that the page names."""

import re
from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element as Element
from lxml.etree import iterwalk

from llm_engineering.application.crawl.html_tree import BLOCK_TAGS, SILENT_TAGS, tag_of

_LANGUAGE_CLASSES: Final = (
    re.compile(r"(?:^|\s)(?:language|lang|highlight-source)-(?P<name>\S+)"),  # HTML standard, Prism, Hugo; GitHub
    re.compile(r"(?:^|\s)highlight-(?P<name>\S+)(?:\s+notranslate|$)"),  # Sphinx, on a `div` around the block
    re.compile(r"(?:^|\s)sourceCode\s+(?P<name>\S+)"),  # pandoc, Quarto
    re.compile(r"(?:^|\s)brush:\s*(?P<name>[^\s;]+)"),  # SyntaxHighlighter of WordPress
    re.compile(r"(?:^|\s)hljs\s+(?P<name>\S+)"),  # older highlight.js
)
_LANGUAGE_ATTRIBUTES: Final = ("data-lang", "data-language")
_NO_LANGUAGES: Final = frozenset({"default", "none", "plain", "plaintext", "text", "txt"})
_LANGUAGE: Final = re.compile(r"[a-z0-9][a-z0-9+#._-]{0,30}")
_LEVELS_ABOVE: Final = 3
"""How far above a code block its language is looked for: Jekyll names it on the third element above `pre`."""

_LINE_NUMBER_CLASSES: Final = frozenset({"lineno", "linenos", "line-number", "line-numbers", "ln", "lnt"})


def code_text(block: Element) -> str:
    """Return the text of a code block as a browser shows it, without the line break at its start and end.

    Line numbers and the labels of buttons, which are not part of the code, are left out.
    """
    lines = ""
    walk = iterwalk(block, events=("start", "end"))
    for event, element in walk:
        if event == "start" and _is_decoration(element):
            walk.skip_subtree()
        elif event == "start":
            if _starts_line(element, block, lines):
                lines += "\n"
            lines += element.text or ""
        elif element is not block:
            lines += element.tail or ""
    return lines.removeprefix("\n").rstrip()


def code_language(block: Element) -> str | None:
    """Return the language of a code block in lower case, as the page names it; None if it names none."""
    return next((name for element in _marked_elements(block) for name in _named_languages(element)), None)


def _is_decoration(element: Element) -> bool:
    classes = set(element.get("class", "").split())
    return tag_of(element) in SILENT_TAGS | {"button"} or not classes.isdisjoint(_LINE_NUMBER_CLASSES)


def _starts_line(element: Element, block: Element, so_far: str) -> bool:
    if tag_of(element) == "br":
        return True
    return element is not block and tag_of(element) in BLOCK_TAGS and not so_far.endswith("\n") and bool(so_far)


def _marked_elements(block: Element) -> Iterator[Element]:
    """Yield the elements that may name the language: the block, what is in it, and what is closely around it."""
    yield from block.iter("code", "pre")
    for level, around in enumerate(block.iterancestors()):
        if level == _LEVELS_ABOVE or tag_of(around) in {"article", "body", "main"}:
            return
        yield around


def _named_languages(element: Element) -> Iterator[str]:
    classes = element.get("class", "")
    by_class = (match["name"] for pattern in _LANGUAGE_CLASSES if (match := pattern.search(classes)))
    by_attribute = (element.get(attribute, "") for attribute in _LANGUAGE_ATTRIBUTES)
    for name in (*by_attribute, *by_class):
        language = name.lower()
        if language not in _NO_LANGUAGES and _LANGUAGE.fullmatch(language):
            yield language
