import pytest

from llm_engineering.application.crawl.export_only import ExportNeededError, ExportOnlyCrawler, is_export_only
from llm_engineering.application.crawl.fetching import FailureReason
from llm_engineering.application.crawl.links import parse_link, web_link
from llm_engineering.application.crawl.sources import Source
from llm_engineering.application.crawl.visits import Visit
from llm_engineering.domain.authors import Author


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://www.linkedin.com/in/ada/", True),
        ("https://de.linkedin.com/in/ada", True),
        ("https://x.com/ada", True),
        ("https://mobile.twitter.com/ada", True),
        ("https://www.facebook.com/ada", True),
        ("https://instagram.com/ada", True),
        ("https://linkedin.com.evil.io/in/ada", False),
        ("https://netflix.com/", False),
        ("./export.zip", False),
    ],
)
def test_sites_are_known_by_their_host(link: str, expected: bool) -> None:
    assert is_export_only(parse_link(link)) is expected


@pytest.mark.parametrize(
    ("link", "remedy"),
    [
        ("https://www.linkedin.com/in/ada", r"Get a copy of your data .* give the ZIP file as a link, such as \./"),
        ("https://x.com/ada", r"Download an archive of your data .* give the ZIP file as a link"),
        ("https://facebook.com/ada", r"Export your information, and give the texts .* its archive itself is not read"),
    ],
)
def test_the_remedy_says_where_the_archive_comes_from(link: str, remedy: str) -> None:
    visit = Visit(web_link(link), Author.from_full_name("Ada Lovelace"), Source(link=link))

    with pytest.raises(ExportNeededError, match=remedy) as caught:
        next(ExportOnlyCrawler().crawl(visit))

    assert caught.value.reason is FailureReason.EXPORT_NEEDED
