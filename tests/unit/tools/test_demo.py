from llm_engineering.application.crawl.sources import Source
from pipelines.parameters import AuthorLinks, EndToEndData
from tools.demo import with_site_at


def test_the_documentation_is_crawled_where_it_is_served_this_time() -> None:
    site = Source(link="http://127.0.0.1:8765/", licence="Apache-2.0")
    authors = (AuthorLinks(author_full_name="LLM Twin", links=(Source(link="."), site)),)

    moved = with_site_at("http://127.0.0.1:8766", EndToEndData(authors=authors))

    assert moved.authors[0].links == (
        Source(link="."),
        Source(link="http://127.0.0.1:8766/", licence="Apache-2.0"),
    )
    assert authors[0].links[1] == site
