"""The card of a data set: Markdown with the front matter that the Hugging Face Hub reads."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from llm_engineering.application.cards import (
    UNKNOWN_LICENCE,
    Licence,
    markdown_card,
    markdown_line,
    markdown_table,
)
from llm_engineering.application.datasets.facts import UNKNOWN, DatasetFacts, GroupCounts, spread_samples
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.reviews import sample_texts
from llm_engineering.domain.samples import GatedDataset, SampleKind, Split

DATA_FILES: Final[Mapping[Split, str]] = {Split.TRAIN: "train.parquet", Split.TEST: "test.parquet"}
"""What the files of a shared data set are called."""
_SHOWN_EXAMPLES: Final = 2
_SHOWN_CHARACTERS: Final = 1_200
_SIZES: Final = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_TASKS: Final[Mapping[SampleKind, tuple[str, ...]]] = {
    SampleKind.INSTRUCT: ("instruct", "sft"),
    SampleKind.PREFERENCE: ("preference", "dpo"),
}
_TEACHES: Final[Mapping[SampleKind, str]] = {
    SampleKind.INSTRUCT: "Instructions with answers, for supervised fine-tuning.",
    SampleKind.PREFERENCE: "Instructions with a better and a worse answer, for direct preference optimization.",
}
_COLUMNS: Final[Mapping[SampleKind, str]] = {
    SampleKind.INSTRUCT: "`instruction`, `output`, and `messages` where texts are given as messages",
    SampleKind.PREFERENCE: "`instruction`, `prompt`, `chosen` and `rejected`",
}


class CardDetails(FrozenModel):
    """What a card says that does not follow from the samples."""

    title: str = Field(default="Training data of a twin", min_length=1, max_length=120)
    description: str = Field(default="", max_length=4_000)
    """In Markdown, by whoever shares the data set."""
    licence: Licence = UNKNOWN_LICENCE
    """As the Hub names it, such as cc-by-4.0; "unknown": nobody may use it but the author."""
    repository: str | None = None
    """Where it lies on the Hub, as owner/name; None: it is a folder."""


def card_text(dataset: GatedDataset, facts: DatasetFacts, details: CardDetails) -> str:
    """Return the card of a data set. Texts of samples stand in it as they are, where Markdown leaves them alone.

    Of rejected samples it has only numbers: they may be what must not be shared.
    """
    sections = (
        _head(dataset, details),
        _loading(details),
        _split(facts),
        _gates(facts),
        _balance(facts),
        _origin(dataset, facts),
        _measured(dataset),
        _examples(dataset),
        _licence(details),
    )
    return markdown_card(_front_matter(dataset, facts, details), sections)


def _front_matter(dataset: GatedDataset, facts: DatasetFacts, details: CardDetails) -> dict[str, Any]:
    sides = {Split.TRAIN: facts.train, Split.TEST: facts.test}
    files = [{"split": split.value, "path": DATA_FILES[split]} for split, count in sides.items() if count]
    is_written = any(name != UNKNOWN and not name.startswith("templates") for name in facts.generators)
    return {
        "pretty_name": details.title,
        "license": details.licence,
        **({"language": list(facts.languages)} if facts.languages else {}),
        "task_categories": ["text-generation"],
        "tags": ["llm-twin", *_TASKS[dataset.kind], *(["synthetic"] if is_written else [])],
        "size_categories": [next((name for limit, name in _SIZES if facts.kept < limit), "n>1M")],
        "source_datasets": ["original"],
        "configs": [{"config_name": "default", "data_files": files}],
    }


def _head(dataset: GatedDataset, details: CardDetails) -> str:
    parts = [f"# {markdown_line(details.title)}", _TEACHES[dataset.kind]]
    if details.description.strip():
        parts.append(details.description.strip())
    return "\n\n".join(parts)


def _loading(details: CardDetails) -> str:
    place = details.repository or "path/to/this/folder"
    return f'## Use\n\n```python\nfrom datasets import load_dataset\n\ndataset = load_dataset("{place}")\n```'


def _split(facts: DatasetFacts) -> str:
    leak = (
        "No document is on both sides of the split."
        if not facts.documents_on_both_sides
        else f"**{facts.documents_on_both_sides:,} documents are on both sides of the split.**"
    )
    rows = [("train", f"{facts.train:,}"), ("test", f"{facts.test:,}")]
    return f"## Split\n\n{markdown_table(('Split', 'Samples'), rows)}\n\n{leak}"


def _gates(facts: DatasetFacts) -> str:
    rows = [(reason.value, f"{count:,}") for reason, count in facts.rejections.items()]
    told = (
        f"Of {facts.before:,} samples {facts.kept:,} passed the gates ({facts.kept_share:.1%}). Each other one was "
        "rejected for one reason."
        if rows
        else f"All of {facts.before:,} samples passed the gates."
    )
    flags = ", ".join(f"{markdown_line(name)} {count:,}" for name, count in facts.flags.items())
    noted = f"\n\nUsed, but noted: {flags}." if flags else ""
    table = f"\n\n{markdown_table(('Rejected for', 'Samples'), rows)}" if rows else ""
    return f"## Gates\n\n{told}{table}{noted}"


def _balance(facts: DatasetFacts) -> str:
    return "## Balance\n\n" + "\n\n".join(
        markdown_table((title, "Train", "Test", "Rejected"), [_counts(name, group) for name, group in groups.items()])
        for title, groups in (("Author", facts.authors), ("Category", facts.categories))
    )


def _counts(name: str, group: GroupCounts) -> tuple[str, ...]:
    return name, f"{group.train:,}", f"{group.test:,}", f"{group.rejected:,}"


def _origin(dataset: GatedDataset, facts: DatasetFacts) -> str:
    contract = f"`{dataset.contract_hash}`" if dataset.contract_hash else "unknown"
    rows = [
        ("Documents", f"{facts.documents:,}"),
        ("Samples that name their document and its characters", f"{facts.with_provenance:,} of {facts.kept:,}"),
        ("Written by", ", ".join(f"{name} ({count:,})" for name, count in facts.generators.items())),
        ("Prompts", ", ".join(f"{name} ({count:,})" for name, count in facts.prompts.items())),
        ("Prompt contract", contract),
    ]
    columns = _COLUMNS[dataset.kind]
    return (
        f"## Where it comes from\n\n{markdown_table(('What', 'Value'), rows)}\n\n"
        f"Each row has {columns}, and `author`, `category`, `title`, `source` (the link), `document_id`, `start` and "
        "`end` (characters of the cleaned document), `generator`, `generator_prompt`, and `provenance`, which is "
        "all of it as JSON."
    )


def _measured(dataset: GatedDataset) -> str:
    rows = [(name.replace("_", " "), f"{value:,.4g}") for name, value in dataset.figures.items()]
    return (
        f"## Measured\n\nOver the samples that were kept.\n\n{markdown_table(('Figure', 'Value'), rows)}"
        if rows
        else ""
    )


def _examples(dataset: GatedDataset) -> str:
    shown = spread_samples(dataset.kept, _SHOWN_EXAMPLES)
    if not shown:
        return ""
    texts = (f"**{name}**\n\n{_fenced(text)}" for sample in shown for name, text in sample_texts(sample).items())
    return "## Examples\n\n" + "\n\n".join(texts)


def _licence(details: CardDetails) -> str:
    told = (
        "Nobody has said under which licence this may be used: ask the author before you do."
        if details.licence == UNKNOWN_LICENCE
        else f"{details.licence}. The texts are those of the authors above."
    )
    return f"## Licence\n\n{told}"


def _fenced(text: str) -> str:
    """Return a text, shortened, between fences that are longer than any run of backticks in it."""
    shown = text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]} ..."
    longest = max([2, *(len(run) for run in re.findall(r"`+", shown))])
    fence = "`" * (longest + 1)
    return f"{fence}text\n{shown}\n{fence}"
