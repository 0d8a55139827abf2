"""Replies of a chat model of transformers, computed where they are asked for."""

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Final

from llm_engineering.application.language_models.port import ModelRefusedError, ModelUnreachableError
from llm_engineering.domain.language_models import (
    ChatMessage,
    Completion,
    FinishReason,
    ModelRequest,
    TokenUsage,
)
from llm_engineering.infrastructure.language_models.chat_tokens import prompt_tokens, reply_ends

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerFast

_NO_LIMIT: Final = 10**9
"""Tokenizers say 10**30 for "not set"."""


class UnusableChatModelError(ModelRefusedError):
    """A model that was named cannot be used for chats."""

    def __init__(self, model: str, fault: str) -> None:
        super().__init__(
            f"The chat model {model[:200]!r} cannot be used: {fault[:300]}.",
            remedy="Set HF_MODEL_ID to an instruct model with a chat template and safetensors weights, as a local "
            "folder or as its id on the Hugging Face Hub.",
        )
        self.model = model
        self.fault = fault


class PromptTooLongError(ModelRefusedError):
    """A prompt has more tokens than a model reads."""

    def __init__(self, tokens: int, limit: int) -> None:
        super().__init__(
            f"The prompt has {tokens} tokens, and the model reads {limit}, its reply included.",
            remedy="Give fewer or shorter passages, or use a model with a longer context.",
        )
        self.tokens = tokens
        self.limit = limit


class TransformersChat:
    """A model with its tokenizer, in float32 on the CPU or in its own precision on a GPU; loaded at the first reply.

    Not to be used by several threads at once. No code of a model's repository is run.

    Args:
        folder: Folder of the model.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._closed = Event()

    def stop(self) -> None:
        """Stop at the next token, now and ever after."""
        self._closed.set()

    def generate(self, request: ModelRequest, give: Callable[[str], None], stopped: Event) -> Completion:
        """Return what the model says, without its text, which is given piece by piece before.

        Args:
            request: What is asked.
            give: Takes the pieces.
            stopped: Set by another thread to end early.

        Raises:
            UnusableChatModelError: The folder holds no chat model.
            PromptTooLongError: The prompt fills the context of the model.
        """
        import torch

        prompt = self._prompt(request.messages)
        read = prompt.shape[1]
        room = self._limit - read
        if room < 1:
            raise PromptTooLongError(read, self._limit)
        config = self._config(request, min(request.max_output_tokens, room))
        # The state of the generator of random numbers belongs to whoever else computes in this process.
        with torch.inference_mode(), torch.random.fork_rng(enabled=config.do_sample):
            if request.seed is not None:
                torch.manual_seed(request.seed)
            written = self._written(prompt, config, give, stopped)
        if self._closed.is_set() and not stopped.is_set():
            raise ModelUnreachableError("The language model was closed while it replied.", remedy="Start it again.")
        is_ended = bool(written) and written[-1] in self._ends
        return Completion(
            text="",
            finish_reason=FinishReason.STOP if is_ended else FinishReason.LENGTH,
            usage=TokenUsage(prompt_tokens=read, completion_tokens=len(written)),
            model=self._folder.name,
        )

    def _written(
        self, prompt: "Tensor", config: "GenerationConfig", give: Callable[[str], None], stopped: Event
    ) -> list[int]:
        """Return the tokens of the reply, whose text is given as it comes."""
        import torch
        from transformers import StoppingCriteria, StoppingCriteriaList, TextStreamer

        closed = self._closed

        class Stopped(StoppingCriteria):
            def __call__(self, input_ids: "Tensor", *_: object, **__: object) -> "Tensor":
                is_over = stopped.is_set() or closed.is_set()
                return torch.full((input_ids.shape[0],), is_over, dtype=torch.bool, device=input_ids.device)

        class Pieces(TextStreamer):
            def on_finalized_text(self, text: str, stream_end: bool = False) -> None:  # noqa: ARG002
                if text:
                    give(text)

        generated: Any = self._model.generate(  # type: ignore[operator]  # the library types it as a tensor
            prompt,
            attention_mask=torch.ones_like(prompt),
            generation_config=config,
            stopping_criteria=StoppingCriteriaList([Stopped()]),
            streamer=Pieces(self._tokenizer, skip_prompt=True, skip_special_tokens=True),
        )
        tokens: list[int] = generated[0, prompt.shape[1] :].tolist()
        return tokens

    def _prompt(self, messages: tuple[ChatMessage, ...]) -> "Tensor":
        """Return the tokens of messages in the model's chat template: shape (1, tokens)."""
        import torch

        return torch.tensor([prompt_tokens(self._tokenizer, messages)], device=self._model.device)

    def _config(self, request: ModelRequest, max_new_tokens: int) -> "GenerationConfig":
        from transformers import GenerationConfig

        sampling: dict[str, Any] = {"do_sample": False}
        if request.temperature > 0:
            sampling = {"do_sample": True, "temperature": request.temperature, "top_k": 0}
        ends = sorted(self._ends)
        pad = self._tokenizer.pad_token_id
        return GenerationConfig(  # type: ignore[no-untyped-call]  # the library leaves it untyped
            max_new_tokens=max_new_tokens,
            eos_token_id=ends or None,
            pad_token_id=pad if pad is not None else (ends[0] if ends else None),
            **sampling,
        )

    @cached_property
    def _ends(self) -> frozenset[int]:
        """Tokens that end a reply."""
        return reply_ends(self._tokenizer, self._model.generation_config)

    @cached_property
    def _limit(self) -> int:
        """Tokens of prompt and reply together."""
        return context_limit(self._model.config, self._tokenizer)

    @cached_property
    def _tokenizer(self) -> "PreTrainedTokenizerFast":
        tokenizer = loaded_tokenizer(self._folder)
        if not tokenizer.chat_template:
            raise UnusableChatModelError(str(self._folder), "it has no chat template, so it was not made for chats")
        return tokenizer

    @cached_property
    def _model(self) -> "PreTrainedModel":
        return loaded_model(self._folder)


def loaded_tokenizer(folder: Path) -> "PreTrainedTokenizerFast":
    """Return the tokenizer of a model.

    Raises:
        UnusableChatModelError: It cannot be loaded.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(str(folder))
    except (OSError, ValueError, KeyError) as error:
        raise UnusableChatModelError(str(folder), f"its tokenizer cannot be loaded ({error})") from error
    fast: PreTrainedTokenizerFast = tokenizer
    return fast


def loaded_model(folder: Path) -> "PreTrainedModel":
    """Return a model, in float32 on the CPU or in its own precision on a GPU; no code of its folder is run.

    Raises:
        UnusableChatModelError: It cannot be loaded.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging as transformers_logging

    # A bar for loading weights only flickers. The library leaves the function untyped.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    has_gpu = torch.cuda.is_available()
    try:
        model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype="auto" if has_gpu else torch.float32, use_safetensors=True
        )
    except (OSError, ValueError, KeyError) as error:
        raise UnusableChatModelError(str(folder), f"it cannot be loaded ({error})") from error
    model.to("cuda" if has_gpu else "cpu")  # type: ignore[arg-type]  # the library's own typing
    model.eval()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    return model


def context_limit(config: Any, tokenizer: Any) -> int:  # noqa: ANN401 - of any model
    """Return how many tokens a model reads and writes together, by its configuration and its tokenizer."""
    positions = getattr(config, "max_position_embeddings", None)
    return min(
        positions if isinstance(positions, int) and positions > 0 else _NO_LIMIT,
        tokenizer.model_max_length or _NO_LIMIT,
        _NO_LIMIT,
    )
