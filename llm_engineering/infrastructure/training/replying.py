"""What a model that was trained says, always its likeliest words."""

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


def likeliest_replies(
    model: Any,  # noqa: ANN401 - a class of optional libraries
    tokenizer: "PreTrainedTokenizerFast",
    prompts: Sequence[Sequence[int]],
    *,
    ends: Collection[int],
    pad: int,
    max_tokens: int,
) -> Iterator[str]:
    """Yield the reply to each prompt.

    Args:
        model: Loaded, on its device.
        tokenizer: Its own.
        prompts: As tokens.
        ends: Tokens that end a reply.
        pad: The token that stands for none.
        max_tokens: Of a reply.
    """
    import torch
    from transformers import GenerationConfig

    model.eval()
    config = GenerationConfig(  # type: ignore[no-untyped-call]  # the library leaves it untyped
        max_new_tokens=max_tokens, do_sample=False, eos_token_id=sorted(ends), pad_token_id=pad
    )
    with torch.inference_mode():
        for prompt in prompts:
            given = torch.tensor([list(prompt)], device=model.device)
            written = model.generate(given, attention_mask=torch.ones_like(given), generation_config=config)
            yield str(tokenizer.decode(written[0, given.shape[1] :], skip_special_tokens=True)).strip()
