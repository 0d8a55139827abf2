import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl.notebooks import NotebookError, read_notebook

Cell = dict[str, Any]


def words(source: str | list[str]) -> Cell:
    return {"cell_type": "markdown", "metadata": {}, "source": source}


def code(source: str, *outputs: Cell) -> Cell:
    return {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": source, "outputs": list(outputs)}


def printed(text: str | list[str], name: str = "stdout") -> Cell:
    return {"output_type": "stream", "name": name, "text": text}


def shown(**data: str) -> Cell:
    """Return an output with data by media types, whose slash is an underscore."""
    media_types = {name.replace("_", "/", 1): value for name, value in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": media_types}


def notebook(*cells: Cell, minor: int = 4, **metadata: Any) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": minor, "metadata": metadata, "cells": cells})


def output(*outputs: Cell) -> tuple[str, dict[str, int]]:
    """Return what is kept of the outputs of a cell without code, and what is left out."""
    read = read_notebook(notebook(code("", *outputs)))
    return read.text, dict(read.left_out)


class TestCells:
    def test_words_and_code_stay_in_their_order(self) -> None:
        text = read_notebook(notebook(words("# Title\n\nSome *words*."), code("a = 1\n"), words(["One ", "line"]))).text

        assert text == "# Title\n\nSome *words*.\n\n```python\na = 1\n```\n\nOne line\n"

    @pytest.mark.parametrize(
        ("metadata", "language"),
        [
            ({"language_info": {"name": "julia"}, "kernelspec": {"name": "x"}}, "julia"),
            ({"kernelspec": {"name": "ir", "language": "R"}}, "r"),
            ({"kernelspec": {"name": "ir"}}, "r"),
            ({"kernelspec": {"name": "python3"}}, "python"),
            ({"kernelspec": {"name": "julia-1.9"}}, "julia"),
            ({}, "python"),
        ],
    )
    def test_code_is_marked_with_its_language(self, metadata: dict[str, Any], language: str) -> None:
        assert read_notebook(notebook(code("1"), **metadata)).text == f"```{language}\n1\n```\n"

    def test_a_fence_is_longer_than_those_inside(self) -> None:
        assert read_notebook(notebook(code("'''\n````\n'''"))).text == "`````python\n'''\n````\n'''\n`````\n"

    def test_pictures_inside_words_are_left_out(self) -> None:
        read = read_notebook(notebook(words("![A cat](data:image/png;base64,iVBORw0KGgo=) purrs")))

        assert (read.text, read.left_out) == ("![A cat]() purrs\n", {"pictures": 1})

    def test_a_notebook_may_say_nothing(self) -> None:
        assert read_notebook(notebook(words(" \n"), code(""))).text == ""

    def test_half_a_character_becomes_a_question_mark(self) -> None:
        assert read_notebook(notebook(words("half \ud800"))).text == "half ?\n"

    def test_raw_cells_are_words(self) -> None:
        assert read_notebook(notebook({"cell_type": "raw", "metadata": {}, "source": "raw"})).text == "raw\n"


class TestOutputs:
    def test_what_is_printed_and_what_results(self) -> None:
        result = {"output_type": "execute_result", "metadata": {}, "execution_count": 1, "data": {"text/plain": "42"}}

        assert output(printed(["one\n", "two\n"]), result) == ("```text\none\ntwo\n42\n```\n", {})

    def test_an_error_is_its_name_and_message(self) -> None:
        error = {"output_type": "error", "ename": "KeyError", "evalue": "'a'", "traceback": ["\x1b[31mTraceback..."]}

        assert output(error) == ("```text\nKeyError: 'a'\n```\n", {})

    def test_a_terminal_is_read_as_it_looks_in_the_end(self) -> None:
        assert output(printed(" 10%\r100%\r\n\x1b[1mdone\x1b[0m\n"))[0] == "```text\n100%\ndone\n```\n"

    def test_many_lines_are_cut(self) -> None:
        text, left_out = output(printed("\n".join(str(number) for number in range(100))))

        assert text.splitlines() == ["```text", *(str(number) for number in range(15)), "[...]", "```"]
        assert left_out == {"shortened outputs": 1}

    def test_long_lines_are_cut(self) -> None:
        assert output(printed("x" * 5_000))[0] == "```text\n" + "x" * 1_000 + "\n[...]\n```\n"

    @pytest.mark.parametrize(
        ("left_out", "kind"),
        [
            (shown(image_png="AAAA", text_plain="<Figure size 640x480 with 1 Axes>"), "pictures"),
            (shown(**{"image_svg+xml": "<svg/>"}), "pictures"),
            (shown(**{"application_vnd.jupyter.widget-view+json": "{}"}), "widgets"),
            (shown(text_html="<b>1</b>", text_plain="<IPython.core.display.HTML object>"), "HTML outputs"),
            (shown(application_javascript="1", text_plain="<IPython.core.display.Javascript object>"), "scripts"),
            (shown(application_json="{}"), "other outputs"),
            (shown(text_plain="[<matplotlib.lines.Line2D at 0x7f3a>]"), "other outputs"),
            (printed("a warning", "stderr"), "messages on standard error"),
        ],
    )
    def test_what_says_nothing_in_plain_text_is_counted(self, left_out: Cell, kind: str) -> None:
        assert output(left_out, left_out) == ("", {kind: 2})

    def test_an_output_may_be_empty(self) -> None:
        assert output(shown(), printed("")) == ("", {})

    def test_a_table_is_its_plain_text(self) -> None:
        assert output(shown(text_html="<table/>", text_plain="   a\n0  1")) == ("```text\n   a\n0  1\n```\n", {})

    def test_markdown_goes_before_the_name_of_its_object(self) -> None:
        given = shown(text_markdown="**42**", text_plain="<IPython.core.display.Markdown object>")

        assert output(given) == ("```text\n**42**\n```\n", {})


class TestVersionsAndDamage:
    def test_version_3(self) -> None:
        cells = [
            {"cell_type": "heading", "level": 2, "metadata": {}, "source": "Head"},
            {
                "cell_type": "code", "language": "python", "metadata": {}, "input": "1", "collapsed": False,
                "prompt_number": 1, "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": "42"}],
            },
        ]  # fmt: skip
        worksheets = [{"cells": cells, "metadata": {}}]
        old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": worksheets}

        assert read_notebook(json.dumps(old)).text == "## Head\n\n```python\n1\n```\n\n```text\n42\n```\n"

    def test_cells_without_the_ids_of_a_newer_version(self) -> None:
        assert read_notebook(notebook(words("a"), minor=5)).text == "a\n"

    def test_a_later_minor_version(self) -> None:
        assert read_notebook(notebook(words("a"), minor=99)).text == "a\n"

    @pytest.mark.parametrize(
        "content",
        [
            "", "{", "[]", "7", "null", "{}", '{"nbformat": 9, "nbformat_minor": 0}',
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{}]}',
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 7}',
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": [], "cells": []}',
            '{"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code"}]}]}',
            '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "raw", "source": 1}]}',
            "[" * 100_000,
        ],
    )  # fmt: skip
    def test_what_is_no_notebook(self, content: str) -> None:
        with pytest.raises(NotebookError) as caught:
            read_notebook(content)

        assert len(str(caught.value)) < 200

    @given(st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
            st.sampled_from(["cells", "cell_type", "source", "outputs", "output_type", "data", "text", "metadata"]),
            inner, max_size=4,
        ),
    ))  # fmt: skip
    def test_damage_is_either_named_or_does_no_harm(self, cell: Any) -> None:
        content = json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [words("kept"), cell]})

        with suppress(NotebookError):
            assert read_notebook(content).text.startswith("kept\n")
