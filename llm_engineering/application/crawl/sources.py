"""What a person names as a place where an author writes, and what is to be kept in mind about it."""

from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import AfterValidator, Field, ModelWrapValidatorHandler, model_validator

from llm_engineering.application.crawl.addresses import page_address
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.links import Link, WebLink, parse_link
from llm_engineering.application.crawl.names import CrawlerName
from llm_engineering.domain.models import FrozenModel


def _checked_link(link: str) -> str:
    parse_link(link)
    return link


class Source(FrozenModel):
    """One place where an author writes: a page, a blog, a profile, a repository, an export archive, local files.

    In a YAML file a source is a link, or a mapping of these fields.
    """

    link: Annotated[str, AfterValidator(_checked_link)]
    """Web address, git address or local path; a local path may hold the wildcards `*`, `?` and `**`."""
    crawler: CrawlerName | None = None
    """What reads it; by default the link itself decides."""
    owner: str | None = None
    """Who owns the texts; the author if nothing is said."""
    licence: str | None = None
    """Under which terms they may be used, best as an SPDX identifier; else what the source itself states is kept."""
    include: tuple[str, ...] = ()
    """Only pages whose address, or files whose path, fits one of these patterns (`*` stands for any characters)."""
    exclude: tuple[str, ...] = ()
    """No pages or files that fit one of these patterns."""
    max_pages: Annotated[int, Field(gt=0)] | None = None
    """Most pages of a blog or profile, the newest first where it says which they are."""

    @model_validator(mode="wrap")
    @classmethod
    def _from_link(cls, value: object, validated: ModelWrapValidatorHandler["Source"]) -> "Source":
        return validated({"link": value} if isinstance(value, str) else value)

    @property
    def address(self) -> str:
        """The link as normalised."""
        return normalised(parse_link(self.link)).address

    def is_wanted(self, address: str) -> bool:
        """Whether the patterns let an address or a path pass."""
        is_included = not self.include or any(fnmatchcase(address, pattern) for pattern in self.include)
        return is_included and not any(fnmatchcase(address, pattern) for pattern in self.exclude)


class CrawlRules(FrozenModel):
    """How sources are crawled."""

    limits: CrawlLimits = CrawlLimits()
    allowed_private_hosts: tuple[str, ...] = ()
    """Host names and IP addresses that may be crawled though they are not on the public internet."""
    javascript: bool = False
    """Whether a page without content is shown to a browser (extra `browser`), which runs its scripts."""
    contact: str | None = None
    """Web or e-mail address by which a site's owner reaches whoever runs the crawl; part of the user agent."""


def normalised(link: Link) -> Link:
    """Return a link as it is compared and stored: a web address without tracking parameters."""
    return page_address(link) if isinstance(link, WebLink) else link
