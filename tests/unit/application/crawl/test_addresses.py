import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl.addresses import (
    absolute_address,
    is_on_domain,
    is_same_site,
    lies_under,
    page_address,
    page_key,
)
from llm_engineering.application.crawl.links import web_link

PARAMETERS = st.lists(
    st.tuples(
        st.sampled_from(["utm_source", "p", "id", "page", "source", "s", "fbclid", "UTM_x", "a%20b", "ref", ""]),
        st.text(alphabet="abc12-%3D", max_size=12),
    ),
    max_size=6,
)
HOSTS = st.sampled_from(["ada.dev", "medium.com", "ada.substack.com", "x.com", "127.0.0.1", "medium.com.evil.io"])
PATHS = st.text(alphabet="/ab.-~%41", max_size=12).map(lambda path: f"/{path}")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://ada.dev/a?utm_source=x&utm_medium=y", "https://ada.dev/a"),
        ("https://ada.dev/?p=123&fbclid=abc", "https://ada.dev/?p=123"),
        ("https://ada.dev/a?id=7&mc_cid=1&page=2", "https://ada.dev/a?id=7&page=2"),
        ("https://ada.dev/a?ref=menu&s=bread", "https://ada.dev/a?ref=menu&s=bread"),
        ("https://medium.com/@ada/b-1a2b3c4d5e6f?source=rss-1", "https://medium.com/@ada/b-1a2b3c4d5e6f"),
        ("https://medium.com/p/1a2b3c4d5e6f?source=x&sk=9", "https://medium.com/p/1a2b3c4d5e6f?sk=9"),
        ("https://blog.org/b-1a2b3c4d5e6f?source=rss-8a7b6c5d4e3f------2", "https://blog.org/b-1a2b3c4d5e6f"),
        ("https://blog.org/b?source=germany", "https://blog.org/b?source=germany"),
        ("https://ada.substack.com/p/b?r=1a&s=w&triedRedirect=true", "https://ada.substack.com/p/b"),
        ("https://medium.com.evil.io/b?source=x", "https://medium.com.evil.io/b?source=x"),
        ("https://x.com/ada/status/1?s=20&t=AbC", "https://x.com/ada/status/1"),
        ("https://ada.dev/a?&b=&&c", "https://ada.dev/a?b=&c"),
    ],
)
def test_tracking_parameters_go_and_what_chooses_the_page_stays(address: str, expected: str) -> None:
    assert page_address(web_link(address)).address == expected


@given(host=HOSTS, path=PATHS, parameters=PARAMETERS)
def test_host_and_path_never_change_and_twice_is_as_good_as_once(
    host: str, path: str, parameters: list[tuple[str, str]]
) -> None:
    link = web_link(f"https://{host}{path}?" + "&".join(f"{name}={value}" for name, value in parameters))

    once = page_address(link)

    assert (once.scheme, once.host, once.port) == (link.scheme, link.host, link.port)
    assert once.target.partition("?")[0] == link.target.partition("?")[0]
    assert page_address(once) == once
    assert page_key(once) == page_key(link)


@pytest.mark.parametrize(
    "address",
    [
        "https://ada.dev/a",
        "http://ada.dev/a/",
        "https://www.ada.dev/a/index.html",
        "http://ada.dev:80/a?utm_source=feed",
        "https://ada.dev/a/index.php",
    ],
)
def test_addresses_of_one_page_have_one_key(address: str) -> None:
    assert page_key(web_link(address)) == "ada.dev/a"


@pytest.mark.parametrize("address", ["https://ada.dev/A", "https://ada.dev/a?p=2", "https://ada.dev:8443/a"])
def test_addresses_of_other_pages_have_other_keys(address: str) -> None:
    assert page_key(web_link(address)) != "ada.dev/a"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("https://ada.dev/", "https://www.ada.dev/", True),
        ("https://blog.ada.co.uk/", "https://ada.co.uk/", True),
        ("https://ada.co.uk/", "https://eve.co.uk/", False),
        ("https://ada.github.io/", "https://eve.github.io/", False),
        ("https://ada.dev.evil.io/", "https://ada.dev/", False),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/a", True),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:9000/", False),
        ("http://127.0.0.1/", "http://127.0.0.2/", False),
        ("http://ada.dev/", "https://ada.dev/", True),
    ],
)
def test_which_addresses_are_of_one_site(one: str, other: str, expected: bool) -> None:
    assert is_same_site(web_link(one), web_link(other)) is expected


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://x.dev/blog/", True),
        ("https://x.dev/blog", True),
        ("https://x.dev/blog/a?b", True),
        ("https://x.dev/blogroll", False),
        ("https://x.dev/", False),
    ],
)
def test_what_lies_under_a_section(address: str, expected: bool) -> None:
    assert lies_under(web_link(address), web_link("https://x.dev/blog/")) is expected


def test_everything_lies_under_the_root() -> None:
    assert lies_under(web_link("https://x.dev/a"), web_link("https://x.dev/"))


@pytest.mark.parametrize(
    ("host", "expected"),
    [("medium.com", True), ("ada.medium.com", True), ("medium.com.evil.io", False), ("notmedium.com", False)],
)
def test_hosts_are_compared_by_their_parts(host: str, expected: bool) -> None:
    assert is_on_domain(web_link(f"https://{host}/"), "medium.com") is expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("b", "https://ada.dev/b"),
        ("//eve.dev/", "https://eve.dev/"),
        ("mailto:ada@ada.dev", None),
        ("", None),
        (3, None),
    ],
)
def test_a_target_leads_to_a_web_address_or_nowhere(target: object, expected: str | None) -> None:
    assert absolute_address("https://ada.dev/a", target) == expected


def test_a_long_value_takes_no_time() -> None:
    link = web_link(f"https://ada.dev/?source=a-{'-' * 500_000}!")

    assert page_address(link) == link
