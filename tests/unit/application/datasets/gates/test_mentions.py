"""Instructions that speak of a text that nobody sees."""

import pytest

from llm_engineering.application.datasets.gates.mentions import mention
from llm_engineering.domain.samples import RejectionReason
from tests.support.gated import instruct


@pytest.mark.parametrize(
    "instruction",
    [
        "What does the text say about looms?",
        "Summarize the following passage.",
        "According to the extract, who built it?",
        "Which challenges are mentioned in this article?",
        "Explain the idea from the provided context.",
        "List the information given about cards.",
        "Name the steps described above.",
        "Was steht im Text über Webstühle?",
        "Que dit l'auteur dans le texte ?",
    ],
)
def test_a_mention_is_found(instruction: str) -> None:
    refused = mention(instruct(instruction=instruction))
    assert refused is not None
    assert refused.reason is RejectionReason.MENTIONS_EXTRACT
    assert "allowed are 0 mentions" in refused.detail


@pytest.mark.parametrize(
    "instruction",
    [
        "What is the context window of a model?",
        "How do you clean text before embedding?",
        "Explain the document store of this project.",
        "What does quality mean in the context of machine learning?",
        "How do I split documents into chunks?",
        "Write an article about looms.",
    ],
)
def test_speaking_of_texts_in_general_is_none(instruction: str) -> None:
    assert mention(instruct(instruction=instruction)) is None
