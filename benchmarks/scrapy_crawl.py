"""The baseline of `benchmarks.crawl`: Scrapy reads a sitemap, trafilatura extracts, SQLite stores."""

import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from scrapy.spiders import SitemapSpider
from trafilatura import bare_extraction
from trafilatura.settings import Document


class BlogSpider(SitemapSpider):
    """Reads every page of a sitemap."""

    name = "blog"

    def parse(self, response: Response) -> Iterator[dict[str, Any]]:
        """Yield the article of a page."""
        article = bare_extraction(
            response.text, url=response.url, favor_precision=True, include_comments=False, with_metadata=True
        )
        if isinstance(article, Document):
            yield {"link": response.url, "title": article.title, "text": article.text}


class SqlitePipeline:
    """Stores each item as soon as it is there, as durably as the project does."""

    def open_spider(self, spider: BlogSpider) -> None:
        """Open the file."""
        self._connection = sqlite3.connect(spider.settings["DATABASE"], isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("CREATE TABLE articles (link TEXT PRIMARY KEY, title TEXT, text TEXT)")

    def process_item(self, item: dict[str, Any], spider: BlogSpider) -> dict[str, Any]:  # noqa: ARG002 - Scrapy's signature
        """Store an item."""
        values = (item["link"], item["title"], item["text"])
        self._connection.execute("INSERT OR REPLACE INTO articles VALUES (?, ?, ?)", values)
        return item

    def close_spider(self, spider: BlogSpider) -> None:  # noqa: ARG002 - Scrapy's signature
        """Close the file."""
        self._connection.close()


def main(address: str, database: str, concurrency: int) -> None:
    """Crawl a blog."""
    process = CrawlerProcess({
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_DELAY": 0,
        "ITEM_PIPELINES": {SqlitePipeline: 1},
        "DATABASE": database,
    })
    process.crawl(BlogSpider, sitemap_urls=[f"{address}/sitemap.xml"])
    process.start()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
