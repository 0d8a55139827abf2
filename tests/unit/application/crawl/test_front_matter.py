import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_engineering.application.crawl.front_matter import (
    FrontMatter,
    FrontMatterInvalidError,
    iso_date,
    language_code,
    split_front_matter,
)

YAML = """---
title: "Notes: on the engine"
subtitle: How it weaves
date: 1843-09-01
lang: en-GB
author:
  - name: Ada Lovelace
    orcid: 1
  - Charles Babbage
tags: [engines, looms]
---

The engine weaves.
"""
TOML = """+++
title = "Notes"
description = "How it weaves"
date = 1843-09-01T10:00:00Z
language = "en"
authors = ["Ada Lovelace"]
tags = ["engines"]
draft = true
+++
The engine weaves.
"""


def test_yaml_says_what_a_file_is() -> None:
    matter, text = split_front_matter(YAML)

    assert text == "\nThe engine weaves.\n"
    assert matter == FrontMatter(
        title="Notes: on the engine",
        subtitle="How it weaves",
        author="Ada Lovelace, Charles Babbage",
        published_at="1843-09-01",
        language="en",
        tags=("engines", "looms"),
    )


def test_toml_says_what_a_file_is() -> None:
    matter, text = split_front_matter(TOML)

    assert text == "The engine weaves.\n"
    assert matter == FrontMatter(
        title="Notes",
        subtitle="How it weaves",
        author="Ada Lovelace",
        published_at="1843-09-01T10:00:00+00:00",
        language="en",
        tags=("engines",),
        is_draft=True,
    )


@pytest.mark.parametrize("line", ["draft: true", "draft: True", "Draft: yes", "published: false"])
def test_a_draft_says_so(line: str) -> None:
    assert split_front_matter(f"---\n{line}\n---\n")[0].is_draft


@pytest.mark.parametrize("line", ["draft: false", "draft:", "published: true", "title: draft"])
def test_what_is_no_draft_says_so(line: str) -> None:
    assert not split_front_matter(f"---\n{line}\n---\n")[0].is_draft


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bread",
        "---\n",
        "---\nbread\n---\nbutter",
        "---\n\n---\n",
        "text\n---\ntitle: a\n---\n",
        "----\na: b\n----\n",
    ],
)
def test_text_between_lines_is_text(text: str) -> None:
    assert split_front_matter(text) == (FrontMatter(), text)


@pytest.mark.parametrize("text", ["---\na: [\n---\n", "+++\na = \n+++\n", f"---\n{'[' * 9000}\n---\n"])
def test_a_block_that_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises(FrontMatterInvalidError, match="The front matter cannot be read"):
        split_front_matter(text)


def test_values_are_texts_whatever_yaml_takes_them_for() -> None:
    matter, _ = split_front_matter("---\ntitle: 1984\nlang: no\ndate: 2024-02-31\n---\n")

    assert matter == FrontMatter(title="1984", language="no")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-05-01", "2024-05-01"),
        ("2024-05-01 10:00:00 +0200", "2024-05-01T10:00:00+02:00"),
        ("2024-05-01T10:00:00Z", "2024-05-01T10:00:00+00:00"),
        ("May 1, 2024", "2024-05-01"),
        ("1 May 2024", "2024-05-01"),
        ("01/05/2024", None),
        ("last-modified", None),
        ("`r Sys.Date()`", None),
    ],
)
def test_dates_are_read_as_they_are_written(written: str, expected: str | None) -> None:
    assert iso_date(written) == expected


@pytest.mark.parametrize(
    ("tag", "code"), [("en", "en"), ("pt_BR", "pt"), ("zh-Hans", "zh"), ("English", None), ("", None), (None, None)]
)
def test_languages_have_two_letters(tag: str | None, code: str | None) -> None:
    assert language_code(tag) == code


@given(st.text(alphabet="ab:-+[]{}\"'&* \n", max_size=60))
def test_no_text_is_lost_whatever_stands_above_it(block: str) -> None:
    try:
        _, text = split_front_matter(f"---\n{block}\n---\nbread\n")
    except FrontMatterInvalidError:
        return
    assert text.endswith("bread\n")


def test_half_a_character_becomes_a_question_mark() -> None:
    matter, _ = split_front_matter('---\ntitle: "half \\ud800"\ntags: ["\\udfff"]\n---\n')

    assert (matter.title, matter.tags) == ("half ?", ("?",))


@pytest.mark.parametrize("authors", ["[[Charles, Babbage], Ada]", "[{name: [Charles]}, Ada]"])
def test_authors_in_lists_of_lists_are_left_out(authors: str) -> None:
    assert split_front_matter(f"---\nauthor: {authors}\n---\n")[0].author == "Ada"


def test_aliases_of_aliases_take_no_time() -> None:
    lists = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))

    assert split_front_matter(f"---\nl0: &l0 Ada\n{lists}\nauthor: *l11\n---\n")[0].author is None
