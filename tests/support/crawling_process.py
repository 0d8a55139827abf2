"""A process that crawls links and prints a line after each of them.

Arguments: the file of the store, and the links.
"""

import sys
from contextlib import closing
from pathlib import Path

from llm_engineering.application.crawl.crawl import CrawlProgress, crawl_sources
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.sources import CrawlRules, Source
from llm_engineering.domain.authors import Author
from llm_engineering.infrastructure.crawling import crawl_parts
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore


def main(store_file: str, links: list[str]) -> None:
    """Crawl the links from loopback."""
    rules = CrawlRules(
        limits=CrawlLimits(concurrency=8, requests_per_host=8, delay_seconds=0), allowed_private_hosts=("127.0.0.1",)
    )

    def tell(progress: CrawlProgress) -> None:
        sys.stdout.write(f"{progress.visited}\n")
        sys.stdout.flush()

    with (
        closing(SqliteDocumentStore.open(Path(store_file), timeout_seconds=10)) as store,
        crawl_parts(store, rules) as parts,
    ):
        sources = [Source(link=link) for link in links]
        crawl_sources(sources, Author.from_full_name("Ada Lovelace"), parts, rules.limits, tell)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
