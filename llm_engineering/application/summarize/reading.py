"""The beginning of the dataflow to a summary, as a Hamilton module: each function is a node named after its value.

`writing` or `quoting` is its other half. Inputs of all are `source` (`SourceText`), `tokenizer`, `summarizing`
(`Summarizing`); writing also takes `prompts` and `language_model`, quoting `terms`.
"""

from llm_engineering.application.ports import Tokenizer
from llm_engineering.application.preprocess.cleaning import cleaned_text
from llm_engineering.application.summarize.cutting import document_parts
from llm_engineering.application.summarize.source_text import DocumentPart, NothingToSummarizeError, SourceText
from llm_engineering.application.summarize.summary import Summarizing


def cleaned(source: SourceText) -> str:
    """Return the text without noise.

    Raises:
        NothingToSummarizeError: No text is left.
    """
    text = cleaned_text(source.text)
    if not text.strip():
        raise NothingToSummarizeError(source.link)
    return text


def parts(cleaned: str, source: SourceText, tokenizer: Tokenizer, summarizing: Summarizing) -> tuple[DocumentPart, ...]:
    """Return the parts that are summarized one by one; together they are the whole text."""
    return document_parts(cleaned, tokenizer, max_tokens=summarizing.part_tokens, is_code=source.is_code)
