"""Opens the variants of an offline experiment on the live index of the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from llm_engineering.application.experiments.configuration import OfflineExperiment
from llm_engineering.application.experiments.figures import VariantName
from llm_engineering.application.experiments.running import RunningVariant
from llm_engineering.application.experiments.variants import fingerprint
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.infrastructure.answering import opened_answerer
from llm_engineering.infrastructure.factory import opened_catalog, opened_document_store, prompt_source, reranker
from llm_engineering.settings import Settings

_PROMPTS: Final = ("answer", "expand", "self_query")


@asynccontextmanager
async def opened_variants(
    settings: Settings, experiment: OfflineExperiment, *, model: LanguageModel
) -> AsyncIterator[tuple[RunningVariant, ...]]:
    """Yield both variants, ready to answer at the same time from one open index.

    Args:
        settings: Of the stores and models.
        experiment: What is compared.
        model: Writes the answers of both; whoever made it closes it.

    Raises:
        UnknownPromptError: A variant names a version of a prompt that does not exist.
        NoLiveIndexError: No index has been built yet.
        StoreLockedError: Another process has the embedded collection open.
        StoreUnavailableError: A store could not be reached or opened.
        UnusableRerankerError: A reranker that is configured is not to be had.
    """
    a, b = experiment.answering_of("A"), experiment.answering_of("B")
    with opened_document_store(settings) as documents:
        prompts = prompt_source(settings, documents)
        hashes_a, hashes_b = _prompt_hashes(prompts, experiment, "A"), _prompt_hashes(prompts, experiment, "B")
    with opened_catalog(settings) as catalog:
        index = f"{catalog.location} {catalog.live()}"
    # With another index, model or prompt the answers would be others, though the variant sets the same.
    others = (index, model.identity.model_dump_json(), str(experiment.passages))
    async with opened_answerer(settings, a, model=model) as answerer:
        other = answerer.changed(b, reranker(b.retrieval.reranking))
        yield (
            RunningVariant("A", fingerprint(a, *others, *hashes_a), answerer, experiment.passages),
            RunningVariant("B", fingerprint(b, *others, *hashes_b), other, experiment.passages),
        )


def _prompt_hashes(prompts: PromptSource, experiment: OfflineExperiment, variant: VariantName) -> tuple[str, ...]:
    """Return the hashes of the prompts of a variant."""
    versions = experiment.answering_of(variant).prompts
    return tuple(prompts.prompt(name, getattr(versions, name)).reference.content_hash for name in _PROMPTS)
