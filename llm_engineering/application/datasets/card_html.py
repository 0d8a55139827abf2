"""The page on a data set for the dashboard: what the gates did, with examples and plots."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Final

from llm_engineering.application.datasets.facts import (
    DatasetFacts,
    GroupCounts,
    answer_lengths,
    answer_likeness,
    dataset_facts,
    instruction_lengths,
    nearest_in_training,
    spread_samples,
)
from llm_engineering.application.datasets.plots import histogram, stacked_bars
from llm_engineering.domain.reviews import sample_texts
from llm_engineering.domain.samples import GatedDataset, Rejection, RejectionReason, Sample

SHOWN_SAMPLES: Final = 10
SHOWN_REJECTIONS: Final = 3
"""Of each reason."""
SHOWN_FLAGS: Final = 20
_SHOWN_CHARACTERS: Final = 2_000
HIDDEN: Final = frozenset({RejectionReason.SECRET, RejectionReason.PERSONAL_DATA})
"""Of samples that are rejected for these nothing is shown: artifacts are copied to where others read them."""
_NO_MORE: Final[Mapping[str, Sequence[float]]] = MappingProxyType({})
_STYLE: Final = """
:root { color-scheme: light dark; --accent: #1a66b3; --second: #c2660a; --third: #8a93a0; }
@media (prefers-color-scheme: dark) { :root { --accent: #7db8f5; --second: #f0a860; --third: #7a8390; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem; max-width: 62rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 1.8rem; } h3 { font-size: .95rem; margin: 1rem 0 .3rem; }
.table { overflow-x: auto; } .hash { overflow-wrap: anywhere; }
.measures { display: flex; flex-wrap: wrap; gap: .4rem 3rem; margin: 1rem 0; padding: 0; list-style: none; }
.measures b { display: block; font-size: 1.8rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.quiet { opacity: .7; } figure { margin: 1.2rem 0; } figcaption { font-weight: 600; margin-bottom: .3rem; }
svg { max-width: 100%; height: auto; } svg text { fill: currentColor; font-size: 13px; }
.part0 { fill: var(--accent); } .part1 { fill: var(--second); } .part2 { fill: var(--third); }
table { border-collapse: collapse; } td:first-child { min-width: 7rem; }
tr { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
th, td { padding: .25rem 1.2rem .25rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.warning { font-weight: 600; color: var(--second); }
details { margin: .3rem 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0 .6rem; font: inherit; }
dl { margin: .3rem 0 1rem 1rem; } dt { font-weight: 600; } dd { margin: 0; }
"""


def dataset_html(dataset: GatedDataset, measured: Mapping[str, Sequence[float]] = _NO_MORE) -> str:
    """Return a page on a data set. All text of others is escaped: it comes from the web and from models.

    Args:
        dataset: What the gates left, with what they rejected.
        measured: Further likenesses from 0 to 1, one for each sample, by what they are; each becomes a histogram.
    """
    facts = dataset_facts(dataset)
    parts = (
        _head(dataset, facts),
        _gates(facts),
        _balance(facts),
        _lengths(dataset),
        _likenesses(dataset, measured),
        _origin(facts),
        _figures(dataset),
        _kept_examples(dataset),
        _rejected_examples(dataset),
        _flags(dataset),
    )
    title = f"Data set: {dataset.kind.value}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{''.join(parts)}</body></html>"
    )


def _head(dataset: GatedDataset, facts: DatasetFacts) -> str:
    named = {
        "before the gates": (f"{facts.before:,}", ""),
        "after": (f"{facts.kept:,}", f"{facts.kept_share:.1%}"),
        "train": (f"{facts.train:,}", _share(facts.train, facts.kept)),
        "test": (f"{facts.test:,}", _share(facts.test, facts.kept)),
        "documents": (f"{facts.documents:,}", ""),
    }
    measures = "".join(
        f'<li>{name}<b>{value}</b><span class="quiet">{note}</span></li>' for name, (value, note) in named.items()
    )
    leak = facts.documents_on_both_sides
    split = (
        f'<p class="warning">{leak:,} documents are on both sides of the split: what is tested was trained.</p>'
        if leak
        else "<p>No document is on both sides of the split.</p>"
    )
    contract = escape(dataset.contract_hash) if dataset.contract_hash else "unknown: samples differ, or do not say"
    return f'<ul class="measures">{measures}</ul>{split}<p class="quiet hash">Prompt contract: {contract}</p>'


def _gates(facts: DatasetFacts) -> str:
    if not facts.rejections:
        return "<h2>What the gates rejected</h2><p>Nothing.</p>"
    rows = {reason.value: (count,) for reason, count in facts.rejections.items()}
    plot = stacked_bars("Rejected samples by reason", rows, ("samples",))
    table = _table(
        ("reason", "samples", "of all"),
        [(reason.value, f"{count:,}", _share(count, facts.before)) for reason, count in facts.rejections.items()],
    )
    return f"<h2>What the gates rejected</h2>{plot}{table}"


def _balance(facts: DatasetFacts) -> str:
    return "<h2>Balance</h2>" + "".join(
        stacked_bars(f"Samples by {name}", {key: _parts(group) for key, group in groups.items()}, _PARTS)
        + _table(
            (name, "before", "after", "train", "test", "of all that are used"),
            [_group_row(key, group, facts.kept) for key, group in groups.items()],
        )
        for name, groups in (("author", facts.authors), ("category", facts.categories))
    )


_PARTS: Final = ("train", "test", "rejected")


def _parts(group: GroupCounts) -> tuple[int, ...]:
    return group.train, group.test, group.rejected


def _group_row(name: str, group: GroupCounts, kept: int) -> tuple[str, ...]:
    return (
        name, f"{group.total:,}", f"{group.kept:,}", f"{group.train:,}", f"{group.test:,}", _share(group.kept, kept)
    )  # fmt: skip


def _lengths(dataset: GatedDataset) -> str:
    answer = "chosen answer" if answer_likeness(dataset) else "answer"
    return (
        f"<h2>Lengths</h2>{histogram(f'Words of the {answer}', answer_lengths(dataset))}"
        f"{histogram('Words of the instruction', instruction_lengths(dataset))}"
    )


def _likenesses(dataset: GatedDataset, measured: Mapping[str, Sequence[float]]) -> str:
    named = {
        "Test instructions: words in common with the likest training instruction": nearest_in_training(dataset),
        "Words that the chosen and the rejected answer have in common": answer_likeness(dataset),
        **measured,
    }
    plots = "".join(histogram(name, values, high=1.0) for name, values in named.items())
    return f'<h2>Likeness</h2><p class="quiet">From 0, nothing in common, to 1, the same.</p>{plots}' if plots else ""


def _origin(facts: DatasetFacts) -> str:
    rows = [
        ("samples that name document and characters", f"{facts.with_provenance:,} of {facts.kept:,}"),
        ("written by", _listed(facts.generators)),
        ("prompts", _listed(facts.prompts)),
        ("languages of the documents", ", ".join(facts.languages) or "unknown"),
    ]
    return f"<h2>Where the samples come from</h2>{_table(('what', 'value'), rows, numbers=False)}"


def _figures(dataset: GatedDataset) -> str:
    rows = [(name.replace("_", " "), f"{value:,.4g}") for name, value in dataset.figures.items()]
    return f"<h2>Measured over the samples that are used</h2>{_table(('figure', 'value'), rows)}" if rows else ""


def _kept_examples(dataset: GatedDataset) -> str:
    shown = "".join(map(_sample, spread_samples(dataset.kept, SHOWN_SAMPLES)))
    return f"<h2>Kept ({_counted(dataset.kept, SHOWN_SAMPLES)})</h2>{shown}"


def _rejected_examples(dataset: GatedDataset) -> str:
    by_reason: dict[RejectionReason, list[Rejection]] = {}
    for rejection in dataset.rejected:
        by_reason.setdefault(rejection.reason, []).append(rejection)
    parts = [
        f"<h3>{escape(reason.value)} ({_counted(by_reason[reason], SHOWN_REJECTIONS)})</h3>"
        + "".join(map(_rejection, by_reason[reason][:SHOWN_REJECTIONS]))
        for reason in dataset.rejections()
    ]
    return f"<h2>Rejected</h2>{''.join(parts)}" if parts else ""


def _rejection(rejection: Rejection) -> str:
    if rejection.reason in HIDDEN:
        return f'<p class="quiet">Sample {escape(rejection.sample.id)}: neither text nor finding is shown.</p>'
    return _sample(rejection.sample, rejection.detail)


def _flags(dataset: GatedDataset) -> str:
    if not dataset.flagged:
        return ""
    rows = [(each.flag, each.detail, each.sample_id) for each in dataset.flagged[:SHOWN_FLAGS]]
    title = f"Used, but worth a look ({_counted(dataset.flagged, SHOWN_FLAGS)})"
    return f"<h2>{title}</h2>{_table(('flag', 'what was found', 'sample'), rows, numbers=False)}"


def _sample(sample: Sample, detail: str = "") -> str:
    source = sample.provenance.source if sample.provenance else None
    where = (
        f"{source.title}, by {source.author_full_name}" if source else "The sample does not say where it comes from."
    )
    found = f'<p class="warning">{escape(detail)}</p>' if detail else ""
    texts = "".join(f"<dt>{name}</dt><dd><pre>{_cut(text)}</pre></dd>" for name, text in sample_texts(sample).items())
    return (
        f"<details><summary>{escape(_one_line(sample.instruction))}</summary>{found}<dl>{texts}"
        f'<dt class="quiet">source</dt><dd class="quiet">{escape(where)}</dd></dl></details>'
    )


def _cut(text: str) -> str:
    return escape(text) if len(text) <= _SHOWN_CHARACTERS else f"{escape(text[:_SHOWN_CHARACTERS])} ..."


def _one_line(text: str) -> str:
    return " ".join(text.split())[:160] or "(empty)"


def _counted(items: Sequence[object], shown: int) -> str:
    return f"{shown:,} of {len(items):,}" if len(items) > shown else f"{len(items):,}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count:,})" for name, count in counts.items()) or "nobody"


def _share(count: int, total: int) -> str:
    return f"{count / total:.1%}" if total else ""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: bool = True) -> str:
    """Return a table; all columns but the first are numbers where it says so."""
    kind = ' class="number"' if numbers else ""

    def cells(row: Iterable[str], tag: str) -> Iterator[str]:
        for place, text in enumerate(row):
            yield f"<{tag}{kind if place else ''}>{escape(text)}</{tag}>"

    lines = "".join(f"<tr>{''.join(cells(row, 'td'))}</tr>" for row in rows)
    return f'<div class="table"><table><tr>{"".join(cells(head, "th"))}</tr>{lines}</table></div>'
