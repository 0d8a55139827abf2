"""Opens the variants of an offline experiment on the live index of the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from llm_engineering.application.experiments.configuration import OfflineExperiment
from llm_engineering.application.experiments.figures import VariantName
from llm_engineering.application.experiments.judge import Judge
from llm_engineering.application.experiments.judging import Judging
from llm_engineering.application.experiments.running import RunningVariant
from llm_engineering.application.experiments.variants import fingerprint
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.answering import opened_answerer
from llm_engineering.infrastructure.factory import (
    language_model,
    opened_catalog,
    opened_document_store,
    prompt_source,
    reranker,
)
from llm_engineering.infrastructure.language_models.building import provider
from llm_engineering.settings import LanguageModelProvider, Settings

_MODEL_NAMES: Final[dict[LanguageModelProvider, str]] = {
    LanguageModelProvider.OPENAI: "openai_model_id",
    LanguageModelProvider.TRANSFORMERS: "hf_model_id",
}
"""The setting that names the model of each provider."""
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


class NoJudgeModelError(InvalidInputError):
    """There is no language model that could judge."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"No language model can judge: {reason}.",
            remedy="Set a language model (docs/language-models.md), or take `judge` out of the configuration.",
        )


@asynccontextmanager
async def opened_judge(
    settings: Settings, judging: Judging, author: str | None, documents: DocumentStore
) -> AsyncIterator[Judge]:
    """Yield a judge: the model of the settings, or another one of the same provider.

    Args:
        settings: Of the language model. Its prices count for the judge, too.
        judging: How it judges, and which model.
        author: Whose style is wanted.
        documents: Where prompts may be stored.

    Raises:
        NoJudgeModelError: The settings have no language model.
        UnknownPromptError: There is no such version of the prompt "judge".
        InvalidInputError: The settings of the language model contradict each other, or one is missing.
    """
    prompts = prompt_source(settings, documents)
    prompt = prompts.prompt("judge", judging.prompt)
    kind = provider(settings)
    if kind is LanguageModelProvider.EXTRACTIVE:
        raise NoJudgeModelError("none is set, and passages are quoted")
    changes = {} if judging.model is None else model_changes(kind, judging.model)
    model = language_model(settings.model_copy(update=changes), prompts)
    try:
        yield Judge(model=model, prompt=prompt, judging=judging, author=author)
    finally:
        await model.close()


def model_changes(kind: LanguageModelProvider, name: str) -> dict[str, str | None]:
    """Return the settings by which another model of the same provider is asked.

    Args:
        kind: The provider.
        name: Of the model; for SageMaker the endpoint or, if its model is an inference component, "endpoint/component".
    """
    if kind is not LanguageModelProvider.SAGEMAKER:
        return {_MODEL_NAMES[kind]: name}
    endpoint, _, component = name.partition("/")
    return {"sagemaker_endpoint_inference": endpoint, "sagemaker_component_inference": component or None}


def _prompt_hashes(prompts: PromptSource, experiment: OfflineExperiment, variant: VariantName) -> tuple[str, ...]:
    """Return the hashes of the prompts of a variant."""
    versions = experiment.answering_of(variant).prompts
    return tuple(prompts.prompt(name, getattr(versions, name)).reference.content_hash for name in _PROMPTS)
