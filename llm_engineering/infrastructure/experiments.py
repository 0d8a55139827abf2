"""Opens the variants of an offline experiment on the live index of the settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from llm_engineering.application.experiments.configuration import OfflineExperiment
from llm_engineering.application.experiments.figures import VariantName
from llm_engineering.application.experiments.running import RunningVariant
from llm_engineering.application.experiments.variants import fingerprint
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.infrastructure.factory import opened_answerer, opened_catalog, reranker
from llm_engineering.settings import Settings

_PROMPTS = ("answer", "expand", "self_query")


@contextmanager
def opened_variants(settings: Settings, experiment: OfflineExperiment) -> Iterator[tuple[RunningVariant, ...]]:
    """Yield both variants, ready to answer at the same time from one open index.

    Raises:
        UnknownPromptError: A variant names a version of a prompt that does not exist.
        NoLiveIndexError: No index has been built yet.
        StoreLockedError: Another process has the embedded collection open.
        StoreUnavailableError: A store could not be reached or opened.
        UnusableRerankerError: A reranker that is configured is not to be had.
    """
    prompts = code_prompts()
    a, b = experiment.answering_of("A"), experiment.answering_of("B")
    used = {side: _prompts_used(prompts, experiment, side) for side in ("A", "B")}
    with opened_catalog(settings) as catalog:
        index = f"{catalog.location} {catalog.live()}"
    with opened_answerer(settings, a, prompts=prompts) as answerer:
        others = (index, str(experiment.passages))
        yield (
            RunningVariant("A", fingerprint(a, *others, *used["A"]), answerer, experiment.passages),
            RunningVariant(
                "B",
                fingerprint(b, *others, *used["B"]),
                answerer.changed(b, reranker(b.retrieval.reranking)),
                experiment.passages,
            ),
        )


def _prompts_used(prompts: PromptSource, experiment: OfflineExperiment, side: VariantName) -> tuple[str, ...]:
    """Return the hashes of the prompts of a variant: with another text its answers are others."""
    versions = experiment.answering_of(side).prompts
    return tuple(prompts.prompt(name, getattr(versions, name)).reference.content_hash for name in _PROMPTS)
