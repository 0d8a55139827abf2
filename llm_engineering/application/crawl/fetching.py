"""Why a link gives no documents: the vocabulary of reasons, and the errors that carry them."""

from enum import StrEnum

from llm_engineering.domain.errors import TwinError


class FailureReason(StrEnum):
    """What stands between a link and its documents. The values are stored and counted: do not rename them."""

    INVALID_LINK = "invalid_link"
    """It is neither a web address, nor a git address, nor a local path."""
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    """The host lies in a private network, or the port is none of the web."""
    ROBOTS_DISALLOWED = "robots_disallowed"
    """The site's robots.txt asks crawlers not to fetch it, or cannot be read."""
    UNREACHABLE = "unreachable"
    """The host name is unknown, or the connection was refused or broke off."""
    TIMEOUT = "timeout"
    TLS_ERROR = "tls_error"
    """The certificate is not valid for the host, or no encrypted connection came about."""
    NOT_FOUND = "not_found"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    """A login is needed, or the server refuses crawlers."""
    RATE_LIMITED = "rate_limited"
    HTTP_ERROR = "http_error"
    """The server answered with another status than success."""
    BAD_RESPONSE = "bad_response"
    """The answer breaks the rules of HTTP, or its body is cut off or cannot be decompressed."""
    TOO_MANY_REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    NOT_HTML = "not_html"
    NO_CONTENT = "no_content"
    """The page has no article, the repository no text file, the folder no file that is read."""
    PAYWALLED = "paywalled"
    """Only the beginning of the article is shown to those who have not paid; it is not stored as if it were whole."""
    NO_LISTING = "no_listing"
    """A blog or profile has neither a feed nor a sitemap that could be read."""
    EXPORT_NEEDED = "export_needed"
    """The site shows its pages to members only; its export archive is the way in."""
    NOT_AN_EXPORT = "not_an_export"
    """A ZIP file is none of the export archives that are known."""
    ARCHIVE_INVALID = "archive_invalid"
    """An archive is damaged, encrypted, or holds names that lead out of it."""
    OTHER_OWNER = "other_owner"
    """An export archive belongs to somebody who is neither the author nor the owner that its source names."""
    UNREADABLE_FILE = "unreadable_file"
    """A local file may not be read, or is damaged."""
    EXTRA_MISSING = "extra_missing"
    """An optional library is needed and not installed; the detail has the command."""
    RENDER_FAILED = "render_failed"
    """The browser could not show the page."""
    FORGOTTEN = "forgotten"
    """Its owner asked for it to be forgotten."""
    CRAWLER_FAILED = "crawler_failed"
    """A defect of this program; the detail has the error. The other links are not affected."""
    NOT_A_REPOSITORY = "not_a_repository"
    EMPTY_REPOSITORY = "empty_repository"
    GIT_FAILED = "git_failed"
    GIT_MISSING = "git_missing"
    """git is not installed, or too old."""


class LinkFailedError(TwinError):
    """A link cannot be turned into documents. Other links are not affected.

    Args:
        reason: The condition, by which failures are counted.
        problem: What broke, with the link or the address that broke it; without credentials.
        remedy: What the reader can do about it.
    """

    def __init__(self, reason: FailureReason, problem: str, *, remedy: str) -> None:
        super().__init__(problem, remedy=remedy)
        self.reason = reason


class FetchError(LinkFailedError):
    """There is no answer to be had from an address: its host is not allowed, not there, or refuses."""


class NoArticleError(LinkFailedError):
    """A page was fetched, but there is no article in it."""


class RepositoryError(LinkFailedError):
    """There is no repository to be had at an address or a path."""


class ListingError(LinkFailedError):
    """A blog or profile does not say which pages it has."""


class FileError(LinkFailedError):
    """A local file or archive cannot be read."""
