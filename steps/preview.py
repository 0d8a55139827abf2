"""An HTML page that shows a result: its figures, what was dropped, and the first items."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Batch, Result

SHOWN_ITEMS: Final = 20
SHOWN_RECORDS: Final = 100
_SHOWN_CHARACTERS: Final = 2_000

_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem; max-width: 70rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 1.6rem; }
table { border-collapse: collapse; } th, td { padding: .25rem .8rem .25rem 0; text-align: left; vertical-align: top; }
tr { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
th { font-weight: 600; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
details { margin: .3rem 0; } pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0 .8rem 1rem; }
"""


def preview_html(result: Result) -> str:
    """Return a page on a result. All text of the result is escaped: it comes from the web."""
    name = escape(type(result).__name__)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{name}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{name}</h1>"
        f"{_mapping_table(result.figures)}{_record_tables(result)}{_first_items(result)}</body></html>"
    )


def _record_tables(result: Result) -> str:
    """Return the tables of a result, and one for each field that lists records, such as what was dropped."""
    names = (name for name in type(result).model_fields if name != "items")
    fields = {name: getattr(result, name) for name in names}
    listed = {**result.tables, **{name: values for name, values in fields.items() if isinstance(values, tuple)}}
    return "".join(_record_table(name, values) for name, values in listed.items())


def _record_table(name: str, values: Sequence[object]) -> str:
    records = [value.model_dump(mode="json") for value in values[:SHOWN_RECORDS] if isinstance(value, FrozenModel)]
    if not records:
        return ""
    title = f"<h2>First {len(records)} of {len(values)} {escape(name)}</h2>"
    header = "".join(f"<th>{escape(column.replace('_', ' ').capitalize())}</th>" for column in records[0])
    rows = "".join(f"<tr>{''.join(map(_cell, record.values()))}</tr>" for record in records)
    return f"{title}<table><tr>{header}</tr>{rows}</table>"


def _first_items(result: Result) -> str:
    if not isinstance(result, Batch) or not result.items:
        return ""
    shown = result.items[:SHOWN_ITEMS]
    items = "".join(f"<details><summary>{_summary(item)}</summary>{_item_body(item)}</details>" for item in shown)
    return f"<h2>First {len(shown)} of {len(result.items)} items</h2>{items}"


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


def _mapping_table(values: Mapping[str, object]) -> str:
    rows = "".join(f"<tr><th>{escape(str(key))}</th>{_cell(value)}</tr>" for key, value in values.items())
    return f"<table>{rows}</table>"


def _cell(value: object) -> str:
    if isinstance(value, Mapping):
        return f"<td>{_mapping_table(value) if value else 'none'}</td>"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"<td>{escape('' if value is None else str(value))}</td>"
    return f'<td class="number">{value:,}</td>'
