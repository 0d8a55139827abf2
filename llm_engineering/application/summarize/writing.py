"""A summary that a language model writes: parts are summarized side by side, then their summaries."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

from llm_engineering.application.language_models.port import BudgetSpentError, LanguageModel, LanguageModelError
from llm_engineering.application.ports import Tokenizer
from llm_engineering.application.prompts.source import (
    Prompt,
    PromptSource,
    SummarizeChunkInputs,
    SummarizeDocumentInputs,
)
from llm_engineering.application.summarize.source_text import DocumentPart, SourceText
from llm_engineering.application.summarize.summary import (
    JoinedSummaries,
    PartSummaries,
    PartSummary,
    Summarizing,
    Summary,
    SummaryKind,
    TooManyPartsFailedError,
)
from llm_engineering.domain.chunks import Span
from llm_engineering.domain.language_models import Completion, ModelRequest, TokenUsage
from llm_engineering.domain.outcomes import Dropped
from llm_engineering.domain.prompts import RenderedPrompt

_TOKENS_PER_WORD: Final = 3
"""Room for words that a tokenizer cuts into several tokens, and for Markdown."""
_MOST_ROUNDS: Final = 6
"""Summaries of summaries of summaries: 6 rounds shorten a text by about a million."""

T = TypeVar("T")
R = TypeVar("R")


async def part_summaries(
    parts: tuple[DocumentPart, ...],
    source: SourceText,
    summarizing: Summarizing,
    prompts: PromptSource,
    language_model: LanguageModel,
) -> PartSummaries:
    """Return the summary of each part; several are made at the same time, and one that fails costs that part only.

    Raises:
        BudgetSpentError: There is no budget for the rest.
        TooManyPartsFailedError: More parts failed than may.
    """
    prompt = await asyncio.to_thread(prompts.prompt, "summarize_chunk", summarizing.prompt_version)

    async def part_summary(part: DocumentPart) -> PartSummary | Dropped:
        inputs = SummarizeChunkInputs(
            text=part.text,
            title=source.title,
            part=part.number,
            parts=len(parts),
            max_words=summarizing.part_words,
            language=source.language,
        )
        request = _request(prompt.rendered(inputs), summarizing.part_words, summarizing)
        try:
            completion = await language_model.completion(request)
        except BudgetSpentError:
            raise
        except LanguageModelError as error:
            return _failed(source, part, error)
        return _summary_of(completion, part.number, part.heading_path, part.span)

    results = await _mapped(part_summary, parts, summarizing.concurrency)
    failed = tuple(each for each in results if isinstance(each, Dropped))
    if len(failed) == len(parts) or len(failed) > summarizing.max_failed_share * len(parts):
        raise TooManyPartsFailedError(len(failed), len(parts), summarizing.max_failed_share, failed[0])
    summaries = tuple(each for each in results if isinstance(each, PartSummary))
    return PartSummaries(items=summaries, failed=failed, prompt=prompt.reference)


async def joined_summaries(
    *,
    part_summaries: PartSummaries,
    source: SourceText,
    tokenizer: Tokenizer,
    summarizing: Summarizing,
    prompts: PromptSource,
    language_model: LanguageModel,
) -> JoinedSummaries:
    """Return summaries that together fit one prompt: neighbours of a long document are joined to one, round by round.

    They stay as they are where nothing can be joined. A failure here is raised.
    """
    prompt = await asyncio.to_thread(prompts.prompt, "summarize_document", summarizing.prompt_version)
    calls: list[Completion] = []

    async def joined(group: Sequence[PartSummary]) -> PartSummary:
        if len(group) == 1:
            return group[0]
        completion = await language_model.completion(_joining(group, prompt, source, summarizing))
        calls.append(completion)
        span = Span(start=group[0].span.start, end=group[-1].span.end)
        return _summary_of(completion, group[0].number, group[0].heading_path, span)

    summaries = part_summaries.items
    for _ in range(_MOST_ROUNDS):
        groups = _groups(summaries, tokenizer, summarizing.part_tokens)
        if len(groups) in {1, len(summaries)}:
            break
        summaries = tuple(await _mapped(joined, groups, summarizing.concurrency))
    return JoinedSummaries(
        items=summaries,
        usage=sum((call.usage for call in calls), start=TokenUsage()),
        cost=_sum(call.cost for call in calls),
    )


async def summary_prompt(
    joined_summaries: JoinedSummaries, source: SourceText, summarizing: Summarizing, prompts: PromptSource
) -> RenderedPrompt:
    """Return the messages that ask for the whole summary."""
    prompt = await asyncio.to_thread(prompts.prompt, "summarize_document", summarizing.prompt_version)
    return prompt.rendered(_document_inputs(joined_summaries.items, source, summarizing))


async def completion(
    summary_prompt: RenderedPrompt, summarizing: Summarizing, language_model: LanguageModel
) -> Completion:
    """Return what the model makes of it."""
    return await language_model.completion(_request(summary_prompt, summarizing.summary_words, summarizing))


def summary(
    *,
    completion: Completion,
    part_summaries: PartSummaries,
    joined_summaries: JoinedSummaries,
    summary_prompt: RenderedPrompt,
    source: SourceText,
    cleaned: str,
    language_model: LanguageModel,
) -> Summary:
    """Return the summary, with all that it was made of and what it cost."""
    calls: tuple[PartSummary | JoinedSummaries | Completion, ...] = (
        *part_summaries.items,
        joined_summaries,
        completion,
    )
    return Summary(
        title=source.title,
        link=source.link,
        kind=SummaryKind.WRITTEN,
        text=completion.text.strip(),
        parts=part_summaries.items,
        failed=part_summaries.failed,
        model=language_model.identity,
        prompts=tuple(each for each in (part_summaries.prompt, summary_prompt.reference) if each),
        usage=sum((each.usage for each in calls), start=TokenUsage()),
        cost=_sum(each.cost for each in calls),
        document_characters=len(cleaned),
    )


async def _mapped(function: Callable[[T], Awaitable[R]], items: Sequence[T], concurrency: int) -> list[R]:
    """Return the results in the order of the items; what is still under way is cancelled when one raises."""
    results: dict[int, R] = {}
    waiting = iter(enumerate(items))

    async def work() -> None:
        for place, item in waiting:
            results[place] = await function(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(work())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [results[place] for place in range(len(items))]


def _sum(costs: Iterable[float | None]) -> float | None:
    """Return the sum of the costs that are known; None if none is."""
    known = [cost for cost in costs if cost is not None]
    return sum(known) if known else None


def _groups(summaries: Sequence[PartSummary], tokenizer: Tokenizer, max_tokens: int) -> list[list[PartSummary]]:
    """Return the summaries in runs of neighbours of at most so many tokens; a longer one is a run of its own."""
    groups: list[list[PartSummary]] = []
    used = 0
    for summary in summaries:
        tokens = len(tokenizer.offsets(summary.text))
        if groups and used + tokens <= max_tokens:
            groups[-1].append(summary)
            used += tokens
        else:
            groups.append([summary])
            used = tokens
    return groups


def _document_inputs(
    summaries: Sequence[PartSummary], source: SourceText, summarizing: Summarizing
) -> SummarizeDocumentInputs:
    return SummarizeDocumentInputs(
        summaries=tuple(each.text for each in summaries),
        title=source.title,
        max_words=summarizing.summary_words,
        language=source.language,
    )


def _joining(
    group: Sequence[PartSummary], prompt: Prompt, source: SourceText, summarizing: Summarizing
) -> ModelRequest:
    return _request(
        prompt.rendered(_document_inputs(group, source, summarizing)), summarizing.summary_words, summarizing
    )


def _request(prompt: RenderedPrompt, words: int, summarizing: Summarizing) -> ModelRequest:
    return ModelRequest(
        messages=prompt.messages,
        max_output_tokens=words * _TOKENS_PER_WORD,
        temperature=summarizing.temperature,
    )


def _summary_of(completion: Completion, number: int, heading_path: tuple[str, ...], span: Span) -> PartSummary:
    return PartSummary(
        number=number,
        heading_path=heading_path,
        span=span,
        text=completion.text.strip(),
        usage=completion.usage,
        cost=completion.cost,
    )


def _failed(source: SourceText, part: DocumentPart, error: LanguageModelError) -> Dropped:
    return Dropped(item=f"{source.link}, part {part.number}", reason=type(error).__name__, detail=str(error))
