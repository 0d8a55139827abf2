from llm_engineering.application.preprocess.outline import Section, joined_sections, markdown_sections, plain_sections

BOOK = """before

# Book

## One *bold* `code`

text

```python
# no heading
```

## Two

> # quoted
"""


def paths(text: str) -> list[tuple[str, ...]]:
    return [section.heading_path for section in markdown_sections(text)]


def words(start: int, end: int) -> int:
    """Count characters as tokens, which makes lengths easy to see."""
    return end - start


def test_each_heading_begins_a_section_with_the_path_down_to_it() -> None:
    assert paths(BOOK) == [(), ("Book",), ("Book", "One bold code"), ("Book", "Two")]


def test_sections_follow_each_other_and_are_the_whole_text() -> None:
    sections = markdown_sections(BOOK)

    assert "".join(BOOK[section.start : section.end] for section in sections) == BOOK


def test_a_heading_of_a_higher_rank_closes_those_below() -> None:
    assert paths("# A\n### B\n## C\n# D") == [("A",), ("A", "B"), ("A", "C"), ("D",)]


def test_underlined_headings_count() -> None:
    assert paths("A\n=\n\ntext\n\nB\n-\n") == [("A",), ("A", "B")]


def test_blocks_begin_at_paragraphs_lists_tables_and_code() -> None:
    text = "# H\n\npara\n\n- item\n- item\n\n```\ncode\n\ncode\n```\n"

    (section,) = markdown_sections(text)

    assert [text[block:].partition("\n")[0] for block in section.blocks] == ["para", "- item", "```"]


def test_a_text_without_headings_is_one_section() -> None:
    assert markdown_sections("just text") == [Section(0, 9, (), ())]


def test_an_empty_text_has_no_section() -> None:
    assert markdown_sections("") == []
    assert plain_sections("") == []


def test_code_has_blocks_after_blank_lines() -> None:
    assert plain_sections("a\nb\n\nc\n\n\nd\n") == [Section(0, 11, (), (5, 9))]


def test_a_short_section_goes_to_its_own_subsection_whatever_its_length() -> None:
    sections = [Section(0, 5, ("A",), ()), Section(5, 100, ("A", "B"), (50,))]

    assert joined_sections(sections, words, min_tokens=10) == [Section(0, 100, ("A", "B"), (5, 50))]


def test_two_short_neighbours_are_joined_under_what_they_share() -> None:
    sections = [Section(0, 5, ("A", "B"), ()), Section(5, 9, ("A", "C"), ())]

    assert joined_sections(sections, words, min_tokens=10) == [Section(0, 9, ("A",), (5,))]


def test_a_short_section_before_a_long_one_of_another_branch_stays_alone() -> None:
    sections = [Section(0, 5, ("A", "B"), ()), Section(5, 100, ("A", "C"), ())]

    assert joined_sections(sections, words, min_tokens=10) == sections


def test_no_section_is_joined_when_the_minimum_is_zero() -> None:
    sections = [Section(0, 5, ("A",), ()), Section(5, 9, ("A", "B"), ())]

    assert joined_sections(sections, words, min_tokens=0) == sections
