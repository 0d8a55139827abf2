import io

from rich.console import Console

from tools.run_summary import print_step_figures


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


def test_figures_of_domains_are_a_table_below_the_others() -> None:
    domains = {
        "ada.dev": {"links": 1201, "new": 1200, "failed": 1, "failed_by_reason": {"timeout": 1}},
        "bob.dev": {"links": 5, "unchanged": 2, "blocked_by_robots": 3},
    }

    lines = printed({"crawl_links / crawl_report": {"per_domain": domains, "resumed_links": 0}})

    assert lines == [
        "crawl_links / crawl_report",
        "  resumed links  0",
        "  per domain  links    new  same  robots  failed",
        "  ada.dev     1,201  1,200     0       0       1",
        "  bob.dev         5      0     2       3       0",
        "  why failed",
        "  ada.dev     timeout 1",
    ]


def test_a_figure_of_a_domain_that_has_no_short_head_is_named_in_full() -> None:
    lines = printed({"a / b": {"per_domain": {"ada.dev": {"slow_pages": 2, "new": 1}}}})

    assert [line.split() for line in lines[1:]] == [["per", "domain", "new", "slow", "pages"], ["ada.dev", "1", "2"]]


def test_nothing_is_printed_as_nothing() -> None:
    assert printed({}) == []


def test_text_of_others_is_not_read_as_markup() -> None:
    lines = printed({"crawl_links / [bold]x[/bold]": {"failed [red]by[/red]": {"[/never opened]": 1}}})

    assert lines == ["crawl_links / [bold]x[/bold]", "  failed [red]by[/red]  [/never opened] 1"]
