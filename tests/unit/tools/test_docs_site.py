import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest

from tools.docs_site import DOCS, HOST, PortsTakenError, rendered_pages, served_docs

FIRST_PORT: Final = 18_765
TABLE: Final = "| a | b |\n|---|---|\n| 1 | 2 |\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "stores.md").write_text("# Stores & *files*\n\nGröße 山. See [the map](map.md).\n", encoding="utf-8")
    (folder / "map.md").write_text(f"No title.\n\n{TABLE}\n```python\nprint('<b>')\n```\n", encoding="utf-8")
    (folder / "picture.svg").write_text("<svg/>", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[str]:
    with served_docs(folder, FIRST_PORT) as address:
        yield address


def got(address: str, path: str) -> tuple[int, str, str]:
    """Return the status, type and text of a page."""
    connection = HTTPConnection(address.removeprefix("http://"), timeout=10)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read().decode("utf-8")
    finally:
        connection.close()


def test_each_file_is_a_page(site: str) -> None:
    status, content_type, text = got(site, "/stores.html")

    assert (status, content_type) == (200, "text/html; charset=utf-8")
    assert "<h1>Stores &amp; <em>files</em></h1>" in text
    assert "<p>Größe 山. See" in text


def test_the_sitemap_names_every_page(site: str) -> None:
    status, content_type, text = got(site, "/sitemap.xml")

    assert (status, content_type) == (200, "application/xml")
    assert re.findall("<loc>(.*?)</loc>", text) == [f"{site}/map.html", f"{site}/stores.html", f"{site}/"]


def test_a_page_that_the_client_has_is_not_sent_again(site: str) -> None:
    connection = HTTPConnection(site.removeprefix("http://"), timeout=10)
    connection.request("GET", "/stores.html")
    response = connection.getresponse()
    response.read()
    connection.request("GET", "/stores.html", headers={"If-None-Match": response.headers["ETag"]})

    assert connection.getresponse().status == 304
    connection.close()


def test_links_between_files_are_links_between_pages(site: str) -> None:
    assert '<a href="map.html">the map</a>' in got(site, "/stores.html")[2]


def test_tables_and_code_are_rendered(site: str) -> None:
    text = got(site, "/map.html")[2]

    assert "<td>1</td>" in text
    assert "print('&lt;b&gt;')" in text


def test_the_first_page_lists_the_others(site: str) -> None:
    text = got(site, "/")[2]

    assert "<h1>LLM Twin documentation</h1>" in text
    assert text.index('href="/map.html"') < text.index('href="/stores.html"')


def test_a_page_has_the_title_of_its_first_heading_or_its_name(site: str) -> None:
    assert "<title>Stores &amp; *files*</title>" in got(site, "/stores.html")[2]
    assert "<title>map</title>" in got(site, "/map.html")[2]


@pytest.mark.parametrize("path", ["/nothing.html", "/stores.md", "/picture.svg", "/../stores.md", "/%2e%2e/etc/passwd"])
def test_what_is_no_page_is_not_found(site: str, path: str) -> None:
    status, _, text = got(site, path)

    assert (status, text) == (404, "There is no such page.")


def test_only_this_machine_is_served(site: str) -> None:
    assert site.startswith(f"http://{HOST}:")
    assert HOST == "127.0.0.1"


def test_a_second_site_takes_the_next_free_port(site: str, folder: Path) -> None:
    first_port = int(site.rpartition(":")[2])

    with served_docs(folder, first_port) as second:
        assert int(second.rpartition(":")[2]) > first_port
        assert got(second, "/stores.html")[0] == 200


def test_the_port_is_free_again_after_the_site(folder: Path) -> None:
    with served_docs(folder, FIRST_PORT + 100) as first:
        pass

    with served_docs(folder, FIRST_PORT + 100) as second:
        assert second == first


def test_ten_ports_are_tried(folder: Path) -> None:
    ports = range(FIRST_PORT + 200, FIRST_PORT + 210)
    with ExitStack() as holders:
        for port in ports:
            holders.enter_context(socket.create_server((HOST, port)))

        with (
            pytest.raises(PortsTakenError, match=r"ports 18965 to 18974 of 127\.0\.0\.1") as caught,
            served_docs(folder, ports[0]),
        ):
            pass

    assert caught.value.ports == ports


def test_the_documentation_of_the_project_renders() -> None:
    pages = rendered_pages(DOCS)

    assert {"/", "/architecture.html"} <= set(pages)
    assert all(b"<h1>" in page for page in pages.values())


def test_an_address_that_cannot_be_had_is_not_taken_for_a_busy_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of a network that is kept for documentation (RFC 5737), so no machine has it.
    monkeypatch.setattr("tools.docs_site.HOST", "192.0.2.1")

    with pytest.raises(OSError, match="assign requested address"), served_docs(tmp_path, first_port=18_965):
        pass
