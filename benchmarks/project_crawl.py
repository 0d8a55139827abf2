"""The project's side of `benchmarks.crawl`: its crawl of a blog, with its defaults but for speed and politeness."""

import sys
from contextlib import closing
from pathlib import Path

from loguru import logger

from llm_engineering.application.crawl.crawl import crawl_sources
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.sources import CrawlRules, Source
from llm_engineering.domain.authors import Author
from llm_engineering.infrastructure.crawling import crawl_parts
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore


def main(address: str, database: str, concurrency: int) -> None:
    """Crawl a blog."""
    logger.remove()
    limits = CrawlLimits(concurrency=concurrency, requests_per_host=concurrency, delay_seconds=0)
    rules = CrawlRules(limits=limits, allowed_private_hosts=("127.0.0.1",))
    author = Author.from_full_name("Ada Lovelace")
    with (
        closing(SqliteDocumentStore.open(Path(database), timeout_seconds=5)) as store,
        crawl_parts(store, rules) as parts,
    ):
        crawl_sources([Source(link=f"{address}/sitemap.xml")], author, parts, limits)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
