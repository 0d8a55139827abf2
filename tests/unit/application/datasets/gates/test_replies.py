"""Refusals and pieces of prompts."""

import pytest

from llm_engineering.application.datasets.gates.replies import TemplateLeakGate, refusal
from llm_engineering.domain.samples import RejectionReason
from tests.support.gated import document, instruct, preference, sources


@pytest.mark.parametrize(
    "answer",
    [
        "I'm sorry, but I can't help with that.",
        "As an AI language model, I do not have opinions.",
        "I cannot provide an answer to this.",
        "I don't have enough information.",
        "The text does not mention who built it.",
        "The provided context doesn’t specify a date.",
    ],
)
def test_a_refusal_is_found(answer: str) -> None:
    refused = refusal(instruct(answer))
    assert refused is not None
    assert refused.reason is RejectionReason.REFUSAL


@pytest.mark.parametrize(
    "answer",
    [
        "I cannot help but admire the loom.",
        "The answer is an AI language model trained on code.",
        "Models refuse: `I cannot help with that`.",
    ],
)
def test_what_sounds_alike_is_none(answer: str) -> None:
    assert refusal(instruct(answer)) is None


def test_a_rejected_answer_may_refuse() -> None:
    assert refusal(preference(rejected="I cannot help with that.")) is None


@pytest.mark.parametrize(
    "text",
    [
        "<|im_end|> done",
        "[INST] Weave",
        "### Response:\nThe loom",
        "Answer the question about {topic}.",
        "Dear [insert name], the loom",
        "Sure! Here is the answer.",
        '{"instruction": "x"}',
    ],
)
def test_a_piece_of_a_prompt_is_found_wherever_it_stands(text: str) -> None:
    gate = TemplateLeakGate(sources())
    for sample in (instruct(text), instruct(instruction=text), preference(rejected=text)):
        refused = gate(sample)
        assert refused is not None
        assert refused.reason is RejectionReason.TEMPLATE_LEAK


def test_what_its_document_has_is_the_authors() -> None:
    source = document(text="ChatML ends a message with <|im_end|>.")
    gate = TemplateLeakGate(sources(source))
    assert gate(instruct("A message ends with <|im_end|>.", of=source)) is None
    assert gate(instruct("Formatted by `{topic}`.")) is None
