"""Samples that a language model writes about extracts; each reply is kept as it arrives."""

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from pydantic import JsonValue

from llm_engineering.application.datasets.asking import Asking, Failure, Request
from llm_engineering.application.datasets.generation import Writing
from llm_engineering.application.datasets.generator import (
    Generated,
    GenerationEstimate,
    ModelUse,
    dropped_extract,
)
from llm_engineering.application.datasets.questions import LanguageOf, extract_language
from llm_engineering.application.datasets.replies import ReplyStore, request_key
from llm_engineering.application.datasets.reply_reading import (
    REPLY_TYPES,
    InstructPair,
    PreferenceTriple,
    read_reply,
)
from llm_engineering.application.language_models.metering import Prices, worst_usage
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.language_models.tokens import counted_tokens
from llm_engineering.application.prompts.source import Prompt, PromptSource, SampleInputs
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.language_models import Completion, ModelIdentity, ModelRequest, TokenUsage
from llm_engineering.domain.outcomes import Dropped
from llm_engineering.domain.samples import (
    Extract,
    InstructSample,
    PreferenceSample,
    Sample,
    SampleKind,
    SampleProvenance,
)

PROMPTS: Final = {SampleKind.INSTRUCT: "instruct_samples", SampleKind.PREFERENCE: "preference_samples"}


@dataclass(frozen=True, slots=True)
class ModelTerms:
    """On which terms a language model is asked."""

    prices: Prices | None = None
    destination: str | None = None
    """Host that texts go to; None if they stay on this machine."""


@dataclass(frozen=True)
class ModelGenerator:
    """Asks a language model for samples of each extract.

    Args:
        kind: What the samples teach.
        model: Metered, kept within the budget and tried again by what is around it; not one that only quotes.
        prompts: Where the prompt comes from.
        replies: Where replies are kept.
        writing: How the model is asked.
        language_of: Tells the language of a text.
        contract_hash: Of the prompts that the trained model will be asked with.
        terms: For estimates and reports.
    """

    kind: SampleKind
    model: LanguageModel
    prompts: PromptSource
    replies: ReplyStore
    writing: Writing
    language_of: LanguageOf
    contract_hash: str
    terms: ModelTerms = field(default_factory=ModelTerms)

    @property
    def identity(self) -> ModelIdentity:
        """The language model."""
        return self.model.identity

    async def estimate(self, extracts: Sequence[Extract]) -> GenerationEstimate:
        """Return requests, tokens and costs of what no earlier run has got a reply to.

        Raises:
            UnknownPromptError: There is no prompt of the version.
        """
        requests = self._requests(await self._prompt(), extracts)
        stored = await self.replies.replies([request.key for request in requests])
        waiting = [each.request for each in {each.key: each for each in requests}.values() if each.key not in stored]
        texts = [message.content for request in waiting for message in request.messages]
        expected = TokenUsage(
            prompt_tokens=sum(map(counted_tokens, texts)) * 4 // 3,
            completion_tokens=sum(request.max_output_tokens for request in waiting),
            is_estimated=True,
        )
        most = sum(map(worst_usage, waiting), TokenUsage())
        prices = self.terms.prices
        return GenerationEstimate(
            generator=self.identity,
            destination=self.terms.destination,
            documents=len({each.provenance.document_id for each in extracts}),
            extracts=len(extracts),
            prompts=len(waiting),
            from_store=sum(request.key in stored for request in requests),
            sent_characters=sum(map(len, texts)),
            prompt_tokens=expected.prompt_tokens,
            max_completion_tokens=expected.completion_tokens,
            cost=prices.cost(expected) if prices else None,
            max_cost=prices.cost(most) if prices else None,
        )

    async def generated(
        self, extracts: Sequence[Extract], on_progress: Callable[[int], None] = lambda _: None
    ) -> Generated:
        """Return the samples of the replies; extracts without a usable one are dropped.

        Raises:
            UnknownPromptError: There is no prompt of the version.
            ModelGoneError: The model does not answer any more, or answers nothing at all.
        """
        prompt = await self._prompt()
        requests = self._requests(prompt, extracts)
        asking = Asking(self.model, self.replies, self.kind, self.writing)
        outcomes = await asking.outcomes(requests, on_progress)
        found: list[Sample | Dropped] = []
        for request, outcome in zip(requests, outcomes, strict=True):
            if isinstance(outcome, Failure):
                found.append(dropped_extract(request.extract, outcome.reason, outcome.detail))
            else:
                found += self._of_reply(outcome, request.extract, prompt)
        completions = [outcome for outcome in outcomes if isinstance(outcome, Completion)]
        return Generated(
            samples=tuple(each for each in found if not isinstance(each, Dropped)),
            dropped=tuple(each for each in found if isinstance(each, Dropped)),
            use=self._use(completions, requests=len(requests), from_store=asking.from_store),
        )

    async def _prompt(self) -> Prompt:
        return await asyncio.to_thread(self.prompts.prompt, PROMPTS[self.kind], self.writing.prompt_version)

    def _requests(self, prompt: Prompt, extracts: Sequence[Extract]) -> list[Request]:
        return [self._request(prompt, extract) for extract in extracts]

    def _request(self, prompt: Prompt, extract: Extract) -> Request:
        source, reference = extract.provenance, prompt.reference
        inputs = SampleInputs(
            extract=extract.text,
            title=source.title,
            headings=extract.heading_path,
            author=source.author_full_name,
            count=self.writing.samples_per_extract,
            language=extract_language(extract, self.language_of),
        )
        request = ModelRequest(
            messages=prompt.rendered(inputs).messages,
            max_output_tokens=self.writing.max_output_tokens,
            temperature=self.writing.temperature,
            seed=self.writing.seed,
            json_schema=REPLY_TYPES[self.kind].model_json_schema(),
            purpose=f"{reference.name} {reference.version}",
        )
        return Request(extract, request, request_key(self.identity, request))

    def _of_reply(self, completion: Completion, extract: Extract, prompt: Prompt) -> list[Sample | Dropped]:
        read = read_reply(completion.text, self.kind)
        if read is None or not read.reply.samples:
            return [dropped_extract(extract, "nothing_to_ask", "The model found nothing that one would ask.")]
        items: Sequence[InstructPair | PreferenceTriple] = read.reply.samples
        return [self._sample(item, place, extract, prompt) for place, item in enumerate(items)]

    def _sample(
        self, item: InstructPair | PreferenceTriple, place: int, extract: Extract, prompt: Prompt
    ) -> Sample | Dropped:
        empty = [name for name, text in item.model_dump().items() if not text.strip()]
        if empty:
            return dropped_extract(extract, "incomplete", f"Sample {place + 1} of the reply has no {empty[0]}.")
        source = extract.provenance
        common = {
            "id": identifier(
                "sample", self.kind, self.identity.provider, self.identity.name, prompt.reference.content_hash,
                source.document_id, str(extract.start), extract.extract_hash, str(place),
            ),
            "instruction": item.instruction.strip(),
            "provenance": self._provenance(place, extract, prompt),
        }  # fmt: skip
        if isinstance(item, PreferenceTriple):
            chosen = as_the_author_has_it(item.chosen, extract.text) or item.chosen.strip()
            return PreferenceSample.model_validate({**common, "chosen": chosen, "rejected": item.rejected.strip()})
        return InstructSample.model_validate({**common, "answer": item.answer.strip()})

    def _provenance(self, place: int, extract: Extract, prompt: Prompt) -> SampleProvenance:
        parameters: dict[str, JsonValue] = {
            "place": place,
            "temperature": self.writing.temperature,
            "seed": self.writing.seed,
            "max_output_tokens": self.writing.max_output_tokens,
            "samples_per_extract": self.writing.samples_per_extract,
        }
        return SampleProvenance(
            source=extract.provenance,
            start=extract.start,
            end=extract.end,
            extract_hash=extract.extract_hash,
            generator=self.identity,
            prompt=prompt.reference,
            parameters=parameters,
            contract_hash=self.contract_hash,
        )

    def _use(self, completions: Sequence[Completion], *, requests: int, from_store: int) -> ModelUse:
        costs = [each.cost for each in completions if each.cost is not None]
        return ModelUse(
            model=self.identity,
            destination=self.terms.destination,
            prompts=requests,
            from_store=from_store,
            usage=sum((each.usage for each in completions), TokenUsage()),
            cost=sum(costs) if costs else None,
        )


def as_the_author_has_it(words: str, text: str) -> str | None:
    """Return the place of a text that has some words, with its own white space; None if they do not stand there.

    The prompt shows some signs as HTML character references, which a model may copy: they count as what they stand for.
    """
    for each in (words, unescape(words)):
        pattern = r"\s+".join(map(re.escape, each.split()))
        found = re.search(pattern, text) if pattern else None
        if found is not None:
            return found[0]
    return None
