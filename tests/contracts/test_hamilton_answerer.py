"""What answers from a real index keeps the port's promises, whether it quotes or a model writes."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from llm_engineering.application.answer.answerer import HamiltonAnswerer, Parts
from llm_engineering.application.answer.asking import Answerer
from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.retrieve.passages import Retriever
from llm_engineering.domain.chunks import EmbeddedChunk
from llm_engineering.domain.language_models import ModelRequest
from llm_engineering.infrastructure.language_models.extractive import ExtractiveModel
from llm_engineering.infrastructure.vector_stores.qdrant_edge import QdrantEdgeVectorStore
from tests.contracts.answerer import CHUNKS, AnswererContract
from tests.support.answering import GivenAuthors, ScriptedModel
from tests.support.fakes import LetterEmbedder, word_encoder


def first_sentences(request: ModelRequest) -> str:
    return "\n\n".join(f"{each.text.split('. ')[0].rstrip('.')} [{each.number}]." for each in request.evidence)


class TestHamiltonAnswerer(AnswererContract):
    @pytest.fixture(params=["quoting", "writing"])
    def answerer(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Answerer]:
        embedder, encoder, answering = LetterEmbedder(), word_encoder(), Answering()
        with (
            closing(QdrantEdgeVectorStore.open(tmp_path, "letters", embedder.identity)) as vectors,
            ThreadPoolExecutor(2) as executor,
        ):
            rows = embedder.embed_documents([chunk.indexed_text for chunk in CHUNKS])
            vectors.upsert([
                EmbeddedChunk(chunk, row, encoder.document(chunk.indexed_text))
                for chunk, row in zip(CHUNKS, rows, strict=True)
            ])
            quoting = ExtractiveModel(encoder.stems)
            yield HamiltonAnswerer(
                Parts(
                    retriever=Retriever(embedder, encoder, vectors, answering.retrieval),
                    authors=GivenAuthors(["Ada Lovelace", "Grace Hopper"]),
                    prompts=code_prompts(),
                    model=quoting if request.param == "quoting" else ScriptedModel(first_sentences),
                    quoting=quoting,
                    language_of=lambda _: "en",
                    threads=Threads(executor),
                    answering=answering,
                )
            )
