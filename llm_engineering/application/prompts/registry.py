"""All prompts of the twin, and which version of each is current.

To change a prompt, copy its newest function under the next version, change the copy, add it here, and run
`poetry poe prompts lock`. The old version stays, so that what was made with it can be made again and compared.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from llm_engineering.application.prompts import (
    answer,
    expand,
    golden_question,
    grade,
    judge,
    samples,
    self_query,
    summarize,
)
from llm_engineering.application.prompts.code_prompts import CodePrompt, CodePrompts

PROMPTS: Final = (
    CodePrompt(answer.answer_v1, answer.SAMPLES),
    CodePrompt(answer.answer_v2, answer.SAMPLES),
    CodePrompt(expand.expand_v1, expand.SAMPLES),
    CodePrompt(golden_question.golden_question_v1, golden_question.SAMPLES),
    CodePrompt(grade.grade_v1, grade.SAMPLES),
    CodePrompt(samples.instruct_samples_v1, samples.SAMPLES),
    CodePrompt(judge.judge_v1, judge.SAMPLES),
    CodePrompt(samples.preference_samples_v1, samples.SAMPLES),
    CodePrompt(self_query.self_query_v1, self_query.SAMPLES),
    CodePrompt(summarize.summarize_chunk_v1, summarize.CHUNK_SAMPLES),
    CodePrompt(summarize.summarize_chunk_v2, summarize.CHUNK_SAMPLES),
    CodePrompt(summarize.summarize_document_v1, summarize.DOCUMENT_SAMPLES),
    CodePrompt(summarize.summarize_document_v2, summarize.DOCUMENT_SAMPLES),
)
CURRENT: Final[Mapping[str, str]] = MappingProxyType({
    "answer": "v1",
    "expand": "v1",
    "golden_question": "v1",
    "grade": "v1",
    "instruct_samples": "v1",
    "judge": "v1",
    "preference_samples": "v1",
    "self_query": "v1",
    "summarize_chunk": "v1",
    "summarize_document": "v1",
})


def code_prompts(versions: Mapping[str, str] | None = None) -> CodePrompts:
    """Return the prompts of the code.

    Args:
        versions: Versions that are current instead of those above, by name.

    Raises:
        UnknownPromptError: There is no such prompt or version.
    """
    return CodePrompts(PROMPTS, CURRENT, versions)
