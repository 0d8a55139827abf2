"""Nodes of the dataflow that read the question: its language, where it says to look, and other ways to ask it."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final, Protocol

from pydantic import Field, ValidationError

from llm_engineering.application.answer.asking import Question
from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.answer.dataflow import when
from llm_engineering.application.answer.scopes import Scope, scope_by_rules
from llm_engineering.application.answer.threads import Threads
from llm_engineering.application.language_models.port import LanguageModel, LanguageModelError
from llm_engineering.application.preprocess.query import UnknownAuthorError
from llm_engineering.application.prompts.source import ExpandInputs, PromptSource, SelfQueryInputs
from llm_engineering.application.retrieve.passages import Retriever, asked_text
from llm_engineering.domain.authors import Author
from llm_engineering.domain.chunks import ChunkFilter
from llm_engineering.domain.documents import Category
from llm_engineering.domain.language_models import ModelRequest
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.prompts import RenderedPrompt

LanguageOf = Callable[[str], str | None]
"""Returns the language of a text as ISO 639-1, or None where it is too short to be sure."""
_REWRITING_TOKENS: Final = 300


class Authors(Protocol):
    """Who is known."""

    def all(self) -> tuple[Author, ...]:
        """Return all authors of the warehouse; may read a store."""
        ...


class Filters(FrozenModel):
    """Where is searched."""

    stated: ChunkFilter
    """What the question's fields say."""
    read: ChunkFilter
    """What its words say too; used first, and left out if it leaves nothing."""


class Queries(FrozenModel):
    """What is searched by, the question itself first."""

    texts: tuple[str, ...] = Field(min_length=1)
    notes: tuple[str, ...] = ()


class StatedScope(FrozenModel):
    """What a language model says about where a question looks."""

    author: str | None = None
    category: Category | None = None
    platform: str | None = None
    language: str | None = None
    since: date | None = None
    until: date | None = None


class StatedQueries(FrozenModel):
    """Other ways to ask, in the words of a language model."""

    questions: tuple[str, ...]


def query(question: Question) -> str:
    """Return the words of the question."""
    return asked_text(question.query)


def language(query: str, language_of: LanguageOf) -> str | None:
    """Return the language of the question, None if that is not sure."""
    return language_of(query)


async def known_authors(authors: Authors, threads: Threads) -> tuple[Author, ...]:
    """Return all authors who can be meant."""
    return await threads.result(authors.all)


@when(query_rewriting="rules")
def scope__rules(query: str, known_authors: tuple[Author, ...], today: date) -> Scope:
    """Return where the words of the question say to look, by rules."""
    return scope_by_rules(query, known_authors, today)


@when(query_rewriting="model")
async def scope__model(
    *,
    query: str,
    known_authors: tuple[Author, ...],
    today: date,
    prompts: PromptSource,
    model: LanguageModel,
    threads: Threads,
    answering: Answering,
) -> Scope:
    """Return where the words of the question say to look, as the model reads them; by rules where it fails."""
    by_rules = scope_by_rules(query, known_authors, today)
    names = tuple(author.full_name for author in known_authors)
    inputs = SelfQueryInputs(question=query, authors=names, today=today.isoformat())
    prompt = await threads.result(_rendered, prompts, "self_query", answering.prompts.self_query, inputs)
    try:
        stated = StatedScope.model_validate_json(await _stated(model, prompt, StatedScope))
    except (LanguageModelError, ValidationError) as error:
        return by_rules.model_copy(update={"notes": (*by_rules.notes, _unread("where to look", error))})
    author = next((each for each in known_authors if each.full_name == stated.author), None)
    return by_rules.model_copy(update={**stated.model_dump(exclude={"author"}), "author": author})


def filters(question: Question, scope: Scope, known_authors: tuple[Author, ...]) -> Filters:
    """Return where is searched; what the question's fields say wins over its words.

    Raises:
        InvalidAuthorNameError: The author that a field names is no full name.
        UnknownAuthorError: Nothing is stored of the author that a field names.
    """
    stated = ChunkFilter(
        author_id=_author_id(question.author, known_authors),
        category=question.category,
        platform=question.platform,
        language=question.language,
        published_since=question.since,
        published_until=question.until,
    )
    said: dict[str, Any] = {
        "author_id": scope.author.id if scope.author else None,
        "category": scope.category,
        "platform": scope.platform,
        "language": scope.language,
    }
    if question.since is None and question.until is None:
        said |= {"published_since": scope.since, "published_until": scope.until}
    added = {name: value for name, value in said.items() if value is not None and getattr(stated, name) is None}
    return Filters(stated=stated, read=stated.model_copy(update=added))


@when(query_rewriting="rules")
def queries__rules(query: str, scope: Scope, retriever: Retriever, answering: Answering) -> Queries:
    """Return the question, and the question without the words that only say where to look, if there are such."""
    return Queries(texts=_plain_queries(query, scope, retriever, answering))


@when(query_rewriting="model")
async def queries__model(
    *,
    query: str,
    scope: Scope,
    retriever: Retriever,
    prompts: PromptSource,
    model: LanguageModel,
    threads: Threads,
    answering: Answering,
) -> Queries:
    """Return the question and other ways to ask it, from the model; by rules where it fails."""
    plain = _plain_queries(query, scope, retriever, answering)
    if not answering.expansions:
        return Queries(texts=plain)
    inputs = ExpandInputs(question=query, count=answering.expansions)
    prompt = await threads.result(_rendered, prompts, "expand", answering.prompts.expand, inputs)
    try:
        stated = StatedQueries.model_validate_json(await _stated(model, prompt, StatedQueries))
    except (LanguageModelError, ValidationError) as error:
        return Queries(texts=plain, notes=(_unread("other ways to ask", error),))
    others = [text.strip() for text in stated.questions if any(map(str.isalnum, text))]
    return Queries(texts=tuple(dict.fromkeys([query, *others]))[: 1 + answering.expansions])


def _plain_queries(query: str, scope: Scope, retriever: Retriever, answering: Answering) -> tuple[str, ...]:
    is_other = scope.words != query and bool(retriever.encoder.stems(scope.words))
    return (query, scope.words) if is_other and answering.expansions else (query,)


def _author_id(full_name: str | None, known: tuple[Author, ...]) -> str | None:
    if full_name is None:
        return None
    asked = Author.from_full_name(full_name)
    # By name: an author who was imported keeps the id that he came with.
    found = next((author.id for author in known if author.full_name == asked.full_name), None)
    if found is None:
        raise UnknownAuthorError(asked.full_name, sorted(author.full_name for author in known))
    return found


def _rendered(
    prompts: PromptSource, name: str, version: str | None, inputs: SelfQueryInputs | ExpandInputs
) -> RenderedPrompt:
    return prompts.prompt(name, version).rendered(inputs)


async def _stated(model: LanguageModel, prompt: RenderedPrompt, form: type[FrozenModel]) -> str:
    request = ModelRequest(
        messages=prompt.messages, max_output_tokens=_REWRITING_TOKENS, json_schema=form.model_json_schema()
    )
    return (await model.completion(request)).text


def _unread(what: str, error: Exception) -> str:
    return f"The language model did not say {what} ({type(error).__name__}); rules were used in its place."
