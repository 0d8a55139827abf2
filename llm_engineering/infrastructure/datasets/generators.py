"""Builds what makes samples, as the settings and the configuration of a run say."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from llm_engineering.application.datasets.generation import Generation, GeneratorChoice
from llm_engineering.application.datasets.generator import SampleGenerator
from llm_engineering.application.datasets.model_generator import ModelGenerator, ModelTerms
from llm_engineering.application.datasets.template_generator import TemplateGenerator
from llm_engineering.application.ports import DocumentStore
from llm_engineering.application.prompts.contract import prompt_contract
from llm_engineering.application.prompts.source import PromptSource
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.datasets.sqlite_replies import REPLIES_FILE, SqliteReplies
from llm_engineering.infrastructure.factory import language_model, prompt_source, term_encoder
from llm_engineering.infrastructure.language_models.building import model_destination, model_prices, provider
from llm_engineering.infrastructure.languages import QuestionLanguage
from llm_engineering.settings import LanguageModelProvider, Settings


class NoLanguageModelError(InvalidInputError):
    """A language model is to write samples, and none is set."""

    def __init__(self) -> None:
        super().__init__(
            "`generator` is language_model, but no language model is set: the one that only quotes writes no samples.",
            remedy="Set one as docs/language-models.md says, e.g. OPENAI_API_KEY, or `generator: templates`.",
        )


@asynccontextmanager
async def opened_generator(
    settings: Settings, store: DocumentStore, generation: Generation
) -> AsyncIterator[SampleGenerator]:
    """Yield what makes the samples of a run.

    Args:
        settings: Which language model there is, and where replies are kept.
        store: Where prompts lie that are no code.
        generation: What is to be generated.

    Raises:
        NoLanguageModelError: A language model is demanded, and none is set.
        TwinError: The language model or the prompts cannot be used.
    """
    prompts = prompt_source(settings, store)
    has_model = provider(settings) is not LanguageModelProvider.EXTRACTIVE
    if generation.generator is GeneratorChoice.LANGUAGE_MODEL and not has_model:
        raise NoLanguageModelError
    if has_model and generation.generator is not GeneratorChoice.TEMPLATES:
        async with _opened_model_generator(settings, prompts, generation) as generator:
            yield generator
    else:
        yield TemplateGenerator(
            generation.kind, term_encoder(), QuestionLanguage(), prompt_contract(prompts).contract_hash
        )


@asynccontextmanager
async def _opened_model_generator(
    settings: Settings, prompts: PromptSource, generation: Generation
) -> AsyncIterator[SampleGenerator]:
    async with AsyncExitStack() as opened:
        model = language_model(settings, prompts)
        opened.push_async_callback(model.close)
        replies = SqliteReplies(settings.data_folder / REPLIES_FILE, timeout_seconds=settings.store_timeout_seconds)
        opened.push_async_callback(replies.close)
        yield ModelGenerator(
            kind=generation.kind,
            model=model,
            prompts=prompts,
            replies=replies,
            writing=generation.writing,
            language_of=QuestionLanguage(),
            contract_hash=prompt_contract(prompts).contract_hash,
            terms=ModelTerms(model_prices(settings), model_destination(settings)),
        )
