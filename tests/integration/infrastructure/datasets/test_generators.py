"""Which generator the settings and a configuration give, and what the settings limit."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm_engineering.application.datasets.generating import (
    GeneratedSamples,
    NoExtractsError,
    TooManyFailedError,
    generated_samples,
    required_replies,
)
from llm_engineering.application.datasets.generation import Generation, GeneratorChoice
from llm_engineering.domain.documents import Category
from llm_engineering.domain.samples import SampleKind
from llm_engineering.infrastructure.datasets.generators import NoLanguageModelError, opened_generator
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from tests.support.datasets import document, good_reply
from tests.support.openai_stub import Asked, OpenAIStub, Reply, openai_stub

pytestmark = pytest.mark.integration

DOCUMENTS = (
    document("## Cards\n\nThe cards say what to do.", "one"),
    document("## Mill\n\nThe mill reckons with numbers.", "two"),
    document("Shipped it today 🚀", "three", category=Category.POSTS, title=""),
)


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIStub]:
    def said(asked: Asked) -> Reply:
        text = asked.body["messages"][-1]["content"].partition("<source_text>\n")[2].partition("\n</source")[0]
        return Reply(good_reply(SampleKind.INSTRUCT, text))

    with openai_stub() as stub:
        stub.rule = said
        monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
        monkeypatch.setenv("OPENAI_MODEL_ID", "tide-1")
        yield stub


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path))


async def _made(generation: Generation) -> GeneratedSamples:
    settings = Settings()
    with opened_document_store(settings) as store:
        async with opened_generator(settings, store, generation) as generator:
            return await generated_samples(DOCUMENTS, generation, generator)


def made(generator: GeneratorChoice = GeneratorChoice.AUTO, **changes: tuple[Category, ...]) -> GeneratedSamples:
    generation = Generation.model_validate({"kind": SampleKind.INSTRUCT, "generator": generator, **changes})
    return asyncio.run(_made(generation))


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize(
    ("choice", "provider"),
    [
        (GeneratorChoice.AUTO, "openai"),
        (GeneratorChoice.LANGUAGE_MODEL, "openai"),
        (GeneratorChoice.TEMPLATES, "templates"),
    ],
)
def test_a_language_model_that_is_set_writes_unless_templates_are_named(choice: GeneratorChoice, provider: str) -> None:
    assert made(choice).generator.provider == provider


def test_without_a_language_model_templates_write() -> None:
    samples = made()

    assert samples.generator.provider == "templates"
    assert [sample.answers[0] for sample in samples.items] == [
        "The cards say what to do.", "Shipped it today 🚀", "The mill reckons with numbers.",
    ]  # fmt: skip
    assert {sample.provenance.contract_hash for sample in samples.items if sample.provenance} == {samples.contract_hash}


def test_a_language_model_that_is_demanded_has_to_be_set() -> None:
    with pytest.raises(NoLanguageModelError, match="no language model is set"):
        made(GeneratorChoice.LANGUAGE_MODEL)


def test_documents_of_other_categories_are_counted() -> None:
    assert made(categories=(Category.POSTS,)).dropped_by_reason == {"other_category": 2}
    with pytest.raises(NoExtractsError, match=r"3 documents give no extract \(other_category 3\)"):
        made(categories=(Category.REPOSITORIES,))


def test_replies_lie_in_the_data_folder_and_are_used_again(stub: OpenAIStub, tmp_path: Path) -> None:
    first, second = made(), made()

    assert len(stub.requests) == 3
    assert first.items == second.items
    assert second.use is not None
    assert (second.use.from_store, second.use.destination) == (3, None)
    assert (tmp_path / "dataset_replies.sqlite3").is_file()


def test_the_budget_is_hard(stub: OpenAIStub, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"PROMPT_PRICE": "1", "COMPLETION_PRICE": "1", "BUDGET": "0.0001"}.items():
        monkeypatch.setenv(f"LANGUAGE_MODEL_{name}", value)
    samples = made()

    assert stub.requests == []
    assert samples.failed_requests == {"budget_spent": 3}
    with pytest.raises(TooManyFailedError, match=r"Of 3 requests .* 3 brought nothing \(budget_spent 3\)"):
        required_replies(samples, 0.9)
    assert required_replies(samples, 1.0) is samples


def test_both_sides_have_a_document() -> None:
    sides = {sample.split for sample in made().items}

    assert len(sides) == 2
