"""A summary of the document's own sentences: the half of the dataflow that needs no language model."""

from collections.abc import Sequence

from llm_engineering.application.summarize.centrality import Terms, central_sentences
from llm_engineering.application.summarize.sentences import prose_sentences
from llm_engineering.application.summarize.source_text import DocumentPart, SourceText
from llm_engineering.application.summarize.summary import (
    PartSummaries,
    PartSummary,
    Summarizing,
    Summary,
    SummaryKind,
)
from llm_engineering.domain.language_models import ModelIdentity


def part_summaries(parts: tuple[DocumentPart, ...], summarizing: Summarizing, terms: Terms) -> PartSummaries:
    """Return the sentences of each part that say most of what it says; its first lines where it has no sentences."""
    return PartSummaries(
        items=tuple(
            PartSummary(
                number=part.number,
                heading_path=part.heading_path,
                span=part.span,
                text="\n".join(_chosen(_sayings(part.text), terms, summarizing.sentences_per_part)),
            )
            for part in parts
        )
    )


def sayings(part_summaries: PartSummaries) -> tuple[str, ...]:
    """Return the sentences that may come into the summary, in the order of the document, none twice."""
    return tuple(dict.fromkeys(line for each in part_summaries.items for line in each.text.split("\n") if line))


def summary(
    *,
    sayings: tuple[str, ...],
    part_summaries: PartSummaries,
    source: SourceText,
    cleaned: str,
    summarizing: Summarizing,
    terms: Terms,
) -> Summary:
    """Return the sentences of the document that say most of what it says, in its order."""
    chosen = _chosen(sayings, terms, summarizing.sentences)
    return Summary(
        title=source.title,
        link=source.link,
        kind=SummaryKind.QUOTED,
        text="\n".join(f"- {sentence}" for sentence in chosen),
        parts=part_summaries.items,
        model=ModelIdentity(provider="extractive", name="lexrank"),
        document_characters=len(cleaned),
    )


def _sayings(text: str) -> tuple[str, ...]:
    """Return the sentences of a part; where it has none, as in code, its lines that have words."""
    lines = (line.strip() for line in text.split("\n"))
    return prose_sentences(text) or tuple(line for line in lines if any(sign.isalpha() for sign in line))


def _chosen(sayings: Sequence[str], terms: Terms, count: int) -> list[str]:
    return [sayings[place] for place in central_sentences(sayings, terms, count)]
