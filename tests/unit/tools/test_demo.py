from pipelines.parameters import AuthorLinks, EndToEndData
from tools.demo import with_site_at


def test_the_documentation_is_crawled_where_it_is_served_this_time() -> None:
    authors = (AuthorLinks(author_full_name="LLM Twin", links=(".", "http://127.0.0.1:8765/architecture.html")),)

    moved = with_site_at("http://127.0.0.1:8766", EndToEndData(authors=authors))

    assert moved.authors[0].links == (".", "http://127.0.0.1:8766/architecture.html")
    assert authors[0].links[1] == "http://127.0.0.1:8765/architecture.html"
