"""How much one crawl may take of the network, the disk and the store."""

from pydantic import Field

from llm_engineering.domain.models import FrozenModel


class CrawlLimits(FrozenModel):
    """Caps per page and per repository; what exceeds one is left out or fails, with a reason."""

    max_page_bytes: int = Field(default=10_000_000, gt=0)
    """Of the body of a page, compressed as well as decompressed."""
    page_timeout_seconds: float = Field(default=60, gt=0)
    """For one try of a page, from the connection to the last byte, redirects included."""
    read_timeout_seconds: float = Field(default=15, gt=0)
    """For the connection, and for each wait for more bytes."""
    page_tries: int = Field(default=3, ge=1, le=10)
    """How often a page is asked for while the server is overloaded or does not answer."""
    max_clone_bytes: int = Field(default=500_000_000, gt=0)
    """Of the temporary copy of a repository."""
    clone_timeout_seconds: float = Field(default=600, gt=0)
    """For copying a repository, and again for reading the copy."""
    max_file_bytes: int = Field(default=1_000_000, gt=0)
    """Of one file of a repository."""
    max_files: int = Field(default=5_000, gt=0)
    """Text files of one repository; further ones, in the order of their paths, are left out."""
    max_repository_bytes: int = Field(default=50_000_000, gt=0)
    """Of all text files of one repository together."""
