import pytest

from benchmarks.blog_site import answers, running_blog
from benchmarks.crawl import Measurement, measured, table

pytestmark = pytest.mark.integration


@pytest.mark.slow
@pytest.mark.parametrize("module", ["benchmarks.project_crawl", "benchmarks.scrapy_crawl"])
def test_both_store_every_page_of_the_blog(module: str) -> None:
    with running_blog(pages=12, latency_seconds=0, folder=None) as address:
        measurement = measured(module, address, concurrency=4)

    assert measurement.stored == 12
    assert measurement.seconds > 0
    assert measurement.peak_megabytes > 10
    assert measurement.cpu_milliseconds_per_page > 0


def test_medians_and_their_ratio_are_printed() -> None:
    lines = table({
        "project": [Measurement(60, 10, 80, 6), Measurement(60, 20, 100, 12), Measurement(60, 15, 90, 9)],
        "other": [Measurement(60, 30, 120, 12)] * 3,
    })

    assert [line.split() for line in lines] == [
        ["articles", "pages/min", "peak", "MB", "CPU", "ms/page"],
        ["project", "60", "240", "90", "150.0"],
        ["other", "60", "120", "120", "200.0"],
        ["ratio", "2.00", "0.75", "0.75"],
    ]


def test_the_blog_names_its_pages_in_a_sitemap() -> None:
    answered = answers([b"<p>a</p>"], 2, "http://127.0.0.1:1")

    assert sorted(answered) == ["/p/0", "/p/1", "/robots.txt", "/sitemap.xml"]
    assert b"<loc>http://127.0.0.1:1/p/1</loc>" in answered["/sitemap.xml"][1]
    assert answered["/p/1"][1] == b"<p>a</p><!-- 1 -->"
