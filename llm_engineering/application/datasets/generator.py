"""The port of what makes samples of extracts. The suite `tests/contracts/sample_generator.py` holds its adapters."""

from collections.abc import Callable, Sequence
from typing import Protocol

from llm_engineering.domain.language_models import ModelIdentity, TokenUsage
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Dropped
from llm_engineering.domain.samples import Extract, Sample


class ModelUse(FrozenModel):
    """What a language model was asked for."""

    model: ModelIdentity
    destination: str | None = None
    """Host that the extracts went to; None if they stayed on this machine."""
    prompts: int
    """Extracts that it was to be asked about."""
    from_store: int
    """Replies that an earlier run had paid for already."""
    usage: TokenUsage
    """Of all replies that were used, those of earlier runs included."""
    cost: float | None = None
    """Of the same; None if no prices are set."""


class Generated(FrozenModel):
    """What became of some extracts: each gave at least one sample, or was dropped with the reason."""

    samples: tuple[Sample, ...]
    """In the order of their extracts."""
    dropped: tuple[Dropped, ...] = ()
    """Extracts without a sample, and replies that hold none; each names its document and place."""
    use: ModelUse | None = None
    """None: no language model was asked."""


class GenerationEstimate(FrozenModel):
    """What generating will take, known before anything is asked."""

    generator: ModelIdentity
    destination: str | None = None
    """Host that the extracts will go to; None: nothing leaves this machine."""
    documents: int
    extracts: int
    prompts: int = 0
    """Requests to a language model: those that no earlier run has got a reply to."""
    from_store: int = 0
    """Requests that an earlier run has got a reply to; they cost nothing."""
    sent_characters: int = 0
    """Of the extracts and prompts that will be sent."""
    prompt_tokens: int = 0
    """About so many will be read: four for three words and signs."""
    max_completion_tokens: int = 0
    """So many will be written at most, if nothing has to be asked for again."""
    cost: float | None = None
    """In the currency of the prices, of these tokens; None if no prices are set."""
    max_cost: float | None = None
    """The same if every prompt were as long as it can be in tokens: what the budget reserves."""

    @property
    def sentence(self) -> str:
        """The estimate for people."""
        made_of = f"{self.extracts} extracts of {self.documents} documents, by {self.generator.name}"
        if not self.prompts:
            kept = f"; all {self.from_store} replies are there from earlier runs" if self.from_store else ""
            return f"{made_of}{kept}. Nothing leaves this machine and nothing is to be paid."
        where = f"to {self.destination}" if self.destination else "nowhere: the model is on this machine"
        cost = (
            "unknown, as no prices are set"
            if self.cost is None
            else f"about {self.cost:.4g}, at most {self.max_cost:.4g}"
        )
        return (
            f"{made_of}. {self.prompts} requests ({self.from_store} more have their reply from earlier runs), "
            f"about {self.prompt_tokens:,} tokens to read and at most {self.max_completion_tokens:,} to write; "
            f"{self.sent_characters:,} characters go {where}. Cost: {cost}."
        )


class SampleGenerator(Protocol):
    """Makes samples of one kind.

    The same extracts give the same samples in the same order, as far as a language model says the same again. Each
    sample names its extract, has an id of its own that follows from it, and no split yet.
    """

    @property
    def identity(self) -> ModelIdentity:
        """Who writes the samples."""
        ...

    @property
    def contract_hash(self) -> str:
        """`PromptContract.contract_hash` of the prompts that the trained model will be asked with."""
        ...

    async def estimate(self, extracts: Sequence[Extract]) -> GenerationEstimate:
        """Return what `generated` would take. Nothing is asked."""
        ...

    async def generated(
        self, extracts: Sequence[Extract], on_progress: Callable[[int], None] = lambda _: None
    ) -> Generated:
        """Return the samples of some extracts.

        Args:
            extracts: Each once.
            on_progress: Called with 1 after each extract.

        Raises:
            LanguageModelError: A language model cannot be used at all, or does not answer any more. What it answered
                before is kept where it keeps replies, so that another call goes on from there.
        """
        ...


def free_estimate(generator: ModelIdentity, extracts: Sequence[Extract]) -> GenerationEstimate:
    """Return the estimate of what asks nobody."""
    documents = {each.provenance.document_id for each in extracts}
    return GenerationEstimate(generator=generator, documents=len(documents), extracts=len(extracts))


def dropped_extract(extract: Extract, reason: str, detail: str) -> Dropped:
    """Return why an extract gives no sample."""
    return Dropped(item=f"{extract.provenance.link} [{extract.start}:{extract.end}]", reason=reason, detail=detail)
