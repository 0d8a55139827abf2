"""The port of the models of an evaluation; `tests/contracts/model_source.py` holds its adapters and fakes."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel
from llm_engineering.application.evaluate.model_scoring.likelihood import TextReader
from llm_engineering.application.experiments.running import RunningVariant


class ModelSource(Protocol):
    """Opens models, one at a time, so that the weights of two are never in memory together."""

    def place(self, model: EvaluatedModel) -> str:
        """Return where a model is, for people; never an address with a key."""
        ...

    def weights_hash(self, model: EvaluatedModel) -> str | None:
        """Return the SHA-256 of the weights of a model; None if they are not here."""
        ...

    def answerer(self, model: EvaluatedModel) -> AbstractAsyncContextManager[RunningVariant]:
        """Open what answers questions as a model; its weights are loaded at the first question."""
        ...

    def reading_fingerprint(self, model: EvaluatedModel) -> str | None:
        """Return a hash of all that likelihoods of texts depend on; None if a model cannot say how likely texts are."""
        ...

    def reader(self, model: EvaluatedModel) -> TextReader:
        """Return what says how likely texts are; the weights are loaded at the first text, and go when it goes."""
        ...
