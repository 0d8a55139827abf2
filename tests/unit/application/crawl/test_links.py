from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl.links import (
    InvalidLinkError,
    LocalLink,
    SshLink,
    WebLink,
    parse_link,
    web_link,
    without_credentials,
)


class TestWebAddresses:
    @pytest.mark.parametrize(
        ("text", "address"),
        [
            ("https://example.org", "https://example.org/"),
            ("HTTPS://Example.ORG/A/b?C=d", "https://example.org/A/b?C=d"),
            ("https://example.org:443/a", "https://example.org/a"),
            ("http://example.org:80/", "http://example.org/"),
            ("http://example.org:443/", "http://example.org:443/"),
            ("https://example.org./a", "https://example.org/a"),
            ("https://example.org/a#part", "https://example.org/a"),
            ("https://example.org?a=1", "https://example.org/?a=1"),
            ("https://example.org/a/?utm_source=x&b=%2F", "https://example.org/a/?utm_source=x&b=%2F"),
            ("https://example.org//a//b", "https://example.org//a//b"),
            ("https://example.org/sal\u00e9", "https://example.org/sal%C3%A9"),
            ("https://b\u00fccher.example/", "https://xn--bcher-kva.example/"),
            ("http://[2001:DB8:0:0::1]:8080/a", "http://[2001:db8::1]:8080/a"),
            ("  https://example.org/a\n", "https://example.org/a"),
        ],
    )
    def test_only_what_cannot_change_the_page_is_normalised(self, text: str, address: str) -> None:
        assert parse_link(text).address == address

    def test_the_parts_are_told(self) -> None:
        link = web_link("http://Example.org:8080/a//b/?c=/d")

        assert link == WebLink(scheme="http", host="example.org", port=8080, target="/a//b/?c=/d")
        assert link.segments == ("a", "b")

    @given(path=st.text(st.characters(exclude_characters="?#\\", min_codepoint=0x21, exclude_categories=["Cs", "Cc"])))
    def test_a_normalised_address_is_not_normalised_further(self, path: str) -> None:
        address = web_link(f"https://example.org/{path}").address

        assert web_link(address).address == address

    @pytest.mark.parametrize(
        ("target", "address"),
        [
            ("/c", "https://example.org/c"),
            ("c?d=1#e", "https://example.org/a/c?d=1"),
            ("//other.org/c", "https://other.org/c"),
            ("http://other.org", "http://other.org/"),
            ("/a b", "https://example.org/a%20b"),
            ("", "https://example.org/a/b"),
        ],
    )
    def test_a_target_on_a_page_is_joined(self, target: str, address: str) -> None:
        assert web_link("https://example.org/a/b").joined(target).address == address

    @pytest.mark.parametrize("target", ["file:///etc/passwd", "javascript:alert(1)", "http://[x", "http://"])
    def test_a_target_that_is_no_web_address(self, target: str) -> None:
        with pytest.raises(InvalidLinkError):
            web_link("https://example.org/").joined(target)


class TestGitAddresses:
    def test_an_ssh_address(self) -> None:
        assert parse_link("ssh://git@Example.org:2222/ada/engine.git") == SshLink(
            host="example.org", port=2222, path="ada/engine.git", address="ssh://git@Example.org:2222/ada/engine.git"
        )

    def test_the_short_form(self) -> None:
        assert parse_link("git@github.com:ada/engine.git") == SshLink(
            host="github.com", port=22, path="ada/engine.git", address="git@github.com:ada/engine.git"
        )


class TestLocalPaths:
    def test_an_absolute_path(self, tmp_path: Path) -> None:
        link = parse_link(f"{tmp_path}/a folder/../engine")

        assert link == LocalLink(tmp_path / "engine")
        assert link.address == (tmp_path / "engine").as_uri()

    def test_a_relative_path_starts_from_the_working_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)

        assert parse_link("./engine") == parse_link(str(tmp_path / "engine"))
        assert parse_link(".") == LocalLink(tmp_path)

    def test_the_home_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))

        assert parse_link("~/engine") == LocalLink(tmp_path / "engine")

    def test_a_file_address(self, tmp_path: Path) -> None:
        assert parse_link(f"file://localhost{tmp_path}/a%20b") == LocalLink(tmp_path / "a b")

    def test_a_symbolic_link_is_the_folder_that_it_leads_to(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")

        assert parse_link(str(tmp_path / "link")) == LocalLink(tmp_path / "real")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("example.org/a", "has no scheme"),
        ("engine", "has no scheme"),
        ("ftp://example.org/a", "has the scheme 'ftp'"),
        ("git://example.org/a.git", "has the scheme 'git'"),
        ("javascript://example.org/%0Aalert(1)", "has the scheme 'javascript'"),
        ("https://", "has the host ''"),
        ("https://exa mple.org/", "holds a space"),
        ("https://example.org/a b", "holds a space"),
        ("https://example.org\\@evil.org/", "a backslash"),
        ("https://example.org/\x00", "a control character"),
        ("https://example.org:99999/", "is no address"),
        ("https://example.org:port/", "is no address"),
        ("https://[::1/", "is no address"),
        ("https://[1.2]/", "is no address"),
        ("https://[v1.a:b]/", "which is no IPv6 address"),
        ("https://-example.org/", "is no host name"),
        ("https://ex*mple.org/", "is no host name"),
        (f"https://{'a' * 64}.org/", "is no host name"),
        ("ssh://-oProxyCommand=x/a", "is no host name"),
        ("git@-oProxyCommand=x:a", "is no host name"),
        ("ssh://git@example.org:x/a", "is no address"),
        ("ssh://example.org/a b", "holds a space"),
        ("file://server/share", "on another machine"),
        ("/a\x00b", "is no path"),
    ],
)
def test_what_is_no_link(text: str, fault: str) -> None:
    with pytest.raises(InvalidLinkError, match=fault):
        parse_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://ada:secret@example.org/a",
        "https://secret@github.com/ada/engine",
        "https://ada:sec@secret@example.org/",
        "ssh://git:secret@example.org/a",
        "ada:secret@example.org/a",
        "https://ada:secret@example.org/a b",
        "ftp://ada:secret@example.org/",
        "https://ada:secret@example.org:99999/",
    ],
)
def test_credentials_are_refused_and_not_shown(text: str) -> None:
    with pytest.raises(InvalidLinkError) as caught:
        parse_link(text)

    assert "secret" not in str(caught.value)
    assert "secret" not in caught.value.link


def test_credentials_are_taken_out_of_a_text() -> None:
    text = "fatal: cannot read 'https://ada:p@ss@example.org/a?b@c': 404"

    assert without_credentials(text) == "fatal: cannot read 'https://...@example.org/a?b@c': 404"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ada:pass/word@example.org/a", "https://...@example.org/a"),
        ("https://ada:1/2secret@example.org/a", "https://ada:1/2secret@example.org/a"),
        ("https://medium.com/@ada/post", "https://medium.com/@ada/post"),
        ("http://127.0.0.1:8765/@ada", "http://127.0.0.1:8765/@ada"),
        ("https://example.org/a:b@c", "https://example.org/a:b@c"),
    ],
)
def test_a_password_with_a_slash_is_taken_out_where_it_is_no_port(text: str, shown: str) -> None:
    assert without_credentials(text) == shown


def test_a_long_address_that_is_none_takes_no_time() -> None:
    with pytest.raises(InvalidLinkError, match="holds a space"):
        web_link("http://ada.dev/ " + "://a:b" * 500_000)
