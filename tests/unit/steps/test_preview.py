from collections.abc import Mapping
from typing import Any, Final

import pytest
from lxml import html
from pydantic import Field

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Batch, Dropped, Figures, Result
from steps.preview import preview_html

HOSTILE: Final = "<script>alert('\"&')</script><img src=x onerror=alert(1)>"


class Verdict(Result):
    values: dict[str, Any]

    @property
    def figures(self) -> Figures:
        return self.values


class Source(FrozenModel):
    title: str = ""
    link: str = ""


class Note(FrozenModel):
    id: str = ""
    source: Source = Source()
    text: str = ""


class Notes(Batch[Note]):
    @property
    def figures(self) -> Figures:
        return {"notes": len(self.items)}


class Signs(FrozenModel):
    count: int


class ManySigns(Batch[Signs]):
    @property
    def figures(self) -> Figures:
        return {}


def page_of(result: Result) -> html.HtmlElement:
    return html.document_fromstring(preview_html(result))


def texts(page: html.HtmlElement, path: str) -> list[str]:
    return [element.text_content() for element in page.xpath(path)]


def drops(count: int) -> tuple[Dropped, ...]:
    return tuple(Dropped(item=f"item {number}", reason="empty", detail="Nothing in it.") for number in range(count))


def test_the_page_is_named_after_the_result() -> None:
    page = page_of(Verdict(values={}))

    assert texts(page, "//title | //h1") == ["Verdict", "Verdict"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (1234567, "1,234,567"),
        (12.5, "12.5"),
        (0, "0"),
        (True, "True"),
        ("https://ada.dev", "https://ada.dev"),
        (["a", "b"], "['a', 'b']"),
        ({}, "none"),
    ],
)
def test_a_figure_is_a_row(value: object, shown: str) -> None:
    page = page_of(Verdict(values={"the_figure": value}))

    assert texts(page, "//th") == ["The figure"]
    assert texts(page, "//td") == [shown]


def test_only_numbers_stand_at_the_right() -> None:
    page = page_of(Verdict(values={"count": 1, "is_new": True, "name": "1"}))

    assert texts(page, "//td[@class='number']") == ["1"]


def test_figures_in_figures_are_written_as_text() -> None:
    page = page_of(Verdict(values={"chunks": 3, "per_category": {"articles": 1200, "posts": {"short": 1}}}))

    assert texts(page, "//tr/*") == ["Chunks", "3", "Per category", "articles 1,200, posts short 1"]


def test_a_batch_of_nothing_shows_its_figures_only() -> None:
    page = page_of(Notes(items=()))

    assert texts(page, "//td") == ["0"]
    assert texts(page, "//h2 | //details") == []


@pytest.mark.parametrize(
    ("count", "title", "shown"),
    [(1, "Items (1)", 1), (20, "Items (20)", 20), (2_100, "Items (first 20 of 2,100)", 20)],
)
def test_the_first_twenty_items_are_shown(count: int, title: str, shown: int) -> None:
    page = page_of(Notes(items=tuple(Note(text=f"note {number}") for number in range(count))))

    assert texts(page, "//h2") == [title]
    assert texts(page, "//details/summary") == [f"note {number}" for number in range(shown)]


def test_a_hundred_drops_are_shown_with_their_reasons() -> None:
    page = page_of(Notes(items=(), dropped=drops(101)))

    assert texts(page, "//h2") == ["Dropped (first 100 of 101)"]
    assert len(page.xpath("//table[2]/tr[td]")) == 100
    assert texts(page, "//table[2]/tr[1]/th") == ["Item", "Reason", "Detail"]
    assert texts(page, "//table[2]/tr[2]/td") == ["item 0", "empty", "Nothing in it."]


class Outcomes(Result):
    sources: tuple[Source, ...]
    names: tuple[str, ...] = ("not a record",)

    @property
    def figures(self) -> Figures:
        return {}


def test_records_of_a_result_are_rows_of_a_table() -> None:
    page = page_of(Outcomes(sources=(Source(title="One", link="https://ada.dev"),)))

    assert texts(page, "//h2") == ["Sources (1)"]
    assert texts(page, "//table[2]/tr/*") == ["Title", "Link", "One", "https://ada.dev"]


class Sign(FrozenModel):
    name: str
    count: int = 0
    counts: Mapping[str, int] = Field(default_factory=dict)
    note: str = ""
    share: float | None = None


class Signals(Result):
    outcomes: tuple[Sign, ...]

    @property
    def figures(self) -> Figures:
        return {"signs": len(self.outcomes), "per_sign": {sign.name: {"count": sign.count} for sign in self.outcomes}}

    @property
    def tables(self) -> dict[str, tuple[Sign, ...]]:
        return {"signs": self.outcomes, "failed_signs": self.outcomes[:1]}


def test_what_failed_stands_before_the_other_tables() -> None:
    page = page_of(Signals(outcomes=(Sign(name="stop"), Sign(name="go"))))

    assert texts(page, "//h1 | //h2") == ["Signals", "Failed signs (1)", "Signs (2)", "Outcomes (2)"]


def test_a_column_without_values_is_left_out() -> None:
    page = page_of(Signals(outcomes=(Sign(name="stop", count=2, counts={"red": 1, "amber": 2}), Sign(name="go"))))

    assert texts(page, "//table[3]/tr[1]/*") == ["Name", "Count", "Counts"]
    assert texts(page, "//table[3]/tr[position() > 1]/*") == ["stop", "2", "red 1, amber 2", "go", "0", "none"]


def test_the_head_of_a_column_of_numbers_stands_above_them() -> None:
    page = page_of(Signals(outcomes=(Sign(name="stop", count=2),)))

    assert texts(page, "//table[3]//*[@class='number']") == ["Count", "2"]


def test_figures_of_figures_are_not_said_again_where_a_table_has_them() -> None:
    assert texts(page_of(Signals(outcomes=(Sign(name="stop"),))), "//table[1]//th") == ["Signs"]


def test_a_long_text_may_be_broken_and_a_short_word_may_not() -> None:
    page = page_of(Outcomes(sources=(Source(title="ada.dev", link="https://ada.dev/notes"),)))

    assert texts(page, "//td[@class='word']") == ["ada.dev"]
    assert texts(page, "//td[@class='text']") == ["https://ada.dev/notes"]


@pytest.mark.parametrize(
    ("note", "summary"),
    [
        (Note(id="1", text="text", source=Source(title="title", link="link")), "title"),
        (Note(id="1", text="text", source=Source(link="link")), "link"),
        (Note(id="1", text="text"), "text"),
        (Note(id="1"), "1"),
        (Note(text="x" * 121), "x" * 120),
    ],
)
def test_an_item_is_told_by_its_title_or_what_comes_closest(note: Note, summary: str) -> None:
    assert texts(page_of(Notes(items=(note,))), "//summary") == [summary]


def test_an_item_without_words_is_told_by_its_type() -> None:
    assert texts(page_of(ManySigns(items=(Signs(count=1),))), "//summary") == ["Signs"]


def test_an_item_is_shown_as_json_and_cut_where_it_is_long() -> None:
    page = page_of(Notes(items=(Note(id="1", text="short"), Note(text="x" * 3_000))))

    short, long = texts(page, "//pre")
    assert short == '{\n  "id": "1",\n  "source": {\n    "title": "",\n    "link": ""\n  },\n  "text": "short"\n}'
    assert len(long) == 2_000 + len(" ...")
    assert long.endswith("xxx ...")


def test_a_text_of_the_web_is_shown_and_never_run() -> None:
    hostile = Notes(
        items=(Note(id=HOSTILE, text=HOSTILE, source=Source(title=HOSTILE)),),
        dropped=(Dropped(item=HOSTILE, reason=HOSTILE, detail=HOSTILE),),
    )

    page = page_of(hostile)

    assert texts(page, "//summary") == [HOSTILE]
    assert texts(page, "//table[2]/tr/td") == [HOSTILE, HOSTILE, HOSTILE]
    assert {element.tag for element in page.iter()}.isdisjoint({"script", "img"})


def test_figures_named_or_given_by_the_web_are_shown_and_never_run() -> None:
    page = page_of(Verdict(values={HOSTILE: HOSTILE, "per_domain": {HOSTILE: 1}, "list": [HOSTILE]}))

    assert texts(page, "//td") == [HOSTILE, f"{HOSTILE} 1", f"[{HOSTILE!r}]"]
    assert not page.xpath("//script | //img")
    assert not page.xpath("//@*[starts-with(name(), 'on')]")


def test_the_page_needs_nothing_from_elsewhere() -> None:
    page = page_of(Notes(items=(Note(text="https://ada.dev"),)))

    assert not page.xpath("//@src | //@href")
