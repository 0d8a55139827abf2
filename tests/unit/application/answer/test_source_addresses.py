"""Addresses of lines."""

import pytest

from llm_engineering.application.answer.source_addresses import source_address
from llm_engineering.domain.chunks import LineRange
from llm_engineering.domain.documents import Category
from tests.support.documents import chunk

LINES = LineRange(first=3, last=7)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("https://github.com/a/b/blob/HEAD/run.py", "https://github.com/a/b/blob/HEAD/run.py#L3-L7"),
        ("https://github.com/a/b/blob/HEAD/README.md", "https://github.com/a/b/blob/HEAD/README.md?plain=1#L3-L7"),
        ("https://gitlab.com/g/a/b/-/blob/HEAD/run.py", "https://gitlab.com/g/a/b/-/blob/HEAD/run.py#L3-7"),
        ("https://bitbucket.org/a/b/src/HEAD/run.py", "https://bitbucket.org/a/b/src/HEAD/run.py#lines-3:7"),
        ("https://codeberg.org/a/b/src/branch/HEAD/run.py", "https://codeberg.org/a/b/src/branch/HEAD/run.py#L3-L7"),
        ("https://gist.github.com/0a1b2c#run.py", "https://gist.github.com/0a1b2c#run.py"),
        ("https://git.example.org/a/b/run.py", "https://git.example.org/a/b/run.py"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_lines_are_addressed_as_the_host_does(link: str, expected: str) -> None:
    source = chunk("x", chunk_id="1").provenance.model_copy(update={"link": link, "category": Category.REPOSITORIES})

    assert source_address(source, LINES) == expected
    assert source_address(source, None) == link
    assert source_address(source.model_copy(update={"category": Category.ARTICLES}), LINES) == link
