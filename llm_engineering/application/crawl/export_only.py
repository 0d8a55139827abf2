"""Sites that show their pages to members only: they are read from the archive that each gives its members."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from llm_engineering.application.crawl.addresses import is_on_domain
from llm_engineering.application.crawl.fetching import FailureReason, LinkFailedError
from llm_engineering.application.crawl.links import Link, WebLink
from llm_engineering.application.crawl.visits import Visit, Visited


@dataclass(frozen=True, slots=True)
class _MemberSite:
    """A site whose pages only its members see."""

    name: str
    request: str
    """Where a member asks for the archive, as the site's help says."""
    is_read: bool = True
    """Whether this program reads its archive."""


_LINKEDIN: Final = _MemberSite(
    "LinkedIn",
    "Settings & Privacy > Data privacy > Get a copy of your data (linkedin.com/mypreferences/d/download-my-data)",
)
_X: Final = _MemberSite(
    "X", "Settings > Your account > Download an archive of your data (x.com/settings/download_your_data)"
)
_META: Final = "Accounts Center > Your information and permissions > Export your information"
_SITES: Final[Mapping[str, _MemberSite]] = {
    "linkedin.com": _LINKEDIN,
    "lnkd.in": _LINKEDIN,
    "x.com": _X,
    "twitter.com": _X,
    "t.co": _X,
    "facebook.com": _MemberSite("Facebook", _META, is_read=False),
    "fb.com": _MemberSite("Facebook", _META, is_read=False),
    "instagram.com": _MemberSite("Instagram", _META, is_read=False),
    "threads.net": _MemberSite("Threads", _META, is_read=False),
    "threads.com": _MemberSite("Threads", _META, is_read=False),
}


class ExportNeededError(LinkFailedError):
    """A link leads to a site that shows its pages to members only."""

    def __init__(self, link: str, site: _MemberSite) -> None:
        give = (
            "and give the ZIP file as a link, such as ./exports/archive.zip."
            if site.is_read
            else "and give the texts that you take from it as a folder of files; its archive itself is not read."
        )
        super().__init__(
            FailureReason.EXPORT_NEEDED,
            f"{link} is not read: {site.name} shows its pages to members only.",
            remedy=f"Ask for your archive at {site.request}, {give}",
        )
        self.site = site.name


def is_export_only(link: Link) -> bool:
    """Whether a link leads to a site that is read from an export archive only."""
    return _site(link) is not None


class ExportOnlyCrawler:
    """Says how the pages of a site are read that shows them to members only."""

    def crawl(self, visit: Visit) -> Visited:
        """Fail, for nothing is fetched from such a site.

        Raises:
            ExportNeededError: Always; its remedy says where a member asks for the archive.
        """
        site = _site(visit.link) or _MemberSite("this site", "its settings", is_read=False)
        yield from ()  # makes it a generator, as the contract asks
        raise ExportNeededError(visit.link.address, site)


def _site(link: Link) -> _MemberSite | None:
    if not isinstance(link, WebLink):
        return None
    return next((site for domain, site in _SITES.items() if is_on_domain(link, domain)), None)
