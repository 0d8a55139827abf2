"""A process that crawls links and prints each of them when it has ended.

Arguments: the file of the store, and the links.
"""

import sys
from contextlib import closing
from pathlib import Path

from llm_engineering.application.crawl.crawl import crawl_links
from llm_engineering.application.crawl.limits import CrawlLimits
from llm_engineering.application.crawl.report import LinkOutcome
from llm_engineering.domain.authors import Author
from llm_engineering.infrastructure.crawling import crawlers_for
from llm_engineering.infrastructure.document_stores.sqlite import SqliteDocumentStore


def main(store_file: str, links: list[str]) -> None:
    """Crawl the links from loopback."""

    def tell(outcome: LinkOutcome) -> None:
        sys.stdout.write(f"{outcome.link}\n")
        sys.stdout.flush()

    with (
        closing(SqliteDocumentStore.open(Path(store_file), timeout_seconds=10)) as store,
        crawlers_for(CrawlLimits(), allowed_private_hosts=["127.0.0.1"]) as crawlers,
    ):
        crawl_links(links, Author.from_full_name("Ada Lovelace"), store=store, crawlers=crawlers, on_outcome=tell)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
