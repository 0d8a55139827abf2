"""The service that one writes first: embed, search in qdrant-client's local mode; run by `benchmarks.service_load`."""

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from qdrant_client import QdrantClient, models
from sentence_transformers import SentenceTransformer

from llm_engineering.domain.chunks import ChunkFilter, EmbeddedQuestion, TermVector
from llm_engineering.infrastructure.embedders.model_folder import model_folder
from llm_engineering.infrastructure.factory import embedder, opened_vector_store
from llm_engineering.settings import Settings


class Asked(BaseModel):
    """A question."""

    query: str
    limit: int = 5


def local_points(settings: Settings) -> list[models.PointStruct]:
    """Return all points of the index that the service answers from."""
    nothing = TermVector(np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.float32))
    with opened_vector_store(settings, embedder(settings).identity) as vectors:
        anything = EmbeddedQuestion(np.eye(1, 384, dtype=np.float32)[0], nothing)
        found = vectors.candidates(anything, depth=vectors.count(ChunkFilter()), where=ChunkFilter())
        # A found chunk is read from the open index when it is asked for.
        return [
            models.PointStruct(
                id=each.chunk.id, vector=each.embedding.tolist(), payload=each.chunk.model_dump(mode="json")
            )
            for each in found
        ]


def baseline_app(settings: Settings) -> FastAPI:
    """Return the app."""
    warnings.simplefilter("ignore")  # it says that it is not made for more than 20,000 points
    client = QdrantClient(":memory:")
    client.create_collection("points", models.VectorParams(size=384, distance=models.Distance.COSINE))
    client.upload_points("points", local_points(settings))
    model = SentenceTransformer(str(model_folder(settings.text_embedding_model_id)), device="cpu")
    app = FastAPI()

    @app.post("/rag")
    def rag(asked: Asked) -> dict[str, Any]:
        found = client.query_points("points", model.encode(asked.query).tolist(), limit=asked.limit).points
        return {"text": "\n\n".join(point.payload["text"] for point in found if point.payload)}

    return app


if __name__ == "__main__":
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    app = baseline_app(Settings(data_folder=folder))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)
