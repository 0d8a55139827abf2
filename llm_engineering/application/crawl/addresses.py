"""Addresses of pages: without what only tells where a reader came from, and compared as pages and as sites."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Final
from urllib.parse import unquote_plus

from courlan import extract_domain

from llm_engineering.application.crawl.links import InvalidLinkError, WebLink, web_link

_TRACKING_PREFIXES: Final = ("utm_", "mtm_", "matomo_", "pk_", "hsa_", "itm_")
"""Campaign parameters of Google Analytics (https://support.google.com/analytics/answer/10917952), of Matomo
(https://matomo.org/faq/tracking-campaigns/) and of HubSpot's advertisements; all are reserved for that."""

_TRACKING_PARAMETERS: Final = frozenset({
    # advertisements: Google, Microsoft, Meta, X, TikTok, LinkedIn, Yandex, Reddit, Snapchat, Pinterest
    "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "gad_source", "gad_campaignid", "srsltid", "msclkid", "fbclid",
    "twclid", "ttclid", "li_fat_id", "yclid", "ysclid", "rdt_cid", "sccid", "epik",
    # Facebook and Instagram
    "fb_action_ids", "fb_action_types", "fb_source", "igshid",
    # newsletters: Mailchimp, HubSpot, Marketo, Vero, Klaviyo, Olytics, MailerLite
    "mc_cid", "mc_eid", "_hsenc", "_hsmi", "__hssc", "__hstc", "__hsfp", "hsctatracking", "mkt_tok", "vero_id",
    "vero_conv", "_kx", "oly_anon_id", "oly_enc_id", "ml_subscriber", "ml_subscriber_hash",
    # analytics: Google's cross-domain linker, Adobe, Openstat, Wicked Reports
    "_ga", "_gl", "s_kwcid", "_openstat", "wickedid",
})  # fmt: skip
"""Parameters that only follow a reader about; those that ClearURLs (https://docs.clearurls.xyz) and AdGuard's filter
for tracking parameters remove on all hosts, without the names that some sites choose a page by ("cid", "ref", "si")."""

_OF_MEDIUM: Final = frozenset({"source", "gi"})
"""`source` names the list that a reader came from. `sk` stays: a friend's link is not paid for because of it."""
_OF_SUBSTACK: Final = frozenset({
    "r", "s", "triedredirect", "showwelcome", "showwelcomeonshare", "isfreemail", "publication_id", "post_id", "token",
})  # fmt: skip
"""Who shared a post (`r`), from where (`s`), how it was opened; a post is chosen by its path. `token` logs one in."""
_BY_DOMAIN: Final[Mapping[str, frozenset[str]]] = {
    "medium.com": _OF_MEDIUM,
    "substack.com": _OF_SUBSTACK,
    "dev.to": frozenset({"ref"}),
    "ghost.io": frozenset({"ref", "attribution_id", "attribution_type"}),
    "github.com": frozenset({"ref_cta", "ref_loc", "ref_page"}),
    "hashnode.dev": frozenset({"ref", "source"}),
    "linkedin.com": frozenset({"trk", "trackingid", "refid", "lipi", "originalsubdomain"}),
    "producthunt.com": frozenset({"ref"}),
    "towardsdatascience.com": _OF_MEDIUM,
    "x.com": frozenset({"s", "t", "ref_src", "ref_url"}),
    "twitter.com": frozenset({"s", "t", "ref_src", "ref_url"}),
}
"""What a domain and its subdomains track readers with, where the same name may choose a page elsewhere."""

_MEDIUM_SOURCE: Final = re.compile(r"[a-z_]{1,40}-[\w.-]{0,200}---[\w.-]{0,200}")
"""Medium's values of `source`, by which it is known on the domains of publications too ("rss-8a7b6c5d------2")."""
_INDEX_FILE: Final = re.compile(r"/(index\.(html?|php)|default\.html?)$", re.IGNORECASE)


def page_address(link: WebLink) -> WebLink:
    """Return a link without its tracking parameters; what may choose the page stays, in its order.

    Scheme, host, port and path never change, and applying it twice changes nothing more.
    """
    path, mark, query = link.target.partition("?")
    if not mark:
        return link
    names_here = _BY_DOMAIN.get(registrable_domain(link.host), frozenset())
    kept = "&".join(part for part in query.split("&") if part and not _is_tracking(part, names_here))
    return replace(link, target=f"{path}?{kept}" if kept else path)


def page_key(link: WebLink) -> str:
    """Return what is equal for two addresses that sites hardly ever use for different pages.

    These differ in the scheme, the "www." of the host, the slash at the end, the name of an index file or tracking
    parameters.
    """
    link = page_address(link)
    path, mark, query = link.target.partition("?")
    path = _INDEX_FILE.sub("/", path).rstrip("/")
    port = "" if link.port in {80, 443} else f":{link.port}"
    return f"{bare_host(link)}{port}{path}{mark}{query}"


def absolute_address(base: str, target: object) -> str | None:
    """Return the web address that a target on a page leads to; None if it is no text or leads to none."""
    if not isinstance(target, str) or not target.strip():
        return None
    try:
        return web_link(base).joined(target).address
    except InvalidLinkError:
        return None


def bare_host(link: WebLink) -> str:
    """Return the host without a leading "www."."""
    return link.host.removeprefix("www.")


def is_on_domain(link: WebLink, domain: str) -> bool:
    """Whether a link's host is a domain or one of its subdomains."""
    return link.host == domain or link.host.endswith(f".{domain}")


def is_same_site(link: WebLink, other: WebLink) -> bool:
    """Whether two links lead to the same host or to hosts of one registrable domain ("a.example.co.uk")."""
    if link.host == other.host:
        return link.port == other.port or {link.port, other.port} == {80, 443}
    domain = registrable_domain(link.host)
    return bool(domain) and domain == registrable_domain(other.host)


def lies_under(link: WebLink, section: WebLink) -> bool:
    """Whether a link's path is a section's path or continues it; the site's root holds everything."""
    path, section_path = (part.target.partition("?")[0].rstrip("/") for part in (link, section))
    return path == section_path or path.startswith(f"{section_path}/")


@lru_cache(maxsize=1024)
def registrable_domain(host: str) -> str:
    """Return the part of a host name that somebody registered; empty for an IP address or an unknown ending."""
    return extract_domain(f"https://{host}/") or ""


def _is_tracking(parameter: str, names_here: frozenset[str]) -> bool:
    name, _, value = parameter.partition("=")
    name = unquote_plus(name).lower()
    return (
        name.startswith(_TRACKING_PREFIXES)
        or name in _TRACKING_PARAMETERS
        or name in names_here
        or (name == "source" and _MEDIUM_SOURCE.fullmatch(value) is not None)
    )
