"""How likely a causal model of transformers finds texts."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from llm_engineering.application.evaluate.model_scoring.likelihood import EmptyTextError, Likelihood
from llm_engineering.application.language_models.port import ModelRefusedError
from llm_engineering.infrastructure.language_models.transformers_chat import (
    UnusableChatModelError,
    loaded_model,
    loaded_tokenizer,
)

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel, PreTrainedTokenizerFast


class TooLittleMemoryError(ModelRefusedError):
    """A window of a text does not fit into the memory beside the model."""

    def __init__(self, window: int) -> None:
        super().__init__(
            f"{window} tokens at once do not fit into the memory of the GPU.",
            remedy=f"Set perplexity.window_tokens to {max(16, window // 2)} or less.",
        )
        self.window = window


class TransformersReader:
    """Predicts each token of a text exactly once, from the tokens before it.

    A text that is longer than the window is read in windows that overlap by half: only those tokens of a window are
    predicted that no window before had, each from at least half a window of tokens before it (the sliding window of the
    documentation of transformers). The first token is predicted from the token that begins texts, or where a tokenizer
    has none from the one that ends them, as EleutherAI's lm-evaluation-harness does. Texts are plain: no chat template
    is put around them.

    In float32 on the CPU or in the model's own precision on a GPU; loaded at the first text. No code of a model's
    repository is run. Not to be used by several threads at once.

    Args:
        folder: Folder of the model.
        window_tokens: Tokens that it sees at once, the one that begins the text included; no more than its context.
    """

    def __init__(self, folder: Path, window_tokens: int) -> None:
        self._folder = folder
        self._window_tokens = window_tokens

    def likelihood(self, text: str) -> Likelihood:
        """Return how likely a text is.

        Raises:
            EmptyTextError: It has no tokens.
            UnusableChatModelError: The folder holds no model, or its tokenizer has neither a first nor a last token.
            TooLittleMemoryError: A window does not fit into the memory of the GPU.
        """
        import torch

        tokens: list[int] = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        if not tokens:
            raise EmptyTextError
        row = torch.tensor([self._first, *tokens], device=self._model.device)
        try:
            with torch.inference_mode():
                nats = sum(self._nats(row, *place) for place in windows(len(row), self._window))
        except torch.OutOfMemoryError as error:
            raise TooLittleMemoryError(self._window) from error
        return Likelihood(tokens=len(tokens), utf8_bytes=len(text.encode("utf-8", "surrogatepass")), nats=nats)

    def _nats(self, row: "Tensor", begin: int, first: int, end: int) -> float:
        """Return the sum of -ln p over the tokens from `first` to `end`, seen from `begin` on."""
        from torch.nn.functional import cross_entropy

        logits = self._model(row[begin:end][None]).logits[0, first - begin - 1 : end - begin - 1]
        return float(cross_entropy(logits.float(), row[first:end], reduction="none").double().sum())

    @property
    def _window(self) -> int:
        positions = getattr(self._model.config, "max_position_embeddings", None)
        return min(self._window_tokens, positions) if isinstance(positions, int) else self._window_tokens

    @cached_property
    def _first(self) -> int:
        for token in (self._tokenizer.bos_token_id, self._tokenizer.eos_token_id):
            if isinstance(token, int):
                return token
        raise UnusableChatModelError(str(self._folder), "its tokenizer has neither a first nor a last token")

    @cached_property
    def _tokenizer(self) -> "PreTrainedTokenizerFast":
        return loaded_tokenizer(self._folder)

    @cached_property
    def _model(self) -> "PreTrainedModel":
        return loaded_model(self._folder)


def windows(length: int, window: int) -> list[tuple[int, int, int]]:
    """Return the windows by which a row of tokens is predicted but for its first one.

    Each is where it begins, the first token that is predicted in it, and where it ends, exclusive. The predicted ones
    follow on each other without a gap or an overlap.

    Args:
        length: Tokens of the row, the one that begins it included.
        window: Most tokens of a window, at least 2.
    """
    found = [(0, 1, min(window, length))]
    while found[-1][2] < length:
        first = found[-1][2]
        begin = first - max(1, window // 2)
        found.append((begin, first, min(begin + window, length)))
    return found
