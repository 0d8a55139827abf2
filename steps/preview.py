"""An HTML page that shows a result: its figures, what was dropped, and the first items."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Batch, Result
from steps.figures import is_number, is_table, shown_value

SHOWN_ITEMS: Final = 20
SHOWN_RECORDS: Final = 100
_SHOWN_CHARACTERS: Final = 2_000
_WORD_CHARACTERS: Final = 30
"""Longest word, such as a reason or a host name, that is not broken into lines."""
_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem; max-width: 84rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 1.6rem; }
table { border-collapse: collapse; } tr { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
th, td { padding: .25rem 1.2rem .25rem 0; text-align: left; vertical-align: top; }
th { font-weight: 600; } td { overflow-wrap: anywhere; max-width: 34rem; }
.text { min-width: 11rem; } .word { white-space: nowrap; }
.figures .number { text-align: left; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
details { margin: .3rem 0; } pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0 .8rem 1rem; }
"""


def preview_html(result: Result) -> str:
    """Return a page on a result. All text of the result is escaped: it comes from the web."""
    name = escape(_words(_CAPITAL.sub("_", type(result).__name__)))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{name}</h1>"
        f"{_figures_table(result)}{_record_tables(result)}{_first_items(result)}</body></html>"
    )


def _figures_table(result: Result) -> str:
    """Return a row for each figure; figures of figures are left out where the result has tables that say the same."""
    shown = {name: value for name, value in result.figures.items() if not (result.tables and is_table(value))}
    rows = "".join(f"<tr><th>{escape(_words(name))}</th>{_cell(value)}</tr>" for name, value in shown.items())
    return f'<table class="figures">{rows}</table>'


def _record_tables(result: Result) -> str:
    """Return the tables of a result, what failed first, and one for each field that lists records."""
    names = (name for name in type(result).model_fields if name != "items")
    fields = {name: getattr(result, name) for name in names}
    listed = {**result.tables, **{name: values for name, values in fields.items() if isinstance(values, tuple)}}
    titles = sorted(listed, key=lambda title: not title.startswith("failed"))
    return "".join(_record_table(title, listed[title]) for title in titles)


def _record_table(title: str, values: Sequence[object]) -> str:
    """Return a row for each of the first records; a column in which none of them has anything is left out."""
    records = [value.model_dump(mode="json") for value in values[:SHOWN_RECORDS] if isinstance(value, FrozenModel)]
    if not records:
        return ""
    columns = [column for column in records[0] if any(record[column] for record in records)]
    heads = "".join(_head(column, [record[column] for record in records]) for column in columns)
    rows = "".join(f"<tr>{''.join(_cell(record[column]) for column in columns)}</tr>" for record in records)
    return f"<h2>{_counted(len(records), len(values), escape(_words(title)))}</h2><table><tr>{heads}</tr>{rows}</table>"


def _counted(shown: int, count: int, name: str) -> str:
    return f"{name} ({count:,})" if shown == count else f"{name} (first {shown:,} of {count:,})"


def _head(column: str, values: Iterable[object]) -> str:
    kind = ' class="number"' if all(map(is_number, values)) else ""
    return f"<th{kind}>{escape(_words(column))}</th>"


def _words(name: str) -> str:
    """Return the name of a field as a person would write it."""
    return name.replace("_", " ").strip().capitalize()


def _first_items(result: Result) -> str:
    if not isinstance(result, Batch) or not result.items:
        return ""
    shown = result.items[:SHOWN_ITEMS]
    items = "".join(f"<details><summary>{_summary(item)}</summary>{_item_body(item)}</details>" for item in shown)
    return f"<h2>{_counted(len(shown), len(result.items), 'Items')}</h2>{items}"


def _summary(item: FrozenModel) -> str:
    """Return the first words that tell one item from the next."""
    fields = item.model_dump(mode="json", by_alias=False)
    found = next(_strings(fields, ("title", "link", "text", "id")), type(item).__name__)
    return escape(found[:120])


def _strings(fields: Mapping[str, object], names: Iterable[str]) -> Iterator[str]:
    """Yield the values of some names, wherever they stand in nested fields, in the order of the names."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, str) and value:
            yield value
        for nested in fields.values():
            if isinstance(nested, Mapping):
                yield from _strings(nested, (name,))


def _item_body(item: FrozenModel) -> str:
    text = item.model_dump_json(indent=2)
    cut = " ..." if len(text) > _SHOWN_CHARACTERS else ""
    return f"<pre>{escape(text[:_SHOWN_CHARACTERS])}{cut}</pre>"


def _cell(value: object) -> str:
    text = shown_value(value)
    is_word = len(text) <= _WORD_CHARACTERS and re.fullmatch(r"[\w.-]+", text)
    kind = ' class="number"' if is_number(value) else ' class="word"' if is_word else ' class="text"'
    return f"<td{kind}>{escape(text)}</td>"
