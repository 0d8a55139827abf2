"""Which publishing service a page comes from, also on a domain of its author's."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

from llm_engineering.application.crawl.addresses import is_on_domain
from llm_engineering.application.crawl.links import WebLink

MEDIUM: Final = "medium"
SUBSTACK: Final = "substack"
_DOMAINS: Final[Mapping[str, str]] = {"medium.com": MEDIUM, "substack.com": SUBSTACK}
_APPS: Final[Mapping[str, str]] = {"com.medium.reader": MEDIUM, "com.substack.app": SUBSTACK}
"""The apps that a page says it can be opened in (App Links: https://developers.facebook.com/docs/applinks/)."""
_ASSET_HOSTS: Final[Mapping[str, str]] = {"cdn-client.medium.com": MEDIUM, "substackcdn.com": SUBSTACK}
"""Where only pages of the service load their own scripts and styles from; anybody may show a picture of theirs."""

_ASSET_RELATIONS: Final = frozenset({"modulepreload", "stylesheet"})


def platform_of(link: WebLink, tree: Element) -> str:
    """Return "medium", "substack", or the host: by the link's host, else by what the page declares.

    Args:
        link: Where the page lies.
        tree: The page.
    """
    by_host = (name for domain, name in _DOMAINS.items() if is_on_domain(link, domain))
    return next(by_host, None) or _declared(tree) or link.host


def _declared(tree: Element) -> str | None:
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower()
        value = (meta.get("content") or "").strip()
        if name == "al:android:package" and value in _APPS:
            return _APPS[value]
        if name == "generator" and value.lower() in {MEDIUM, SUBSTACK}:
            return value.lower()
    sources = (
        *(script.get("src") for script in tree.iter("script")),
        *(link.get("href") for link in tree.iter("link") if (link.get("rel") or "").lower() in _ASSET_RELATIONS),
    )
    return next((_ASSET_HOSTS[host] for source in sources if (host := _host(source)) in _ASSET_HOSTS), None)


def _host(source: str | None) -> str:
    try:
        return urlsplit(source or "").hostname or ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""
