"""Questions that a language model writes about passages, of which only those are kept that pass the checks."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import Field, ValidationError

from llm_engineering.application.evaluate.candidates import Candidate, answer, dropped
from llm_engineering.application.evaluate.choosing import evenly
from llm_engineering.application.evaluate.excerpts import Excerpt, paragraphs
from llm_engineering.application.evaluate.golden import Authorship, QuestionKind, WritingFigures
from llm_engineering.application.evaluate.likeness import LikeExcerpts
from llm_engineering.application.evaluate.phrases import MAX_PLACES
from llm_engineering.application.evaluate.written_checks import QuestionChecks, WrittenReply, as_it_stands
from llm_engineering.application.language_models.port import (
    BrokenReplyError,
    BudgetSpentError,
    LanguageModel,
    LanguageModelError,
)
from llm_engineering.application.prompts.source import GoldenQuestionInputs, Prompt, PromptSource
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.language_models import Completion, ModelRequest, TokenUsage
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Dropped

PROMPT: Final = "golden_question"
MIN_PASSAGE_WORDS: Final = 30
MAX_PASSAGE_WORDS: Final = 400
_ASKED_PER_QUESTION: Final = 2
"""Passages that are asked about at most for each question that is wanted: where more fail, the model is unfit."""
_OUTPUT_TOKENS: Final = 400


class Writing(FrozenModel):
    """How a language model is asked for questions."""

    concurrency: int = Field(default=4, ge=1, le=64)
    """Passages that it is asked about at the same time."""
    prompt_version: str | None = None
    """Version of the prompt "golden_question"; None: the current one."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph that a question can be asked about."""

    source: Excerpt
    alike: tuple[Excerpt, ...]
    """The paragraphs that say nearly the same, itself among them."""

    @property
    def text(self) -> str:
        """What stands there."""
        return self.source.text


@dataclass(frozen=True, slots=True)
class WrittenQuestions:
    """What a language model made of the passages."""

    found: tuple[Candidate | Dropped, ...] = ()
    figures: WritingFigures | None = None
    """None if none was asked."""


def passages(documents: Iterable[CleanedDocument]) -> Iterator[Passage]:
    """Yield the paragraphs of 30 to 400 words; of those that say nearly the same one, and none that stands often."""
    found = [paragraph for document in documents for paragraph in paragraphs(document)]
    like = LikeExcerpts(found)
    for paragraph in found:
        if MIN_PASSAGE_WORDS <= like.words(paragraph) <= MAX_PASSAGE_WORDS:
            alike = like.like(paragraph)
            if alike[0] == paragraph and len(alike) <= MAX_PLACES:
                yield Passage(paragraph, alike)


@dataclass(slots=True)
class _Progress:
    """What has come of the passages so far."""

    found: dict[int, Candidate | Dropped] = field(default_factory=dict)
    """By the place of the passage in the order of asking."""
    completions: list[Completion] = field(default_factory=list)
    out_of_budget: BudgetSpentError | None = None


@dataclass(frozen=True, slots=True)
class QuestionWriter:
    """Asks a language model for questions; not one that only quotes."""

    model: LanguageModel
    prompts: PromptSource
    checks: QuestionChecks
    writing: Writing
    on_planned: Callable[[int], None] = lambda _: None
    """Called with how many passages will be asked about, each time that some are."""
    on_progress: Callable[[int], None] = lambda _: None
    """Called with 1 after each."""

    async def questions(self, documents: Sequence[CleanedDocument], count: int, seed: int) -> WrittenQuestions:
        """Return at most so many questions, spread evenly over the documents, and why the other replies are none.

        As many passages are asked about as questions are missing, then as many as still are, at most twice as many as
        wanted in all. A model that does not answer at all is not asked on. What was written before the budget was spent
        is kept.

        Args:
            documents: Prose, in any fixed order.
            count: How many questions are wanted.
            seed: Decides which passages are asked about.

        Raises:
            UnknownPromptError: There is no prompt of the version.
        """
        suitable = list(passages(documents))
        waiting = evenly(suitable, count * _ASKED_PER_QUESTION, seed)
        prompt = await asyncio.to_thread(self.prompts.prompt, PROMPT, self.writing.prompt_version)
        progress, asked, missing = _Progress(), 0, count
        while waiting[asked:] and missing and progress.out_of_budget is None:
            answered_before = len(progress.completions)
            some = waiting[asked : asked + missing]
            await self._ask(prompt, some, asked, progress)
            asked += len(some)
            found = _each_once(progress.found[place] for place in sorted(progress.found))
            missing = count - sum(isinstance(each, Candidate) for each in found)
            if len(progress.completions) == answered_before:
                break
        return WrittenQuestions(
            tuple(_each_once(progress.found[place] for place in sorted(progress.found))),
            self._figures(prompt, progress, passages=len(suitable)),
        )

    async def _ask(self, prompt: Prompt, some: Sequence[Passage], first: int, progress: _Progress) -> None:
        """Ask about some passages, of which the first has a place in the order of asking."""
        waiting = iter(enumerate(some, start=first))

        async def work() -> None:
            for place, passage in waiting:
                progress.found[place] = await self._question(prompt, passage, progress)
                self.on_progress(1)

        self.on_planned(len(some))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self.writing.concurrency):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors

    async def _question(self, prompt: Prompt, passage: Passage, progress: _Progress) -> Candidate | Dropped:
        if progress.out_of_budget is not None:
            return _dropped(passage, "budget_spent", str(progress.out_of_budget))
        try:
            completion = await self.model.completion(self._request(prompt, passage))
        except BudgetSpentError as error:
            progress.out_of_budget = error
            return _dropped(passage, "budget_spent", str(error))
        except LanguageModelError as error:
            reason = "broken_reply" if isinstance(error, BrokenReplyError) else "model_failed"
            return _dropped(passage, reason, f"{type(error).__name__}: {error}")
        progress.completions.append(completion)
        return self._checked(completion.text, passage, prompt)

    def _request(self, prompt: Prompt, passage: Passage) -> ModelRequest:
        reference = prompt.reference
        inputs = GoldenQuestionInputs(
            passage=passage.text,
            title=passage.source.document.provenance.title,
            heading=passage.source.heading,
            language=self.checks.passage_language(passage.source),
        )
        return ModelRequest(
            messages=prompt.rendered(inputs).messages,
            max_output_tokens=_OUTPUT_TOKENS,
            json_schema=WrittenReply.model_json_schema(),
            purpose=f"{reference.name} {reference.version}",
        )

    def _checked(self, text: str, passage: Passage, prompt: Prompt) -> Candidate | Dropped:
        try:
            reply = WrittenReply.model_validate_json(text)
        except ValidationError as error:
            return _dropped(passage, "broken_reply", f"The reply cannot be read: {error.errors()[0]['msg']}.")
        fault = self.checks.fault(reply, passage.source)
        quote = as_it_stands(reply.answer, passage.text)
        if fault is not None or quote is None:
            reason, detail = (fault.reason, fault.detail) if fault else ("answer_not_in_passage", reply.answer)
            return dropped(QuestionKind.WRITTEN, reply.question or passage.text, reason, detail, passage.source)
        return Candidate(
            QuestionKind.WRITTEN,
            reply.question.strip(),
            passage.source,
            (answer(passage.alike),),
            Authorship(model=self.model.identity, prompt=prompt.reference, quote=quote),
        )

    def _figures(self, prompt: Prompt, progress: _Progress, *, passages: int) -> WritingFigures:
        costs = [each.cost for each in progress.completions if each.cost is not None]
        return WritingFigures(
            model=self.model.identity,
            prompt=prompt.reference,
            passages=passages,
            replies=len(progress.completions),
            usage=sum((each.usage for each in progress.completions), start=TokenUsage()),
            cost=sum(costs) if costs else None,
        )


def _each_once(found: Iterable[Candidate | Dropped]) -> Iterator[Candidate | Dropped]:
    """Yield what was found, where a question that was asked before about another passage is dropped."""
    known: set[str] = set()
    for each in found:
        if isinstance(each, Candidate):
            words = " ".join(each.text.casefold().split())
            if words in known:
                detail = "It was asked about another passage too."
                yield dropped(QuestionKind.WRITTEN, each.text, "ambiguous", detail, each.source)
                continue
            known.add(words)
        yield each


def _dropped(passage: Passage, reason: str, detail: str) -> Dropped:
    return dropped(QuestionKind.WRITTEN, passage.text[:80], reason, detail, passage.source)
