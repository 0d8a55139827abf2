"""The element in which a page says that its main content is.

The HTML standard has `main` for the dominant contents of a document. Where a page has one, what stands outside of it is
menu, search, help or footer, whatever its classes are: short pages of documentation, above all those in scripts of few
characters, are shorter than such texts, and an extractor takes these for the article.
"""

from typing import Final

from lxml.etree import XPath
from lxml.etree import _Element as Element

from llm_engineering.application.crawl.blocks import blocks_of, prose_letters
from llm_engineering.application.crawl.html_tree import PageText

_MAINS: Final = XPath("//main | //*[@role='main']")
_LEAST_PROSE: Final = 0.25
"""How much prose the main element has, as a share of the prose outside of it, if it is to be believed: there are pages
that fill it by a script, or put only a banner there."""


def main_of(page: PageText) -> Element | None:
    """Return the one element of a page that is marked as its main content; None if there is not one, or it is empty."""
    mains = _MAINS(page.root)
    outer = [main for main in mains if not any(around in mains for around in main.iterancestors())]
    if len(outer) != 1 or not page.letters_in(outer[0]):
        return None
    inside = prose_letters(blocks_of(page.inside(outer[0])))
    outside = prose_letters(blocks_of(page.nodes)) - inside
    return outer[0] if inside >= _LEAST_PROSE * outside else None


def keep_inside(main: Element) -> None:
    """Take out of a page what stands beside an element and beside those around it; the head stays."""
    child = main
    for around in main.iterancestors():
        for beside in [beside for beside in around if beside is not child and beside.tag != "head"]:
            around.remove(beside)
        around.text = child.tail = None
        child = around
