"""What the placeholders of a template stand for: the inputs of its prompt, made safe.

A template that is written outside of the code is only text with placeholders. What it is filled with are texts that are
made here, from the same inputs that the functions of the code take, so a template cannot reach anything else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from llm_engineering.application.prompts.golden_question import passage_block, question_language
from llm_engineering.application.prompts.judge import answer_block
from llm_engineering.application.prompts.languages import language_name
from llm_engineering.application.prompts.pieces import passages_block, question_block
from llm_engineering.application.prompts.samples import extract_block, extract_place, sample_language
from llm_engineering.application.prompts.source import (
    AnswerInputs,
    ExpandInputs,
    GoldenQuestionInputs,
    GradeInputs,
    JudgeInputs,
    PromptInputs,
    SampleInputs,
    SelfQueryInputs,
    SummarizeChunkInputs,
    SummarizeDocumentInputs,
)
from llm_engineering.application.prompts.summarize import partial_summaries_block, source_text_block
from llm_engineering.application.prompts.untrusted import escaped_line


@dataclass(frozen=True, slots=True)
class Filling:
    """What the templates of one prompt are filled with."""

    inputs_type: type[PromptInputs]
    values: Callable[[Any], dict[str, str]]
    """The text of each placeholder; pure, and part of the hash of each template."""
    placeholders: frozenset[str]
    """The names of all of them."""
    required: frozenset[str]
    """Those without which a template would not do what its prompt is for."""


def answer_values(inputs: AnswerInputs) -> dict[str, str]:
    """Return passages and question between their tags, and sentences about voice and language."""
    author = escaped_line(inputs.author or "")
    return {
        "passages": passages_block(inputs.passages),
        "question": question_block(inputs.question),
        "author": author,
        "voice": f"Write as {author} does in the passages, in the first person." if author else "",
        "language": language_name(inputs.language) if inputs.language else "the language of the question",
    }


def expand_values(inputs: ExpandInputs) -> dict[str, str]:
    """Return the question between its tags, and how many rewordings are wanted."""
    return {"question": question_block(inputs.question), "count": str(inputs.count)}


def golden_question_values(inputs: GoldenQuestionInputs) -> dict[str, str]:
    """Return the passage between its tags, and where it stands."""
    return {
        "passage": passage_block(inputs.passage),
        "title": escaped_line(inputs.title),
        "heading": escaped_line(inputs.heading),
        "language": question_language(inputs.language),
    }


def self_query_values(inputs: SelfQueryInputs) -> dict[str, str]:
    """Return the question between its tags, the authors line by line, and the date."""
    return {
        "question": question_block(inputs.question),
        "authors": "\n".join(f"- {escaped_line(author)}" for author in inputs.authors) or "(none)",
        "today": escaped_line(inputs.today),
    }


def sample_values(inputs: SampleInputs) -> dict[str, str]:
    """Return the extract between its tags, and what is wanted of it."""
    return {
        "extract": extract_block(inputs.extract),
        "place": extract_place(inputs),
        "author": escaped_line(inputs.author),
        "count": str(inputs.count),
        "language": sample_language(inputs.language),
    }


def judge_values(inputs: JudgeInputs) -> dict[str, str]:
    """Return question and answers between their tags, and whose style is wanted."""
    return {
        "question": question_block(inputs.question),
        "first": answer_block("first", inputs.first),
        "second": answer_block("second", inputs.second),
        "author": escaped_line(inputs.author or ""),
    }


def grade_values(inputs: GradeInputs) -> dict[str, str]:
    """Return question and answers between their tags, and whose style is wanted."""
    return {
        "question": question_block(inputs.question),
        "answer": answer_block("graded", inputs.answer),
        "reference": "" if inputs.reference is None else answer_block("reference", inputs.reference),
        "author": escaped_line(inputs.author or ""),
    }


def summarize_chunk_values(inputs: SummarizeChunkInputs) -> dict[str, str]:
    """Return the text between its tags, and where it stands."""
    return {
        "text": source_text_block(inputs.text),
        "title": escaped_line(inputs.title),
        "part": str(inputs.part),
        "parts": str(inputs.parts),
        "max_words": str(inputs.max_words),
        "language": language_name(inputs.language) if inputs.language else "the language of the text",
    }


def summarize_document_values(inputs: SummarizeDocumentInputs) -> dict[str, str]:
    """Return the summaries between their tags, and what is wanted of them."""
    return {
        "summaries": partial_summaries_block(inputs.summaries),
        "title": escaped_line(inputs.title),
        "max_words": str(inputs.max_words),
        "language": language_name(inputs.language) if inputs.language else "the language of the summaries",
    }


SAMPLE_PLACEHOLDERS: Final = frozenset({"extract", "place", "author", "count", "language"})

FILLINGS: Final[Mapping[str, Filling]] = MappingProxyType({
    "answer": Filling(
        AnswerInputs,
        answer_values,
        frozenset({"passages", "question", "author", "voice", "language"}),
        frozenset({"passages", "question"}),
    ),
    "expand": Filling(ExpandInputs, expand_values, frozenset({"question", "count"}), frozenset({"question"})),
    "golden_question": Filling(
        GoldenQuestionInputs,
        golden_question_values,
        frozenset({"passage", "title", "heading", "language"}),
        frozenset({"passage"}),
    ),
    "self_query": Filling(
        SelfQueryInputs,
        self_query_values,
        frozenset({"question", "authors", "today"}),
        frozenset({"question", "authors", "today"}),
    ),
    "instruct_samples": Filling(SampleInputs, sample_values, SAMPLE_PLACEHOLDERS, frozenset({"extract"})),
    "preference_samples": Filling(SampleInputs, sample_values, SAMPLE_PLACEHOLDERS, frozenset({"extract"})),
    "judge": Filling(
        JudgeInputs,
        judge_values,
        frozenset({"question", "first", "second", "author"}),
        frozenset({"question", "first", "second"}),
    ),
    "grade": Filling(
        GradeInputs,
        grade_values,
        frozenset({"question", "answer", "reference", "author"}),
        frozenset({"question", "answer"}),
    ),
    "summarize_chunk": Filling(
        SummarizeChunkInputs,
        summarize_chunk_values,
        frozenset({"text", "title", "part", "parts", "max_words", "language"}),
        frozenset({"text"}),
    ),
    "summarize_document": Filling(
        SummarizeDocumentInputs,
        summarize_document_values,
        frozenset({"summaries", "title", "max_words", "language"}),
        frozenset({"summaries"}),
    ),
})
"""By the name of the prompt."""
