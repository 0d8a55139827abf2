"""Pages of a blog that are clearly no posts, told by their addresses.

The rules would rather let a listing through than lose a post: a page that none of them names is visited.
"""

import re
from typing import Final
from urllib.parse import parse_qsl

from llm_engineering.application.crawl.links import WebLink

_TAXONOMIES: Final = frozenset({
    "author", "authors", "categories", "category", "label", "labels", "tag", "tagged", "tags", "topic", "topics",
})  # fmt: skip
"""What blogs sort posts by: the page behind such a word lists posts, and the page of the word itself lists terms.

Hugo (https://gohugo.io/content-management/taxonomies/), Jekyll with jekyll-archives, Ghost
(https://docs.ghost.org/themes/routing/), WordPress (https://wordpress.org/documentation/article/customize-permalinks/).
"""
_NESTED_TAXONOMIES: Final = frozenset({"category", "tag"})
"""Those of WordPress, whose terms may have terms below them."""
_LISTS_OF_TERMS: Final = frozenset({"authors", "categories", "tags"})
"""Those that name no post below the root of a site either: the blog may lie in a folder of it."""
_SITE_PAGES: Final = frozenset({
    "404", "404.html", "archive", "archives", "contact", "cookie-policy", "cookies", "datenschutz", "impressum",
    "imprint", "legal", "login", "privacy", "privacy-policy", "register", "search", "signin", "signup", "sitemap",
    "subscribe", "terms", "terms-and-conditions", "terms-of-service", "tos", "unsubscribe",
})  # fmt: skip
_DATE: Final = re.compile(r"(199|20\d)\d(/(0?[1-9]|1[0-2])(/(0?[1-9]|[12]\d|3[01]))?)?")
_FILE: Final = re.compile(
    r"\.(atom|avif|css|csv|docx?|eot|gif|gz|ico|ipynb|jpe?g|js|json|m4a|mp[34]|ogg|pdf|png|pptx?|rss|svg|tar|ttf|txt"
    r"|wav|webm|webp|woff2?|xlsx?|xml|zip)",
    re.IGNORECASE,
)
_SEARCHES: Final = frozenset({"s", "search", "replytocom", "q"})
_NO_POST_SITEMAP: Final = re.compile(
    r"wp-sitemap-(taxonomies|users)-[\w-]+\.xml"  # WordPress: WP_Sitemaps_Taxonomies, WP_Sitemaps_Users
    r"|(category|post_tag|post_format|author)-sitemap\d*\.xml(\.gz)?"  # Yoast SEO, Rank Math
    r"|sitemap-(tags|authors)(-\d+)?\.xml"  # Ghost
)


def is_no_post(link: WebLink, section: WebLink) -> bool:
    """Whether the address of a page shows that it is none: a listing, a search, a legal page, a file.

    Args:
        link: The page.
        section: The address of the blog that it was found on.
    """
    path, _, query = link.target.partition("?")
    if _FILE.fullmatch(_suffix(path)) or any(name in _SEARCHES for name, _ in parse_qsl(query)):
        return True
    rest = _below(link.segments, section.segments)
    return not query and (not rest or _is_listing(rest))


def is_no_post_sitemap(address: str) -> bool:
    """Whether the name of a sitemap shows that it lists no posts but tags, categories or authors."""
    return _NO_POST_SITEMAP.fullmatch(address.partition("?")[0].rpartition("/")[2]) is not None


def _suffix(path: str) -> str:
    name = path.rpartition("/")[2]
    return name[name.rfind(".") :] if "." in name else ""


def _below(segments: tuple[str, ...], section: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lower-case segments of a path below those of a section, without the name of an index file."""
    if segments[: len(section)] == section:
        segments = segments[len(section) :]
    segments = tuple(segment.lower() for segment in segments)
    return segments[:-1] if segments and segments[-1] in {"index.html", "index.htm", "index.php"} else segments


def _is_listing(below: tuple[str, ...]) -> bool:
    """Whether the path below a blog, of at least one segment, is that of a listing or of a page about the site."""
    first, last = below[0], below[-1]
    if len(below) == 1:
        return last in _SITE_PAGES or last in _TAXONOMIES or _DATE.fullmatch(last) is not None
    is_numbered = below[-2] == "page" and last.isdecimal()
    is_term = below[-2] in _TAXONOMIES or first in _NESTED_TAXONOMIES
    return is_numbered or is_term or last in _LISTS_OF_TERMS or _DATE.fullmatch("/".join(below)) is not None
