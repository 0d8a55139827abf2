"""Says what generating training data would take, before anything is asked or paid."""

import asyncio
from collections.abc import Iterator, Sequence

import click

from llm_engineering.application.datasets.generating import required_extracts
from llm_engineering.application.datasets.generator import GenerationEstimate
from llm_engineering.application.datasets.grouping import copy_groups
from llm_engineering.application.preprocess.cleaning import cleaned_documents
from llm_engineering.application.preprocess.query import raw_documents
from llm_engineering.infrastructure.datasets.generators import opened_generator
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from pipelines.parameters import GenerateDatasets
from tools.pipeline_start import PreparedRun
from tools.tables import print_table


def print_estimates(runs: Sequence[PreparedRun]) -> None:
    """Print an estimate for each run of `generate_datasets`; no step is run and no language model is asked.

    Raises:
        TwinError: The store, the language model or the prompts cannot be used, or there is nothing to make samples of.
    """
    for run in runs:
        parameters = run.configuration.parameters
        if isinstance(parameters, GenerateDatasets):
            estimate = asyncio.run(_estimate(Settings(), parameters))
            rows = list(_rows(estimate))
            print_table(f"A data set of the kind {parameters.generation.kind} would take", ("what", "how much"), rows)
            click.echo()
    click.echo("Nothing was asked or run: this was a dry run.")


async def _estimate(settings: Settings, parameters: GenerateDatasets) -> GenerationEstimate:
    with opened_document_store(settings) as store:
        documents = cleaned_documents(raw_documents(store, parameters.author_full_names).items).items
        extracts = required_extracts(documents, parameters.generation, copy_groups(documents))
        async with opened_generator(settings, store, parameters.generation) as generator:
            return await generator.estimate(extracts.items)


def _rows(estimate: GenerationEstimate) -> Iterator[tuple[str, str]]:
    generator = estimate.generator
    yield "documents", f"{estimate.documents:,}"
    yield "extracts", f"{estimate.extracts:,}"
    yield "generator", f"{generator.provider} {generator.name}"
    yield "requests to a language model", f"{estimate.prompts:,}"
    if not estimate.prompts:
        yield "replies that earlier runs got", f"{estimate.from_store:,}"
        yield "leaves this machine", "nothing"
        yield "cost", "nothing"
        return
    yield "replies that earlier runs got", f"{estimate.from_store:,}"
    yield "tokens to read, about", f"{estimate.prompt_tokens:,}"
    yield "tokens to write, at most", f"{estimate.max_completion_tokens:,}"
    where = f"{estimate.sent_characters:,} characters, to {estimate.destination}"
    yield "leaves this machine", where if estimate.destination else "nothing: the model is on it"
    is_priced = estimate.cost is not None and estimate.max_cost is not None
    cost = f"about {estimate.cost:.4g}, at most {estimate.max_cost:.4g}" if is_priced else "unknown: set the prices"
    yield "cost", cost
