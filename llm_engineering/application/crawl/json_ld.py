"""What a page says about itself in JSON-LD, the form of schema.org that search engines ask for."""

import json
from collections.abc import Iterator
from typing import Any, Final

from lxml.etree import _Element as Element

_MAX_DEPTH: Final = 8
_ARTICLE_TYPES: Final = frozenset({
    "AnalysisNewsArticle", "Article", "BlogPosting", "NewsArticle", "OpinionNewsArticle", "Report",
    "ReportageNewsArticle", "ScholarlyArticle", "SocialMediaPosting", "TechArticle",
})  # fmt: skip
"""schema.org/Article and the kinds of it that pages use."""

JsonLd = dict[str, Any]
"""One node, with the names of schema.org."""


def article_nodes(tree: Element) -> list[JsonLd]:
    """Return the nodes of a page that describe an article, in their order; what is no valid JSON is left out.

    Lists and `@graph` are looked through; parts of other nodes are not, for they describe other pages.
    """
    return [node for script in _scripts(tree) for node in _nodes(script, 0) if _types(node) & _ARTICLE_TYPES]


def _scripts(tree: Element) -> Iterator[object]:
    for script in tree.iter("script"):
        if (script.get("type") or "").partition(";")[0].strip().lower() == "application/ld+json":
            try:
                yield json.loads(script.text or "", strict=False)
            except (ValueError, RecursionError):
                continue


def _nodes(value: object, depth: int) -> Iterator[JsonLd]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        yield from _nodes(value.get("@graph"), depth + 1)


def _types(node: JsonLd) -> set[str]:
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    return {name.rpartition("/")[2] for name in names if isinstance(name, str)}
