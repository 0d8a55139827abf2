"""Opens the variants of an offline experiment on the live index of the settings."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.experiments.configuration import OfflineExperiment
from llm_engineering.application.experiments.judge import Judge
from llm_engineering.application.experiments.judging import Judging
from llm_engineering.application.experiments.running import RunningVariant
from llm_engineering.application.experiments.variants import fingerprint
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.language_models import ModelIdentity
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
    print_a, print_b = answering_fingerprints(settings, (a, b), model=model.identity, passages=experiment.passages)
    async with opened_answerer(settings, a, model=model) as answerer:
        other = answerer.changed(b, reranker(b.retrieval.reranking))
        yield (
            RunningVariant("A", print_a, answerer, experiment.passages),
            RunningVariant("B", print_b, other, experiment.passages),
        )


def answering_fingerprints(
    settings: Settings, answerings: Sequence[Answering], *, model: ModelIdentity, passages: int
) -> tuple[str, ...]:
    """Return a hash for each way to answer over all that its answers depend on: also the live index and the prompts.

    Raises:
        UnknownPromptError: One names a version of a prompt that does not exist.
        StoreUnavailableError: A store could not be reached or opened.
    """
    with opened_document_store(settings) as documents:
        prompts = prompt_source(settings, documents)
        hashes = [_prompt_hashes(prompts, each) for each in answerings]
    with opened_catalog(settings) as catalog:
        index = f"{catalog.location} {catalog.live()}"
    # With another index, model or prompt the answers would be others, though the variant sets the same.
    others = (index, model.model_dump_json(), str(passages))
    return tuple(fingerprint(each, *others, *own) for each, own in zip(answerings, hashes, strict=True))


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
    async with opened_judge_model(settings, judging, prompts) as model:
        yield Judge(model=model, prompt=prompt, judging=judging, author=author)


@asynccontextmanager
async def opened_judge_model(
    settings: Settings, judging: Judging, prompts: PromptSource
) -> AsyncIterator[LanguageModel]:
    """Yield the language model that judges.

    Raises:
        NoJudgeModelError: The settings have no language model.
        InvalidInputError: The settings of the language model contradict each other, or one is missing.
    """
    if provider(settings) is LanguageModelProvider.EXTRACTIVE:
        raise NoJudgeModelError("none is set, and passages are quoted")
    model = language_model(settings_with_model(settings, judging.model), prompts)
    try:
        yield model
    finally:
        await model.close()


def settings_with_model(settings: Settings, name: str | None) -> Settings:
    """Return the settings with another model of the same provider.

    Args:
        settings: Name the provider.
        name: Of the model; for SageMaker the endpoint or, if its model is an inference component, "endpoint/component".
            None: the model that is set.
    """
    if name is None:
        return settings
    kind = provider(settings)
    if kind is not LanguageModelProvider.SAGEMAKER:
        return settings.model_copy(update={_MODEL_NAMES[kind]: name})
    endpoint, _, component = name.partition("/")
    changes = {"sagemaker_endpoint_inference": endpoint, "sagemaker_component_inference": component or None}
    return settings.model_copy(update=changes)


def _prompt_hashes(prompts: PromptSource, answering: Answering) -> tuple[str, ...]:
    """Return the hashes of the prompts of a way to answer."""
    return tuple(prompts.prompt(name, getattr(answering.prompts, name)).reference.content_hash for name in _PROMPTS)
