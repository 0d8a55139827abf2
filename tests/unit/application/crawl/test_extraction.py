from datetime import date

import pytest

from llm_engineering.application.crawl.extraction import ExtractedArticle, extract_article

URL = "https://blog.example.org/2024/making-bread"
PROSE = (
    "<p>Bread needs four things and a good deal of patience, which most recipes forget to say at the start.</p>"
    "<p>The dough rests for a night in a cool place, and the next morning it has twice the size that it had.</p>"
)


def page(body: str, head: str = "<title>Making bread</title>", attributes: str = 'lang="en"') -> str:
    return f"""<!DOCTYPE html><html {attributes}><head>{head}</head><body>
        <nav><ul><li><a href="/">Home</a></li><li><a href="/about">About me</a></li></ul></nav>
        <main><article><h1>Making bread</h1>{PROSE}{body}<p>That is all there is to say about it, and it is enough
        for a first loaf that nobody will complain about.</p></article></main>
        <aside><h3>Related</h3><p><a href="/cake">How I bake a cake in five minutes</a></p></aside>
        <section id="comments"><h3>2 comments</h3><div class="comment"><p>Great post, thank you!</p></div></section>
        <footer><p>Copyright 2024, all rights reserved.</p></footer></body></html>"""


def extracted(body: str) -> ExtractedArticle:
    return extract_article(page(body), URL)


class TestBody:
    def test_menu_comments_and_related_links_are_left_out(self) -> None:
        article = extracted("")

        assert article.text.startswith("Making bread\nBread needs four things")
        assert article.text.endswith("nobody will complain about.")
        for junk in ("Home", "About me", "cake", "Great post", "2 comments", "Copyright"):
            assert junk not in article.text
            assert junk not in article.markdown

    def test_text_has_no_marks(self) -> None:
        article = extracted('<h2>Oven</h2><p>Use a <b>hot</b> <a href="/oven">oven</a> and <code>bake()</code> it.</p>')

        assert "Oven\nUse a hot oven and bake() it." in article.text

    def test_markdown_has_headings_emphasis_links_and_code(self) -> None:
        article = extracted('<h2>Oven</h2><p>Use a <b>hot</b> <a href="/oven">oven</a> and <code>bake()</code> it.</p>')

        assert "## Oven\n\nUse a **hot** [oven](https://blog.example.org/oven) and `bake()` it.\n" in article.markdown

    def test_nested_lists_keep_their_levels(self) -> None:
        article = extracted(
            "<ul><li>Flour of the strong kind<ol><li>from wheat</li><li>from rye</li></ol></li><li>Water</li></ul>"
        )

        assert "- Flour of the strong kind\n  1. from wheat\n  2. from rye\n- Water\n" in article.markdown

    def test_tables_keep_their_cells(self) -> None:
        article = extracted(
            "<table><tr><th>Kind</th><th>Grams</th></tr><tr><td>Wheat</td><td>1</td></tr>"
            "<tr><td>Rye</td><td>1</td></tr></table>"
        )

        assert "| Kind | Grams |\n| --- | --- |\n| Wheat | 1 |\n| Rye | 1 |\n" in article.markdown

    def test_quotes_are_marked(self) -> None:
        article = extracted("<blockquote><p>Bread is the best of all the plain things on a table.</p></blockquote>")

        assert "\n> Bread is the best of all the plain things on a table.\n" in article.markdown

    def test_a_heading_is_not_mistaken_for_its_entry_in_the_table_of_contents(self) -> None:
        toc = '<nav id="toc"><ul><li><a href="#oven">Oven</a></li></ul></nav>'

        article = extracted(f'{toc}<h2 id="oven">Oven</h2><p>It has to be as hot as it gets, and that for an hour.</p>')

        assert "## Oven\n\nIt has to be" in article.markdown

    def test_a_link_beside_a_heading_to_itself_is_left_out(self) -> None:
        article = extracted('<h2>Oven <a class="headerlink" href="#oven">¶</a></h2><p>As hot as it gets, always.</p>')

        assert "## Oven\n" in article.markdown

    def test_a_page_may_nest_deeply(self) -> None:
        article = extract_article("<html><body>" + "<div>" * 240 + PROSE * 3 + "</body></html>", URL)

        assert article.markdown.count("Bread needs four things") == 3


CODE = 'def bake(loaf):\n    if loaf:\n        return "`ready`"\n\n    # *not* yet\n    return None'
FENCED = f"\n{CODE}\n```\n"
ESCAPED = CODE.replace('"', "&quot;")
LINES = ESCAPED.split("\n")


class TestCode:
    @pytest.mark.parametrize(
        ("html", "language"),
        [
            pytest.param(f"<pre>{ESCAPED}</pre>", "", id="pre only"),
            pytest.param(f"<pre><code>{ESCAPED}\n</code></pre>", "", id="plain Markdown"),
            pytest.param(f'<pre><code class="language-python">{ESCAPED}</code></pre>', "python", id="CommonMark"),
            pytest.param(f'<pre><code class="hljs python">{ESCAPED}</code></pre>', "python", id="highlight.js"),
            pytest.param(f'<pre class="brush: python; gutter: false">{ESCAPED}</pre>', "python", id="WordPress"),
            pytest.param(
                f'<div class="highlight-python notranslate"><div class="highlight"><pre><span></span>{ESCAPED}\n</pre>'
                "</div></div>",
                "python",
                id="Sphinx",
            ),
            pytest.param(
                f'<div class="highlight highlight-source-python"><pre>{ESCAPED}</pre></div>', "python", id="GitHub"
            ),
            pytest.param(
                '<div class="language-python highlighter-rouge"><div class="highlight"><pre class="highlight"><code>'
                f"{ESCAPED}\n</code></pre></div></div>",
                "python",
                id="Jekyll",
            ),
            pytest.param(
                '<div class="highlight"><div class="chroma"><table class="lntable"><tr><td class="lntd">'
                '<pre class="chroma"><code><span class="lnt">1\n</span><span class="lnt">2\n</span></code></pre></td>'
                f'<td class="lntd"><pre class="chroma"><code class="language-python" data-lang="python">{ESCAPED}\n'
                "</code></pre></td></tr></table></div></div>",
                "python",
                id="Hugo with line numbers in a table",
            ),
            pytest.param(
                '<div class="highlight"><pre tabindex="0" class="chroma"><code class="language-python">'
                + "".join(
                    f'<span class="line"><span class="ln">{n}</span><span class="cl">{line}\n</span></span>'
                    for n, line in enumerate(LINES, start=1)
                )
                + "</code></pre></div>",
                "python",
                id="Hugo with line numbers in lines",
            ),
            pytest.param(
                '<div class="sourceCode" id="cb1"><pre class="sourceCode python"><code class="sourceCode python">'
                + "\n".join(
                    f'<span id="cb1-{n}"><a href="#cb1-{n}" aria-hidden="true" tabindex="-1"></a>{line}</span>'
                    for n, line in enumerate(LINES, start=1)
                )
                + "</code></pre></div>",
                "python",
                id="Quarto",
            ),
            pytest.param(
                '<div class="codeBlockContainer_x language-python"><div class="codeBlockContent">'
                '<pre class="prism-code"><code>'
                + "<br>".join(
                    f'<span class="token-line"><span class="token plain">{line}</span></span>' for line in LINES
                )
                + '</code></pre><div class="buttonGroup"><button type="button">Copy</button></div></div></div>',
                "python",
                id="Docusaurus",
            ),
            pytest.param(f'<pre class="x y"><span id="a" class="z">{"<br>".join(LINES)}</span></pre>', "", id="Medium"),
        ],
    )
    def test_code_keeps_its_lines_indentation_and_language(self, html: str, language: str) -> None:
        article = extracted(html)

        assert f"\n```{language}{FENCED}" in article.markdown
        assert CODE in article.text
        assert article.markdown.count("```") == 2

    def test_code_in_a_list_is_indented_with_its_item(self) -> None:
        article = extracted("<ol><li><p>Mix it all with your hands:</p><pre>a\n\n  b</pre></li><li>Wait.</li></ol>")

        assert "1. Mix it all with your hands:\n\n   ```\n   a\n\n     b\n   ```\n2. Wait.\n" in article.markdown

    def test_a_fence_is_longer_than_the_backticks_in_the_code(self) -> None:
        article = extracted("<pre>```js\nlet a\n```</pre>")

        assert "\n````\n```js\nlet a\n```\n````\n" in article.markdown

    def test_code_of_a_comment_is_left_out(self) -> None:
        html = page("").replace("Great post, thank you!</p>", "Mine is better, look:</p><pre>rm -rf bread</pre>")

        assert "rm -rf" not in extract_article(html, URL).markdown


class TestFacts:
    def test_what_the_page_says_about_itself(self) -> None:
        head = """<title>Making bread | A blog</title><meta name="author" content="Jane Doe">
            <meta property="og:title" content="Making bread"><meta name="description" content="Four things.">
            <meta property="article:published_time" content="2024-03-05T10:00:00Z">
            <link rel="canonical" href="/making-bread">"""

        article = extract_article(page("", head, 'lang="en-GB"'), URL)

        assert article.title == "Making bread"
        assert article.subtitle == "Four things."
        assert article.author == "Jane Doe"
        assert article.published_at == date(2024, 3, 5)
        assert article.language == "en"
        assert article.canonical_url == "https://blog.example.org/making-bread"

    def test_what_the_page_does_not_say_is_none(self) -> None:
        article = extract_article(page("", head="", attributes=""), URL)

        assert (article.subtitle, article.author, article.published_at) == (None, None, None)
        assert (article.language, article.canonical_url) == (None, None)

    def test_links_start_from_the_base_that_the_page_declares(self) -> None:
        html = page('<p>There is <a href="oven">more</a> about it.</p>', '<base href="https://cdn.example.com/a/">')

        assert "[more](https://cdn.example.com/a/oven)" in extract_article(html, URL).markdown


@pytest.mark.parametrize(
    "html", ["", " \n", "<html><body></body></html>", "not a page at all", "<p></p>", "<!-- x -->"]
)
def test_a_page_without_an_article_has_no_text(html: str) -> None:
    article = extract_article(html, URL)

    assert article.text == ""
    assert article.markdown == ""


def test_inline_code_without_letters_is_kept() -> None:
    html = (
        "<html><body><article><h1>Marks</h1><p>A <code>#</code> inside of a block of code begins no heading, and "
        "<code>&lt;&gt;</code> is two signs that stand in the middle of a sentence of many words.</p></article>"
        "</body></html>"
    )

    markdown = extract_article(html, "https://ada.dev/marks").markdown

    assert "A `#` inside of a block" in markdown
    assert "`<>` is two signs" in markdown


PICTURES = """<html><body><nav><img src="/logo.png" alt="Logo"></nav><article><h1>Bread</h1>
<p>Bread needs four things and a good deal of patience, which most recipes forget to say at the very start.</p>
<figure><img src="dough.jpg" alt="Dough that rests"><figcaption>Second day</figcaption></figure>
<p>The dough rests for a night in a cool place, and the next morning it has twice the size that it had before.</p>
</article><aside><h3>Related</h3><p><a href="/cake"><img src="/cake.png" alt="A cake"> Cake</a></p></aside></body>
</html>"""


def test_pictures_among_the_words_are_kept_with_their_descriptions() -> None:
    article = extract_article(PICTURES, "https://example.org/bread/")

    assert "![Dough that rests](https://example.org/bread/dough.jpg)" in article.markdown
    assert "Logo" not in article.markdown
    assert "A cake" not in article.markdown
    assert "Dough that rests" not in article.text


@pytest.mark.parametrize("mark", [".", "…", ": "])
def test_thousands_of_marks_take_no_time(mark: str) -> None:
    assert "Bread needs four things" in extracted(f"<p>{mark * 300_000}end</p>").text


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(f"""<script type="application/ld+json">{{ {'"author": "x ' * 100_000}</script>""", id="JSON-LD"),
        pytest.param(f"""<meta name="author" content="{"(" * 500_000}">""", id="meta"),
    ],
)
def test_facts_without_end_take_no_time(facts: str) -> None:
    assert "Bread needs four things" in extract_article(page("", facts), URL).text
