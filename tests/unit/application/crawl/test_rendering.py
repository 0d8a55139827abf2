import pytest
from lxml.html import document_fromstring

from llm_engineering.application.crawl.rendering import Renderer, absolute_url
from llm_engineering.application.crawl.styles import MARKDOWN, PLAIN_TEXT


def markdown(body: str) -> str:
    return Renderer(MARKDOWN, "https://example.org/a/").render(document_fromstring(f"<html><body>{body}</body></html>"))


def plain(body: str) -> str:
    tree = document_fromstring(f"<html><body>{body}</body></html>")
    return Renderer(PLAIN_TEXT, "https://example.org/a/").render(tree)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param("<p>one</p><p>two</p>", "one\n\ntwo", id="paragraphs"),
        pytest.param("one<p>two</p>three", "one\n\ntwo\n\nthree", id="text between blocks"),
        pytest.param("<div><div>one</div></div>", "one", id="containers"),
        pytest.param("<p> a \n <span> b</span> </p>", "a b", id="white space"),
        pytest.param("<p>a\u00a0 b</p>", "a\u00a0 b", id="no-break space"),
        pytest.param("<p>one<br>two<br/> three</p>", "one\ntwo\nthree", id="line breaks"),
        pytest.param("<h1>A</h1><h3>B <em>c</em></h3>", "# A\n\n### B *c*", id="headings"),
        pytest.param("<h2>A<br>b</h2><h2> </h2>", "## A b", id="a heading is one line"),
        pytest.param("<p><b>a </b>b<i></i> <i> c</i></p>", "**a** b *c*", id="marks stand at the words"),
        pytest.param("<p><strong>a <em>b</em></strong></p>", "**a *b***", id="marks in marks"),
        pytest.param("<p># a</p><p>a #b</p><p>```</p>", "\\# a\n\na #b\n\n\\```", id="what would be structure"),
        pytest.param("<p>1 * 2 _ 3 [x]</p>", "1 * 2 _ 3 [x]", id="what is left as it is"),
        pytest.param("<p><code>a`b</code> <kbd>`c`</kbd></p>", "``a`b`` `` `c` ``", id="code in a line"),
        pytest.param("<blockquote>a<p>b</p></blockquote>", "> a\n>\n> b", id="quotes"),
        pytest.param("<blockquote> </blockquote><p>a</p>", "a", id="an empty quote"),
        pytest.param("<p>a<script>x()</script><style>y</style></p><noscript><p>z</p></noscript>", "a", id="silent"),
        pytest.param("<hr><p>a</p><hr>", "a", id="rules"),
        pytest.param(
            "<p>a <img src='x.png' alt='A  map'> b</p>", "a ![A map](https://example.org/a/x.png) b", id="pictures"
        ),
        pytest.param(
            "<p>a <img src='data:x' data-src='y.png' alt='Y'></p>", "a ![Y](https://example.org/a/y.png)", id="late"
        ),
        pytest.param("<p>a <img src='x.png' alt=' '> <img alt='Z'> b</p>", "a b", id="pictures that say nothing"),
        pytest.param("<pre> </pre><p>a</p>", "a", id="an empty code block"),
    ],
)
def test_blocks_and_lines(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param("<ul><li>a</li><li>b</li></ul>", "- a\n- b", id="bullets"),
        pytest.param("<ol><li>a</li><li>b</li></ol>", "1. a\n2. b", id="numbers"),
        pytest.param("<ol start='9'><li>a</li><li>b</li></ol>", "9. a\n10. b", id="numbers from another start"),
        pytest.param("<ol start='x'><li>a</li></ol>", "1. a", id="a start that is no number"),
        pytest.param("<ul><li>a<ul><li>b</li></ul></li></ul>", "- a\n  - b", id="nested"),
        pytest.param("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b", id="nested in the wrong place"),
        pytest.param("<ul><ul><li>b</li></ul></ul>", "- - b", id="nested in nothing"),
        pytest.param("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b", id="paragraphs in an item"),
        pytest.param("<ol><li> </li><li>b</li></ol>", "2. b", id="an empty item"),
        pytest.param("<ul></ul><p>a</p>", "a", id="an empty list"),
        pytest.param("<dl><dt>a</dt><dd>b</dd></dl>", "a\n\nb", id="definitions"),
    ],
)
def test_lists(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        pytest.param(
            "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>",
            "| a | b |\n| --- | --- |\n| 1 | 2 |",
            id="data",
        ),
        pytest.param(
            "<table><caption>c</caption><tbody><tr><td>a|b</td><td>1<br>2</td></tr></tbody></table>",
            "c\n\n| a\\|b | 1 2 |\n| --- | --- |",
            id="caption and signs",
        ),
        pytest.param(
            "<table><tr><td>a</td><td>b</td></tr><tr><td>1</td></tr><tr><td> </td></tr></table>",
            "| a | b |\n| --- | --- |\n| 1 |  |",
            id="short and empty rows",
        ),
        pytest.param("<table><caption>c</caption><tr><td></td><td></td></tr></table>", "c", id="empty"),
        pytest.param("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>", "a\n\nb", id="one column: layout"),
        pytest.param("<table><tr><td><h2>a</h2></td><td>b</td></tr></table>", "## a\n\nb", id="headings: layout"),
        pytest.param("<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", "a\n\nb\n\nc", id="long: layout"),
    ],
)
def test_tables(html: str, expected: str) -> None:
    assert markdown(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<a href='b'>x</a>", "[x](https://example.org/a/b)"),
        ("<a href='/b (c) d'>x</a>", "[x](https://example.org/b%20%28c%29%20d)"),
        ("<a href='#part'>x</a>", "[x](https://example.org/a/#part)"),
        ("<a href='mailto:ada@example.org'>x</a>", "[x](mailto:ada@example.org)"),
        ("<a href='https://other.org/'><b>x</b> y</a>", "[**x** y](https://other.org/)"),
        ("<a href='javascript:x()'>x</a>", "x"),
        ("<a href=''>x</a>", "x"),
        ("<a>x</a>", "x"),
        ("<a href='http://[x'>x</a>", "x"),
        ("a<a href='#a'>¶</a>", "a"),
        ("a<a href='b'><img src='c'></a>", "a"),
    ],
)
def test_links(html: str, expected: str) -> None:
    assert markdown(f"<p>{html}</p>") == expected


def test_plain_text_has_one_line_per_block_and_no_marks() -> None:
    html = (
        "<h1>A</h1><p><b>b</b> <a href='c'>c</a></p><ol><li>d<ul><li>e</li></ul></li></ol><blockquote>f</blockquote>"
        "<table><tr><td>1</td><td>2</td></tr></table><pre>g\n  h</pre><p><i>i</i> <code>j</code></p>"
    )

    assert plain(html) == "A\nb c\nd\ne\nf\n1 | 2\ng\n  h\ni j"


def test_an_address_is_made_absolute() -> None:
    assert absolute_url("https://example.org/a/b", " ../c ") == "https://example.org/c"
    assert absolute_url("https://example.org/a/b", "ftp://example.org/") is None
