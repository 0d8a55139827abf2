import pytest

from llm_engineering.application.crawl.json_ld import article_nodes
from llm_engineering.application.crawl.parsing import parsed_page


def names(*scripts: str) -> list[str]:
    tags = "".join(f'<script type="application/ld+json">{script}</script>' for script in scripts)
    return [
        node["name"] for node in article_nodes(parsed_page(f"<html><head>{tags}</head><body><p>x</p></body></html>"))
    ]


def test_articles_are_found_in_lists_and_graphs() -> None:
    graph = '{"@graph": [{"@type": "WebPage", "name": "p"}, {"@type": "BlogPosting", "name": "b"}]}'
    many = (
        '[{"@type": ["Thing", "schema:Article"], "name": "n"}, [{"@type": "https://schema.org/Article", "name": "u"}]]'
    )

    assert names(graph, many) == ["b", "u"]


def test_articles_that_others_mention_are_not_the_page_s() -> None:
    assert names('{"@type": "WebPage", "mentions": {"@type": "Article", "name": "m"}}') == []


@pytest.mark.parametrize("script", ["", "{", "null", "7", "[" * 100_000, '"Article"', "[" * 20 + "]" * 20])
def test_what_is_no_json_ld_is_left_out(script: str) -> None:
    assert names(script, '{"@type": "Article", "name": "a"}') == ["a"]
