import pytest
from lxml.html import document_fromstring, tostring

from llm_engineering.application.crawl.extraction import extract_article
from llm_engineering.application.crawl.html_tree import PageText
from llm_engineering.application.crawl.main_element import keep_inside, main_of

PROSE = "<p>Bread needs four things and a good deal of patience, which most recipes forget to say when they begin.</p>"


def main_in(body: str) -> str | None:
    """Return the id of what is taken for the main element."""
    main = main_of(PageText(document_fromstring(f"<html><body>{body}</body></html>")))
    return None if main is None else main.get("id")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f'<div>Menu</div><main id="x">{PROSE}</main>', id="element"),
        pytest.param(f'<div>Menu</div><div role="main" id="x">{PROSE}</div>', id="role"),
        pytest.param(f'<main id="x"><div role="main">{PROSE}</div></main>', id="one in the other"),
        pytest.param(f'<main id="x">{PROSE}</main><div>{4 * PROSE}</div>', id="longer comments outside"),
        pytest.param('<main id="x"><p>面包需要四样东西。</p></main><div>Press ? for help</div>', id="few characters"),
    ],
)
def test_the_main_content_is_where_the_page_says(body: str) -> None:
    assert main_in(body) == "x"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(f"<div>{PROSE}</div>", id="none"),
        pytest.param(f"<main>{PROSE}</main><main>{PROSE}</main>", id="two"),
        pytest.param(f"<main> </main><div>{PROSE}</div>", id="to be filled by a script"),
        pytest.param(f"<main><h1>Loading</h1></main><div>{PROSE}</div>", id="a banner"),
        pytest.param(f"<main>{PROSE}</main><div>{5 * PROSE}</div>", id="little of the text"),
    ],
)
def test_a_mark_that_says_nothing_is_not_believed(body: str) -> None:
    assert main_in(body) is None


def test_what_stands_beside_an_element_is_taken_out_and_the_head_stays() -> None:
    page = document_fromstring(
        "<html><head><title>Bread</title></head><body>a<nav>b</nav>c<div>d<main>e</main>f</div>g</body></html>"
    )

    keep_inside(page.find(".//main"))

    assert tostring(page, encoding="unicode") == (
        "<html><head><title>Bread</title></head><body><div><main>e</main></div></body></html>"
    )


def test_a_help_window_is_not_taken_for_a_page_of_few_characters() -> None:
    keys = "".join(f"<p>Press <kbd>{key}</kbd> to navigate between the chapters of the book</p>" for key in "abcde")
    page = f"""<html><body><div id="help-popup"><h2>Keyboard shortcuts</h2><div>{keys}</div></div>
        <div class="page"><main><h1>自定义类型</h1><p>Rust 的自定义数据类型主要通过以下两个关键字来创建：</p>
        <ul><li>struct：定义结构体</li><li>enum：定义枚举</li></ul></main></div></body></html>"""

    assert extract_article(page, "https://docs.example.org/zh/types.html").text.splitlines()[-3:] == [
        "Rust 的自定义数据类型主要通过以下两个关键字来创建：",
        "struct：定义结构体",
        "enum：定义枚举",
    ]
