"""How much one crawl may take of the network, the disk and the store."""

from pydantic import Field

from llm_engineering.domain.models import FrozenModel


class CrawlLimits(FrozenModel):
    """Caps per run, page and repository; what exceeds one is left out, waits or fails, with a reason."""

    max_pages: int = Field(default=10_000, gt=0)
    """Links that one run visits; what is left waits for the next run."""
    max_bytes: int = Field(default=2_000_000_000, gt=0)
    """That one run receives over the network; what is left then waits for the next run."""
    concurrency: int = Field(default=8, ge=1, le=64)
    """Links that are visited at the same time, over all hosts."""
    requests_per_host: int = Field(default=2, ge=1, le=64)
    """Requests to one host that are under way at the same time."""
    delay_seconds: float = Field(default=0.5, ge=0, le=60)
    """Least time between the starts of two requests to one host; a longer one that its robots.txt asks for is kept."""
    max_crawl_delay_seconds: float = Field(default=30, ge=0)
    """Longest delay that a robots.txt may ask for; of a site that wants to be asked less often nothing is fetched."""
    host_failures: int = Field(default=5, ge=1)
    """A host that fails so often in a row for a cause that may pass is left for the next run."""
    resume_within_hours: float = Field(default=24, ge=0)
    """A crawl that did not end is resumed by the next run of the same sources within this time; else it begins anew."""
    gone_after_hours: float = Field(default=24, ge=0)
    """A page counts as gone when it was not found by two crawls that lie so far apart."""
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
    max_document_bytes: int = Field(default=50_000_000, gt=0)
    """Of one local PDF, DOCX or EPUB file, and of the text that is in it."""
