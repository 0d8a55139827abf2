"""How well a model predicts texts that it has not seen. The suite `tests/contracts/text_reader.py` holds the port."""

from collections.abc import Callable, Sequence
from datetime import datetime
from math import log
from typing import Final, Protocol

from pydantic import Field

from llm_engineering.application.evaluate.model_scoring.questions import NamedText
from llm_engineering.application.experiments.given_answers import Failure
from llm_engineering.application.experiments.running import failure_of
from llm_engineering.application.ports import Collection, DocumentStore
from llm_engineering.application.warehouse.documents import object_from
from llm_engineering.domain.errors import InvalidInputError, StoreUnavailableError, TwinError
from llm_engineering.domain.identity import content_hash, identifier
from llm_engineering.domain.models import FrozenModel

MODEL_LIKELIHOODS: Final = Collection("model_likelihoods", ("model", "text"))
"""What models have made of texts, without a word of them."""


class EmptyTextError(InvalidInputError):
    """A text has no token that could be predicted."""

    def __init__(self) -> None:
        super().__init__("The text is empty, so that there is nothing to predict.", remedy="Leave it out.")


class Likelihood(FrozenModel):
    """How well a model predicts a text."""

    tokens: int = Field(gt=0)
    """Tokens that were predicted: all of the text, each once."""
    utf8_bytes: int = Field(gt=0)
    """Bytes of the text in UTF-8."""
    nats: float = Field(ge=0)
    """Sum of -ln p over the tokens."""

    @property
    def nats_per_token(self) -> float:
        """Logarithm of the perplexity; comparable between models with the same tokenizer."""
        return self.nats / self.tokens

    @property
    def bits_per_byte(self) -> float:
        """Comparable between models with any tokenizers: they predict the same bytes."""
        return self.nats / log(2) / self.utf8_bytes


class TextReader(Protocol):
    """A model that says how likely it finds texts."""

    def likelihood(self, text: str) -> Likelihood:
        """Return how likely a text is, each of its tokens predicted exactly once.

        Raises:
            EmptyTextError: It has no tokens.
            ModelRefusedError: The model cannot be loaded.
        """
        ...


class StoredLikelihood(FrozenModel):
    """A likelihood as it is stored. The natural key is model and text."""

    id: str = Field(alias="_id")
    model: str
    """Hash of all that it depends on, apart from the text."""
    text: str
    """Hash of the text."""
    likelihood: Likelihood
    read_at: datetime


def likelihoods(
    reader: Callable[[], TextReader],
    fingerprint: str,
    texts: Sequence[NamedText],
    store: DocumentStore,
    *,
    now: Callable[[], datetime],
    on_progress: Callable[[int], None] = lambda _: None,
) -> dict[str, Likelihood | Failure]:
    """Return how likely a model finds each text, by `text_key`; what is in the store is not computed again.

    Args:
        reader: Gives the model; not called if all is known.
        fingerprint: Hash of all that the figures depend on, apart from the texts.
        texts: What is read.
        store: Where figures are kept as they come.
        now: Tells the time (UTC).
        on_progress: Called with 1 after each text.

    Raises:
        StoreUnavailableError: The store could not be reached.
    """
    stored = store.find(MODEL_LIKELIHOODS, {"model": fingerprint})
    known = {
        each.text: each.likelihood for each in (object_from(StoredLikelihood, MODEL_LIKELIHOODS, one) for one in stored)
    }
    found: dict[str, Likelihood | Failure] = {}
    opened: TextReader | None = None
    for text in texts:
        key = text_key(text)
        if key in known:
            found[key] = known[key]
        else:
            opened = opened or reader()
            found[key] = _read(opened, text)
            _write(store, fingerprint, key, found[key], now())
        on_progress(1)
    return found


def text_key(text: NamedText) -> str:
    """Return the hash by which a text is known."""
    return content_hash(text.text)


def _read(reader: TextReader, text: NamedText) -> Likelihood | Failure:
    try:
        return reader.likelihood(text.text)
    except StoreUnavailableError:
        raise
    except TwinError as error:
        return failure_of(error)


def _write(store: DocumentStore, fingerprint: str, key: str, found: Likelihood | Failure, now: datetime) -> None:
    if isinstance(found, Failure):
        return  # it is tried again by the next run
    record = StoredLikelihood(
        id=identifier("model-likelihood", fingerprint, key), model=fingerprint, text=key, likelihood=found, read_at=now
    )
    store.upsert(MODEL_LIKELIHOODS, [record.model_dump(mode="json", by_alias=True)])
