import io

import pytest
from rich.console import Console

from tools.run_summary import print_step_figures, shown_value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "0"),
        (1234567, "1,234,567"),
        (0.5, "0.5"),
        (1234.25, "1,234.25"),
        (True, "True"),
        ("data/vectors", "data/vectors"),
        ({}, "none"),
        ({"articles": 1200, "posts": 1}, "articles 1,200, posts 1"),
        ({"ada.dev": {"stored": 2, "failed": 1}}, "ada.dev stored 2, failed 1"),
        (["a", "b"], "['a', 'b']"),
    ],
)
def test_figures_are_written_as_people_do(value: object, expected: str) -> None:
    assert shown_value(value) == expected


def printed(figures: dict[str, dict[str, object]]) -> list[str]:
    console = Console(file=io.StringIO(), width=80)
    with console.capture() as capture:
        print_step_figures(figures, console)
    return [line.rstrip() for line in capture.get().splitlines() if line.strip()]


def test_figures_stand_below_their_artifact() -> None:
    figures: dict[str, dict[str, object]] = {
        "clean_documents / cleaned_documents": {"documents": 2, "raw_characters": 1200},
        "chunk_documents / chunks": {"chunks": 7},
    }

    lines = printed(figures)

    assert [line.split() for line in lines] == [
        ["clean_documents", "/", "cleaned_documents"],
        ["documents", "2"],
        ["raw", "characters", "1,200"],
        ["chunk_documents", "/", "chunks"],
        ["chunks", "7"],
    ]


def test_figures_of_domains_are_a_table() -> None:
    domains = {"ada.dev": {"new": 1200, "failed": 1}, "bob.dev": {"new": 2, "blocked_by_robots": 3}}

    lines = printed({"crawl_links / crawl_report": {"per_domain": domains}})

    assert [line.split() for line in lines] == [
        ["crawl_links", "/", "crawl_report"],
        ["per", "domain", "new", "failed", "blocked", "by", "robots"],
        ["ada.dev", "1,200", "1", "0"],
        ["bob.dev", "2", "0", "3"],
    ]


def test_nothing_is_printed_as_nothing() -> None:
    assert printed({}) == []


def test_text_of_others_is_not_read_as_markup() -> None:
    lines = printed({"crawl_links / [bold]x[/bold]": {"failed [red]by[/red]": {"[/never opened]": 1}}})

    assert lines == ["crawl_links / [bold]x[/bold]", "  failed [red]by[/red]        [/never opened] 1"]
