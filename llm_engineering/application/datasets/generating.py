"""From documents to samples that know their side of the split."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter

from llm_engineering.application.datasets.extracts import Extracts, document_extracts
from llm_engineering.application.datasets.generation import Generation
from llm_engineering.application.datasets.generator import GenerationEstimate, ModelUse, SampleGenerator
from llm_engineering.application.datasets.grouping import Groups, copy_groups, inseparable_groups
from llm_engineering.application.datasets.splitting import document_sides, split_samples
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.outcomes import Batch, Figures, counts_by_source
from llm_engineering.domain.samples import InstructSample, PreferenceSample, Sample, SampleKind, Split

FAILED_REQUESTS: Final = frozenset({"broken_reply", "model_failed", "budget_spent", "no_reply"})
"""Reasons for which a request to a language model brought nothing, though it may at another time."""
_SAMPLES: Final[TypeAdapter[InstructSample | PreferenceSample]] = TypeAdapter(Sample)


class NoExtractsError(InvalidInputError):
    """No document gives anything that samples could be made of."""

    def __init__(self, extracts: Extracts) -> None:
        reasons = ", ".join(f"{reason} {count}" for reason, count in extracts.dropped_by_reason.items())
        super().__init__(
            f"{extracts.documents} documents give no extract ({reasons or 'there are none'}).",
            remedy="Collect some of the author's articles or posts first, or name other `categories`.",
        )
        self.extracts = extracts


class TooManyFailedError(TwinError):
    """Too many requests to the language model brought nothing; what it replied is kept."""

    def __init__(self, failed: Mapping[str, int], prompts: int, max_share: float) -> None:
        counts = ", ".join(f"{reason} {count}" for reason, count in failed.items())
        super().__init__(
            f"Of {prompts} requests to the language model {sum(failed.values())} brought nothing ({counts}); "
            f"`max_failed_share` allows for {max_share:.0%}.",
            remedy="Run it again: what was replied is kept and asks only for the rest. A spent budget has to be raised "
            "first (LANGUAGE_MODEL_BUDGET).",
        )
        self.failed = dict(failed)
        self.prompts = prompts


class GeneratedSamples(Batch[InstructSample | PreferenceSample]):
    """Samples before the gates, each with its side; dropped are documents, extracts and replies that give none."""

    kind: SampleKind
    generator: ModelIdentity
    contract_hash: str
    """`PromptContract.contract_hash` of the prompts that the model will be asked with."""
    documents: int
    """How many there were."""
    extracts: int
    groups: int
    """Of documents that the split must not part: copies, and those that share passages."""
    blocks: Mapping[str, int]
    """`Extracts.blocks`."""
    use: ModelUse | None = None
    """Of a language model; None: none was asked."""

    @classmethod
    def item(cls, record: dict[str, Any]) -> InstructSample | PreferenceSample:
        """Return the sample that `record` made a JSON object of."""
        return _SAMPLES.validate_python(record)

    @property
    def failed_requests(self) -> dict[str, int]:
        """How many requests to a language model brought nothing, by reason."""
        return {reason: count for reason, count in self.dropped_by_reason.items() if reason in FAILED_REQUESTS}

    @property
    def figures(self) -> Figures:
        """Samples and documents of both sides, what was dropped, and what the language model took."""
        sources = [sample.provenance.source for sample in self.items if sample.provenance]
        sides = Counter(sample.split for sample in self.items)
        return {
            "kind": self.kind.value,
            "generator": f"{self.generator.provider} {self.generator.name}",
            "documents": self.documents,
            "groups_of_documents": self.groups,
            "extracts": self.extracts,
            "samples": len(self.items),
            "train": sides[Split.TRAIN],
            "test": sides[Split.TEST],
            "dropped": self.dropped_by_reason,
            "blocks": dict(self.blocks),
            **_use_figures(self.use),
            **counts_by_source(sources),
        }


def _use_figures(use: ModelUse | None) -> Figures:
    if use is None:
        return {}
    return {
        "requests": use.prompts,
        "replies_kept_before": use.from_store,
        "sent_to": use.destination or "nobody: it is on this machine",
        "prompt_tokens": use.usage.prompt_tokens,
        "completion_tokens": use.usage.completion_tokens,
        **({"cost": use.cost} if use.cost is not None else {}),
    }


def required_extracts(documents: Sequence[CleanedDocument], generation: Generation, copies: Groups) -> Extracts:
    """Return the extracts that a run makes samples of.

    Args:
        documents: Cleaned, each once.
        generation: What is generated.
        copies: What `copy_groups` found among the documents.

    Raises:
        NoExtractsError: There is none.
    """
    extracts = document_extracts(documents, generation.extracts, copies, generation.categories)
    if not extracts.items:
        raise NoExtractsError(extracts)
    return extracts


async def generated_samples(
    documents: Sequence[CleanedDocument],
    generation: Generation,
    generator: SampleGenerator,
    *,
    on_planned: Callable[[GenerationEstimate], None] = lambda _: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> GeneratedSamples:
    """Return the samples of some documents, each with the side of its document.

    Documents that say nearly the same or share a passage are on one side, so that nothing of the test side was seen in
    training. The outcome depends on the documents and the generator only, not on their order.

    Args:
        documents: Cleaned, each once.
        generation: What is generated.
        generator: Makes the samples.
        on_planned: Told what generating will take, before it begins.
        on_progress: Called with how many more extracts are done.

    Raises:
        NoExtractsError: No document gives any.
        LanguageModelError: The language model does not answer any more.
    """
    copies = copy_groups(documents)
    extracts = required_extracts(documents, generation, copies)
    on_planned(await generator.estimate(extracts.items))
    made = await generator.generated(extracts.items, on_progress)
    groups = inseparable_groups(copies, extracts.items)
    sides = document_sides(groups, generation.test_share)
    return GeneratedSamples(
        kind=generation.kind,
        items=split_samples(made.samples, sides),
        dropped=(*extracts.dropped, *made.dropped),
        generator=generator.identity,
        contract_hash=generator.contract_hash,
        documents=extracts.documents,
        extracts=len(extracts.items),
        groups=len(set(groups.values())),
        blocks=extracts.blocks,
        use=made.use,
    )


def required_replies(samples: GeneratedSamples, max_failed_share: float) -> GeneratedSamples:
    """Return the samples if enough requests to a language model brought something.

    Raises:
        TooManyFailedError: They did not.
    """
    failed = samples.failed_requests
    if samples.use is not None and sum(failed.values()) > max_failed_share * samples.use.prompts:
        raise TooManyFailedError(failed, samples.use.prompts, max_failed_share)
    return samples
