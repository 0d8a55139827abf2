import pytest

from llm_engineering.application.crawl.links import web_link
from llm_engineering.application.crawl.parsing import parsed_page
from llm_engineering.application.crawl.platforms import platform_of


def platform(host: str, head: str = "") -> str:
    return platform_of(
        web_link(f"https://{host}/post"), parsed_page(f"<html><head>{head}</head><body><p>x</p></body></html>")
    )


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("medium.com", "medium"),
        ("ada.medium.com", "medium"),
        ("medium.com.evil.io", "medium.com.evil.io"),
        ("ada.substack.com", "substack"),
        ("substack.computer", "substack.computer"),
        ("ada.dev", "ada.dev"),
    ],
)
def test_the_host_decides_first(host: str, expected: str) -> None:
    assert platform(host) == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('<meta property="al:android:package" content="com.medium.reader">', "medium"),
        ('<script src="https://cdn-client.medium.com/lite/static/js/main.js"></script>', "medium"),
        ('<link rel="stylesheet" href="https://substackcdn.com/bundle/main.css">', "substack"),
        ('<meta name="generator" content="Substack">', "substack"),
        ('<meta name="generator" content="Hugo 0.125">', "ada.dev"),
        ('<meta property="og:image" content="https://substackcdn.com/image/a.png">', "ada.dev"),
        ('<link rel="icon" href="https://substackcdn.com/icon.png">', "ada.dev"),
        ('<script src="https://[::x/main.js"></script>', "ada.dev"),
    ],
)
def test_on_a_custom_domain_the_page_tells(head: str, expected: str) -> None:
    assert platform("ada.dev", head) == expected
