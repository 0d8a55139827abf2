"""Builds what writes golden questions, as the settings say."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from llm_engineering.application.evaluate.making import Asking, Write
from llm_engineering.application.evaluate.written import QuestionWriter
from llm_engineering.application.evaluate.written_checks import QuestionChecks
from llm_engineering.infrastructure.factory import language_model, opened_document_store, prompt_source
from llm_engineering.infrastructure.languages import QuestionLanguage
from llm_engineering.settings import LanguageModelProvider, Settings


@contextmanager
def opened_writing(
    settings: Settings,
    asking: Asking,
    *,
    on_planned: Callable[[int], None] = lambda _: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Iterator[Write | None]:
    """Yield what has the language model of the settings write questions, or None if none is set or wanted.

    Args:
        settings: Which language model, and where prompts come from.
        asking: How many questions, and how the model is asked.
        on_planned: Called with how many passages will be asked about, each time that some are.
        on_progress: Called with 1 after each.

    Raises:
        TwinError: The language model or the prompts cannot be used.
    """
    if not asking.wants_written:
        yield None
        return
    with asyncio.Runner() as runner, opened_document_store(settings) as store:
        prompts = prompt_source(settings, store)
        model = language_model(settings, prompts)
        try:
            if model.identity.provider == LanguageModelProvider.EXTRACTIVE:
                yield None
                return
            writer = QuestionWriter(
                model,
                prompts,
                QuestionChecks(QuestionLanguage()),
                asking.writing,
                on_planned,
                on_progress,
            )
            yield lambda documents, count, seed: runner.run(writer.questions(documents, count, seed))
        finally:
            runner.run(model.close())
