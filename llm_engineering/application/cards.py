"""What the cards of data sets and of models share: the Markdown that the Hugging Face Hub shows."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Final

import yaml
from pydantic import Field

UNKNOWN_LICENCE: Final = "unknown"
"""Nobody may use it but the author."""
Licence = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,59}$")]
"""As the Hub names it, such as cc-by-4.0."""


def markdown_card(front_matter: Mapping[str, Any], sections: Iterable[str]) -> str:
    """Return a card: front matter as YAML, then those sections that say something."""
    front = yaml.safe_dump(dict(front_matter), allow_unicode=True, sort_keys=False)
    return f"---\n{front}---\n\n" + "\n\n".join(section for section in sections if section) + "\n"


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""

    def lines() -> Iterator[str]:
        yield f"| {' | '.join(head)} |"
        yield f"|{'---|' * len(head)}"
        for row in rows:
            yield f"| {' | '.join(map(markdown_line, row))} |"

    return "\n".join(lines())


def markdown_line(text: str) -> str:
    """Return a text as part of a line: its own marks of Markdown and HTML mean nothing."""
    flat = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"([\\*_\[\]<>|#~])", r"\\\1", flat)
