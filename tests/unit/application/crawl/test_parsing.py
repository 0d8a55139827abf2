import pytest

from llm_engineering.application.crawl.parsing import parsed_page

BODY = '<body><p id="x">Bread</p></body>'


@pytest.mark.parametrize(
    "html",
    [
        pytest.param(f"<html>{BODY}</html>", id="plain"),
        pytest.param(f'<html lang="en"/>{BODY}</html>', id="a root that its start tag closes"),
        pytest.param(
            f'<!DOCTYPE html PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd"><html>{BODY}</html>',
            id="a document type with an address",
        ),
        pytest.param(
            f"<html>{BODY.replace('rea', 'r' + chr(0) + 'e' + chr(11) + 'a' + chr(0xFFFF))}</html>", id="controls"
        ),
        pytest.param(BODY, id="a fragment"),
    ],
)
def test_faulty_pages_are_read(html: str) -> None:
    tree = parsed_page(html)

    assert tree is not None
    assert tree.tag == "html"
    assert [paragraph.text for paragraph in tree.iterfind("body/p[@id='x']")] == ["Bread"]


def test_text_of_any_script_and_white_space_stays() -> None:
    tree = parsed_page("<html><body><pre>a\tb\n  Ж 漢 🍞</pre></body></html>")

    assert tree is not None
    assert tree.findtext("body/pre") == "a\tb\n  Ж 漢 🍞"


@pytest.mark.parametrize("html", ["", "no element", "<!-- nothing -->"])
def test_where_no_element_is_there_is_no_tree(html: str) -> None:
    assert parsed_page(html) is None
