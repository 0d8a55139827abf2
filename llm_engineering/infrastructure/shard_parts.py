"""What the shards of a run work with: their own in a process of their own, shared where they are threads of one.

On a local stack ZenML runs mapped steps as threads. An embedded collection is open once in a process, and a model takes
memory and all cores by itself: so these threads have one of each.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Final

from llm_engineering.application.index.shards.planning import ShardTarget
from llm_engineering.application.index.writing import Writer
from llm_engineering.application.ports import Embedder, VectorStore
from llm_engineering.infrastructure.embedders.shared_embedder import SharedEmbedder
from llm_engineering.infrastructure.factory import embedder, opened_collection, term_encoder
from llm_engineering.infrastructure.shared_parts import SharedParts
from llm_engineering.settings import Settings

SHARED: Final = SharedParts()
"""What the threads of this process share."""


@contextmanager
def opened_writer(settings: Settings, target: ShardTarget) -> Iterator[Writer]:
    """Yield what a shard embeds and writes with.

    The vectors have the precision of the plan, whatever is fastest on this machine.

    Raises:
        CollectionMismatchError: The settings of this machine name another embedding model than those of the plan.
        StoreLockedError: Another process has the embedded collection open.
        StoreUnavailableError: The store could not be reached or opened.
    """
    # Terms are encoded by a part of its own for each thread: stemmers remember words.
    with _model(settings, target) as model, _collection(settings, target, model) as vectors:
        yield Writer(model, term_encoder(), vectors)


def shard_embedder(settings: Settings, target: ShardTarget) -> Embedder:
    """Return an embedder for this thread alone, of the precision of the plan; its weights are not loaded yet."""
    return embedder(settings, of=target.fingerprint.embedding)


@contextmanager
def _model(settings: Settings, target: ShardTarget) -> Iterator[Embedder]:
    def loaded() -> nullcontext[SharedEmbedder]:
        model = SharedEmbedder(shard_embedder(settings, target))
        model.identity  # noqa: B018 - decided here, by one thread: it may have to be measured
        return nullcontext(model)

    key = ("model", settings.text_embedding_model_id, settings.text_embedding_backend, target.fingerprint.embedding)
    with SHARED.using(key, loaded) as model:
        yield model


@contextmanager
def _collection(settings: Settings, target: ShardTarget, model: Embedder) -> Iterator[VectorStore]:
    key = ("collection", settings.qdrant_url, settings.data_folder, target.collection)
    opened = partial(opened_collection, settings, target.collection, model.identity)
    with SHARED.using(key, opened) as vectors:
        yield vectors
