"""An answerer on a real index, with a model whose vectors can be computed by hand."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.answer.answerer import HamiltonAnswerer, Parts
from llm_engineering.application.answer.configuration import Answering, Sufficiency
from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.retrieve.configuration import Feedback, Retrieval, Smoothing
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.domain.chunks import Chunk
from llm_engineering.infrastructure.language_models.extractive import ExtractiveModel
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.support.answering import GivenAuthors, ScriptedModel
from tests.support.embedded import embedded_chunks
from tests.support.fakes import LetterEmbedder, word_encoder

PLAIN = Retrieval(feedback=Feedback(documents=0), smoothing=Smoothing(share=0))
ANYTHING = Sufficiency(min_similarity=-1, min_coverage=0)
"""Whatever is found is enough."""

AnswererOf = Callable[..., HamiltonAnswerer]


@pytest.fixture
def answerer_of(tmp_path: Path) -> Iterator[AnswererOf]:
    """Return a function that indexes chunks and returns what answers questions from them."""
    embedder, encoder = LetterEmbedder(), word_encoder()
    with ExitStack() as opened:

        def answerer(
            chunks: Sequence[Chunk], *, model: ScriptedModel | None = None, adapters: Any = (), **changed: Any
        ) -> HamiltonAnswerer:
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            vectors = opened.enter_context(closing(QdrantEdgeVectorStore.open(folder, "letters", embedder.identity)))
            vectors.upsert(embedded_chunks(chunks, embedder, encoder))
            answering = Answering.model_validate({"retrieval": PLAIN, "sufficiency": ANYTHING, **changed})
            quoting = ExtractiveModel(encoder.stems)
            parts = Parts(
                retriever=Retriever(embedder, encoder, vectors, answering.retrieval),
                authors=GivenAuthors(["Ada Lovelace", "Charles Babbage"]),
                prompts=code_prompts(),
                model=model or quoting,
                quoting=quoting,
                language_of=lambda _: "en",
                threads=Threads(opened.enter_context(ThreadPoolExecutor(2))),
                answering=answering,
                today=lambda: date(2026, 3, 18),
                clock=lambda: 1.0,
            )
            return HamiltonAnswerer(parts, adapters)

        yield answerer
