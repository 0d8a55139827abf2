"""Finds from when on passages say enough: `python -m benchmarks.evidence --help`.

The documentation of this project is asked questions that it answers and questions that it does not. Of each, the two
measures of evidence are printed, and how often the thresholds decide wrongly.
"""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from llm_engineering.application.answer.configuration import Sufficiency

if TYPE_CHECKING:
    from llm_engineering.application.answer.evidence import EvidenceReport
    from llm_engineering.application.retrieve.passages import Retriever

ANSWERED: Final = (
    "How are documents cut into chunks so that no text is lost?",
    "What happens if a crawl is killed?",
    "Which document stores can I use?",
    "Why does the second process get an error about a locked collection?",
    "How do I set the embedding model?",
    "How is robots.txt respected?",
    "What is a golden question?",
    "How do I import my Medium export?",
    "Can I index PDF files?",
    "How do I forget a source?",
    "What does the gate of an evaluation do?",
    "How are near-duplicates found?",
    "Why was SQLite chosen as the default?",
    "How do I crawl only a part of a site?",
    "Which files of a repository are left out?",
    "What is reciprocal rank fusion?",
    "How fast is the feature pipeline?",
    "How do I go back to an earlier index?",
    "What does the reranker do?",
    "How do I connect to a Qdrant server?",
    "Is JavaScript executed when pages are crawled?",
    "What is BM25 used for?",
    "Where are the vectors stored?",
    "How can I see the ZenML dashboard?",
)
UNRELATED: Final = (
    "What is the capital of Mongolia?",
    "How do I bake sourdough bread?",
    "Who won the football world cup in 1998?",
    "What are the symptoms of appendicitis?",
    "How tall is Mount Kilimanjaro?",
    "Which wine goes with salmon?",
    "When do tulips bloom?",
    "How do I change a bicycle tyre?",
    "What did Napoleon do at Austerlitz?",
    "How is penicillin made?",
    "What is the best treatment for a sunburn?",
    "Who painted the Night Watch?",
    "How do I knit a scarf?",
    "What are the rules of cricket?",
    "How far away is the moon?",
    "Which mortgage has the lowest interest?",
    "How does photosynthesis work?",
    "What is quantum entanglement?",
    "How do I train for a marathon?",
    "Which airline flies to Reykjavik?",
    "How do I file a tax return in Germany?",
    "What does a violin cost?",
    "How many legs does a spider have?",
    "What is the plot of Hamlet?",
)
_PASSAGES: Final = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """A question with what was found out about its evidence."""

    question: str
    is_answered: bool
    """Whether the documentation answers it."""
    report: "EvidenceReport"

    @property
    def is_right(self) -> bool:
        """Whether the thresholds decide as they should."""
        return self.report.is_enough == self.is_answered


@click.command(help="Measure the evidence for questions that the documentation answers, and for others.")
@click.option("--docs", type=click.Path(exists=True, file_okay=False, path_type=Path), default=Path("docs"))
def main(docs: Path) -> None:
    """Print the measures and the errors."""
    with opened_retriever(docs) as retriever:
        found = [*measured(retriever, ANSWERED, is_answered=True), *measured(retriever, UNRELATED, is_answered=False)]
    for each in sorted(found, key=lambda each: each.report.similarity):
        kind = "answered " if each.is_answered else "unrelated"
        sign = " " if each.is_right else "!"
        print(f"{sign} {kind} {each.report.similarity:.2f} {each.report.coverage:4.0%}  {each.question}")
    refused = sum(each.is_answered and not each.is_right for each in found)
    claimed = sum(not each.is_answered and not each.is_right for each in found)
    print(
        f"{refused} of {len(ANSWERED)} that are answered were refused; {claimed} of {len(UNRELATED)} others were not."
    )


def measured(retriever: "Retriever", questions: Sequence[str], *, is_answered: bool) -> Iterator[Measured]:
    """Yield each question with the evidence for it."""
    from llm_engineering.application.answer.asking import FoundPassage
    from llm_engineering.application.answer.evidence import evidence_report
    from llm_engineering.domain.chunks import ChunkFilter

    for question in questions:
        asked = retriever.embedded(question)
        candidates = retriever.candidates(asked, limit=_PASSAGES, where=ChunkFilter())
        embeddings = {candidate.id: candidate.embedding for candidate in candidates}
        passages = [
            FoundPassage(
                number=None,
                chunk=each.chunk,
                score=each.score,
                similarity=float(embeddings[each.chunk.id] @ asked.embedding),
                word_score=None,
            )
            for each in retriever.chosen(retriever.ranking([asked], [candidates]), limit=_PASSAGES)
        ]
        yield Measured(question, is_answered, evidence_report(question, passages, retriever.encoder, Sufficiency()))


@contextmanager
def opened_retriever(docs: Path) -> Iterator["Retriever"]:
    """Index the pages of a folder in a temporary place and yield what searches them."""
    from llm_engineering.application.index.plan import index_plan
    from llm_engineering.application.index.sync import synced_index
    from llm_engineering.application.retrieve.configuration import Retrieval
    from llm_engineering.application.retrieve.evaluation import AUTHOR_ID, corpus_chunks
    from llm_engineering.application.retrieve.judgements import JudgedDocument
    from llm_engineering.application.retrieve.passages import Retriever
    from llm_engineering.infrastructure.factory import embedder, term_encoder
    from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
    from llm_engineering.settings import Settings

    pages = [
        JudgedDocument(id=page.name, title=page.stem, text=page.read_text(encoding="utf-8"))
        for page in sorted(docs.glob("*.md"))
    ]
    model, encoder = embedder(Settings()), term_encoder()
    chunks = corpus_chunks(pages, model.tokenizer).items
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(QdrantEdgeVectorStore.open(Path(folder), "evidence", model.identity)) as vectors,
    ):
        plan = index_plan(chunks, [AUTHOR_ID], vectors)
        synced_index(plan, embedder=model, encoder=encoder, vectors=vectors)
        yield Retriever(model, encoder, vectors, Retrieval())


if __name__ == "__main__":
    main()
