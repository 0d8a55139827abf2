"""Samples as the rows that TRL's trainers read: tokens, so that no other template than ours is at work."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from llm_engineering.application.train.trainer import InstructTokens, PreferenceTokens, SampleTokens

if TYPE_CHECKING:
    from datasets import Dataset

IGNORED: Final = -100
"""Label of a token that has no part in the loss."""


def sft_row(sample: InstructTokens, *, answer_only: bool) -> dict[str, list[int]]:
    """Return the tokens of a sample with their labels; those of the prompt have none if only the answer counts."""
    prompt, answer = list(sample.prompt), list(sample.answer)
    return {"input_ids": prompt + answer, "labels": ([IGNORED] * len(prompt) if answer_only else prompt) + answer}


def dpo_row(sample: PreferenceTokens) -> dict[str, list[int]]:
    """Return the tokens of a sample; the loss is that of both answers."""
    return {
        "prompt_ids": list(sample.prompt),
        "chosen_ids": list(sample.chosen),
        "rejected_ids": list(sample.rejected),
    }


def token_rows(samples: Sequence[SampleTokens], *, answer_only: bool) -> "Dataset | None":
    """Return the rows of a side; None if it has no samples."""
    from datasets import Dataset

    rows: list[dict[str, Any]] = [
        sft_row(sample, answer_only=answer_only) if isinstance(sample, InstructTokens) else dpo_row(sample)
        for sample in samples
    ]
    return Dataset.from_list(rows) if rows else None
