import pytest

from llm_engineering.application.crawl.decoding import decoded, root_name
from llm_engineering.application.crawl.port import Page

TEXT = "<p>Das Brötchen kostet 2 € – „heute“</p>"


def page(body: bytes, charset: str | None = None) -> Page:
    return Page(url="https://example.org/", content_type="text/html", body=body, charset=charset)


def test_utf8_is_read_as_utf8() -> None:
    assert decoded(page(TEXT.encode())) == TEXT


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "shift_jis", "no-such-charset"])
def test_utf8_that_is_wrongly_declared_is_read_as_utf8(charset: str) -> None:
    assert decoded(page(TEXT.encode(), charset)) == TEXT


@pytest.mark.parametrize("charset", ["windows-1252", "iso-8859-1", "ISO_8859-1", "latin1", "us-ascii"])
def test_the_charset_of_the_server_is_read_as_browsers_do(charset: str) -> None:
    assert decoded(page(TEXT.encode("cp1252"), charset)) == TEXT


@pytest.mark.parametrize(
    "declaration",
    [
        '<meta charset="iso-8859-1">',
        "<META CHARSET=latin1>",
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">',
    ],
)
def test_the_charset_of_the_page_is_read(declaration: str) -> None:
    assert decoded(page((declaration + TEXT).encode("cp1252"))) == declaration + TEXT


def test_the_server_is_believed_before_the_page() -> None:
    body = '<meta charset="iso-8859-1"><p>Привет</p>'

    assert decoded(page(body.encode("koi8-r"), "koi8-r")) == body


def test_without_a_declaration_the_bytes_decide() -> None:
    text = (
        "<p>Die Brötchen für Jürgen und die schönen Größen über der Straße, später natürlich auch süße Äpfel.</p>" * 5
    )

    assert decoded(page(text.encode("cp1252"))) == text


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_decides(codec: str) -> None:
    assert decoded(page(TEXT.encode(codec), "iso-8859-1")) == TEXT


def test_japanese_in_seven_bits() -> None:
    assert decoded(page("<p>日本語</p>".encode("iso-2022-jp"), "iso-2022-jp")) == "<p>日本語</p>"


@pytest.mark.parametrize("charset", ["hex", "punycode", "unicode_escape", "utf-7", "undefined", "a\0b"])
def test_a_codec_that_no_page_is_written_in_is_not_used(charset: str) -> None:
    assert decoded(page(b"<p>Br\xf6tchen+AGE-</p>", charset)).startswith("<p>Br")


def test_bytes_without_a_meaning_become_replacement_characters() -> None:
    assert decoded(page(b"\x81A" + b"\xff\x00\xff\x81" * 50, "utf-8")).startswith("\ufffdA\xff\x00\xff\ufffd")


@pytest.mark.parametrize("charset", ["utf-8", None, "iso-8859-1"])
def test_utf8_with_a_damaged_character_is_read_as_utf8(charset: str | None) -> None:
    body = (TEXT * 3).encode().replace("ö".encode(), b"\xc3", 1)

    assert decoded(page(body, charset)) == TEXT.replace("ö", "\ufffd") + TEXT * 2


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'<?xml version="1.0"?><!-- x --><rss version="2.0">', "rss"),
        (b'<rdf:RDF xmlns:rdf="x">', "rdf"),
        ('<?xml version="1.0" encoding="utf-16"?><urlset>'.encode("utf-16"), "urlset"),
        (b"<!DOCTYPE html><HTML><p>rss</p>", "html"),
        (b"<p>rss</p>", ""),
        (b"", ""),
    ],
)
def test_the_outermost_element(body: bytes, name: str) -> None:
    assert root_name(page(body)) == name
