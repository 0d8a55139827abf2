"""What of a web page is the article, as Markdown and as plain text, and what the page says about it.

trafilatura decides which words are the article; structure is taken from the page itself (see `selection`), because
trafilatura's own Markdown loses blank lines and languages of code, quotes, and blocks that it reads as plain text.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from typing import Final

from lxml.etree import _Element as Element
from trafilatura import bare_extraction
from trafilatura.settings import Document

from llm_engineering.application.crawl.blocks import blocks_of, prose_letters
from llm_engineering.application.crawl.hidden import visible_text
from llm_engineering.application.crawl.hidden_elements import without_hidden, without_invisible
from llm_engineering.application.crawl.html_tree import PageText, letters_of
from llm_engineering.application.crawl.main_element import keep_inside, main_of
from llm_engineering.application.crawl.page_facts import stated_facts
from llm_engineering.application.crawl.parsing import parsed_page, without_code
from llm_engineering.application.crawl.refinement import refined
from llm_engineering.application.crawl.rendering import Renderer, absolute_url
from llm_engineering.application.crawl.selection import keep_only
from llm_engineering.application.crawl.styles import MARKDOWN, PLAIN_TEXT, Style

_LEAST_LETTERS: Final = 500
"""Twice the letters of an article below which trafilatura asks for a third opinion (jusText)."""

_LANGUAGE: Final = re.compile(r"[a-z]{2}")


@dataclass(frozen=True)
class ExtractedArticle:
    """The article of a page. What the page does not say is None."""

    title: str | None = None
    subtitle: str | None = None
    """The page's description of itself."""
    author: str | None = None
    published_at: date | None = None
    language: str | None = None
    """ISO 639-1 code, as the page declares it."""
    canonical_url: str | None = None
    """The address that the page declares as its own."""
    stripped_characters: int = 0
    """How many characters that no reader sees were left out: the text of hidden elements anywhere on the page, and
    invisible characters in the article, its title, subtitle and author."""
    body: Element | None = field(default=None, repr=False, compare=False)
    """What is left of the page's tree; None if the page has no main content."""
    base_url: str = ""
    """Address that relative links of the body start from."""

    @cached_property
    def text(self) -> str:
        """The body as plain text: no menu, no comments, no related links; empty if the page has no main content."""
        return self._rendered(PLAIN_TEXT)

    @cached_property
    def markdown(self) -> str:
        """The body as Markdown: headings, lists, tables, quotes, code, links and described pictures."""
        return self._rendered(MARKDOWN)

    def _rendered(self, style: Style) -> str:
        return "" if self.body is None else Renderer(style, self.base_url).render(self.body)


def extract_article(html: str, url: str) -> ExtractedArticle:
    """Return the article of a web page.

    Args:
        html: The page, decoded.
        url: Its address, which relative links start from.
    """
    tree = parsed_page(html)
    return ExtractedArticle() if tree is None else article_of(tree, url)


def article_of(tree: Element, url: str) -> ExtractedArticle:
    """Return the article of a web page.

    Args:
        tree: The page as `parsed_page` gives it; it is changed, and part of the result.
        url: Its address, which relative links start from.
    """
    hidden = without_hidden(tree)
    without_code(tree)
    article = _without_body(tree, url, hidden)
    page = PageText(tree)
    if (main := main_of(page)) is not None:
        keep_inside(main)
        page = PageText(tree)
    pieces = _pieces(tree, page, url)
    if not pieces:
        return article
    base_url = _base_url(tree, url)
    keep_only(page, pieces, partial(refined, url=url))
    stripped = article.stripped_characters + without_invisible(tree)
    return replace(article, body=tree, base_url=base_url, stripped_characters=stripped)


def _pieces(tree: Element, page: PageText, url: str) -> list[str]:
    """Return the runs of text that trafilatura takes for the article; none if it finds none.

    Half its time goes into a second opinion (Readability), which it only follows if that is at least twice as long as
    its own, or if its own has no paragraphs. Where the page has not that much prose, it is not asked.
    """
    extract = partial(bare_extraction, tree, url=url, favor_precision=True, include_comments=False)
    extracted = extract(fast=True)
    if not isinstance(extracted, Document) or _may_be_outdone(extracted.body, page):
        extracted = extract()
    return list(extracted.body.itertext()) if isinstance(extracted, Document) else []


def _may_be_outdone(body: Element, page: PageText) -> bool:
    letters = len(letters_of("".join(body.itertext())))
    has_paragraphs = any(letters_of("".join(paragraph.itertext())) for paragraph in body.iter("p"))
    return not has_paragraphs or 2 * letters < max(_LEAST_LETTERS, prose_letters(blocks_of(page.nodes)))


def _without_body(tree: Element, url: str, hidden: int) -> ExtractedArticle:
    facts = stated_facts(tree, url)
    title, subtitle, author = (visible_text(fact or "") for fact in (facts.title, facts.description, facts.author))
    return ExtractedArticle(
        title=title.text or None,
        subtitle=subtitle.text or None,
        author=author.text or None,
        published_at=date.fromisoformat(facts.date) if facts.date else None,
        language=_language(tree),
        canonical_url=_canonical_url(tree, url),
        stripped_characters=hidden + title.stripped + subtitle.stripped + author.stripped,
    )


def _language(tree: Element) -> str | None:
    """Return the first part of the page's language tag, "en" of "en-GB"."""
    tags = (tree.get("lang"), *tree.xpath("//meta[@http-equiv='content-language' or @property='og:locale']/@content"))
    codes = (re.split("[-_]", tag.strip())[0].lower() for tag in tags if tag)
    return next((code for code in codes if _LANGUAGE.fullmatch(code)), None)


def _canonical_url(tree: Element, url: str) -> str | None:
    targets = tree.xpath("//head/link[@rel='canonical']/@href")
    return next(filter(None, (absolute_url(url, target) for target in targets)), None)


def _base_url(tree: Element, url: str) -> str:
    targets = tree.xpath("//head/base/@href")
    return next(filter(None, (absolute_url(url, target) for target in targets)), url)
