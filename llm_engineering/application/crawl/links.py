"""What a person writes as a link, read into what it is: a web address, an SSH address or a local path."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from llm_engineering.domain.errors import InvalidInputError

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_NOT_IN_AN_ADDRESS: Final = re.compile(r"[\x00-\x20\x7f\\]")
_HOST: Final = re.compile(r"(?!-)[a-z0-9._-]{1,253}(?<!-)")
_SCP_LIKE: Final = re.compile(r"(?P<user>[\w.-]+)@(?P<host>[^:/@]+):(?P<path>(?!/)[^\x00-\x20]+)")
_LOCAL_PATH: Final = re.compile(r"(/|~/|\.\.?/).*|~|\.\.?")
_WORD: Final = re.compile(r"\S+")
_CREDENTIALS: Final = re.compile(r"(?<=://)([^/?#]*@|[^/?#@:]*:(?!\d*[/?#]).*@)")
"""What stands before the @ of an address; also a password with a slash in it, which no port looks like."""
_URL_CHARACTERS: Final = "!#$%&'()*+,/:;=?@[]~-._"
"""What stays as it is: every character that RFC 3986 knows, and the percent sign of what is escaped already."""


class InvalidLinkError(InvalidInputError):
    """What was given as a link cannot be read as one. The message shows no credentials."""

    def __init__(self, link: str, fault: str, *, remedy: str = "Correct or remove the link.") -> None:
        self.link = without_credentials(link)[:200]
        super().__init__(f"The link {self.link!r} {fault}.", remedy=remedy)


@dataclass(frozen=True, slots=True)
class WebLink:
    """An http or https address, normalised so that equal pages written differently compare equal.

    Only what cannot change the page is normalised: scheme and host in lower case (the host in its ASCII form), no
    default port, no fragment, a path of at least "/", non-ASCII characters percent-encoded.
    """

    scheme: str
    host: str
    """Name or IP address; IPv6 without brackets."""
    port: int
    target: str
    """Path and query."""

    @property
    def address(self) -> str:
        """The normalised address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target}"

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, without empty ones."""
        return tuple(part for part in self.target.partition("?")[0].split("/") if part)

    def joined(self, target: str) -> "WebLink":
        """Return the address that a target on this page leads to, such as the Location of a redirect.

        Raises:
            InvalidLinkError: It leads to no web address.
        """
        try:
            address = urljoin(self.address, target.strip().replace(" ", "%20"))
        except ValueError as error:
            raise InvalidLinkError(target, "is no address") from error
        return web_link(address)


@dataclass(frozen=True, slots=True)
class SshLink:
    """A git address that is reached over SSH: `ssh://host/path` or `user@host:path`."""

    host: str
    port: int
    path: str
    """As written, without a leading slash."""
    address: str


@dataclass(frozen=True, slots=True)
class LocalLink:
    """A file or folder on this machine."""

    path: Path
    """Absolute; symbolic links are resolved."""

    @property
    def address(self) -> str:
        """The `file://` address."""
        return self.path.as_uri()


Link = WebLink | SshLink | LocalLink


def parse_link(text: str) -> Link:
    """Return what a link is.

    A path has to start with `/`, `~`, `.` or `..`: a bare word is more likely a forgotten scheme. A relative path
    starts from the working directory. White space around the link is ignored.

    Raises:
        InvalidLinkError: It is none, or it holds credentials.
    """
    text = text.strip()
    if not text:
        raise InvalidLinkError(text, "is empty")
    if _LOCAL_PATH.fullmatch(text):
        return _local_link(text, Path(text))
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if scheme in _DEFAULT_PORTS:
        return web_link(text)
    if scheme == "ssh":
        return _ssh_link(text)
    if scheme == "file":
        return _file_link(text)
    if scp_like := _SCP_LIKE.fullmatch(text):
        host = _checked_host(text, scp_like["host"].lower())
        return SshLink(host=host, port=22, path=scp_like["path"], address=text)
    fault = f"has the scheme {scheme[:20]!r}" if scheme else "has no scheme"
    raise InvalidLinkError(
        text, fault, remedy="Write an http, https, ssh or file address, git@host:path, or a path that starts with ./"
    )


def web_link(text: str) -> WebLink:
    """Return the web address that a text is.

    Raises:
        InvalidLinkError: It is no http or https address, or it holds credentials.
    """
    _refuse_spaces(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise InvalidLinkError(text, "is no address") from error
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS:
        raise InvalidLinkError(text, f"has the scheme {scheme[:20]!r}, not http or https")
    if "@" in parts.netloc:
        raise InvalidLinkError(text, "holds credentials", remedy="Remove what stands before the @ of the host.")
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return WebLink(
        scheme=scheme,
        host=_checked_host(text, parts.hostname or ""),
        port=port or _DEFAULT_PORTS[scheme],
        target=quote(target, safe=_URL_CHARACTERS),
    )


def without_credentials(text: str) -> str:
    """Return a text with what stands before the @ of an address replaced by dots."""
    return _WORD.sub(_without_credentials, text)


def _without_credentials(word: re.Match[str]) -> str:
    """Return a word of a text without credentials; the first word may be an address without a scheme.

    What is searched ends with the last @: from each "://" the pattern would else run to the end of a long word.
    """
    before, at, after = word[0].rpartition("@")
    scheme = "" if word.start() else "://"
    return _CREDENTIALS.sub("...@", f"{scheme}{before}{at}").removeprefix(scheme) + after


def _ssh_link(text: str) -> SshLink:
    _refuse_spaces(text)
    try:
        parts = urlsplit(text)
        port = parts.port or 22
    except ValueError as error:
        raise InvalidLinkError(text, "is no address") from error
    if parts.password is not None:
        raise InvalidLinkError(text, "holds a password", remedy="Use an SSH key, and remove the password.")
    host = _checked_host(text, parts.hostname or "")
    return SshLink(host=host, port=port, path=parts.path.lstrip("/"), address=text)


def _file_link(text: str) -> LocalLink:
    parts = urlsplit(text)
    if parts.netloc not in {"", "localhost"}:
        raise InvalidLinkError(text, "names a file on another machine", remedy="Write file:///path or a local path.")
    return _local_link(text, Path(unquote(parts.path)))


def _local_link(text: str, path: Path) -> LocalLink:
    try:
        return LocalLink(path.expanduser().resolve())
    except (OSError, RuntimeError, ValueError) as error:  # a loop of symbolic links, no home folder, a null character
        raise InvalidLinkError(text, f"is no path that can be followed: {error}") from error


def _refuse_spaces(text: str) -> None:
    if _NOT_IN_AN_ADDRESS.search(text):
        raise InvalidLinkError(text, "holds a space, a backslash or a control character")


def _checked_host(text: str, host: str) -> str:
    """Return the host in ASCII, without the dot that may end it."""
    if ":" in host:
        try:
            return str(IPv6Address(host))
        except AddressValueError as error:
            raise InvalidLinkError(text, f"has the host {host[:50]!r}, which is no IPv6 address") from error
    try:
        ascii_host = host.removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise InvalidLinkError(text, f"has the host {host[:50]!r}, which is no host name") from error
    if not _HOST.fullmatch(ascii_host):
        raise InvalidLinkError(text, f"has the host {host[:50]!r}, which is no host name")
    return ascii_host
