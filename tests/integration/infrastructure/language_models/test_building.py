"""The language model that settings ask for."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from llm_engineering.application.language_models.ledger import BudgetExceededError
from llm_engineering.application.language_models.port import LanguageModel
from llm_engineering.application.prompts.contract import (
    CONTRACT_FILE,
    contract_text,
    folder_chat_template,
    prompt_contract,
)
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.prompt_contracts import ContractMismatchError
from llm_engineering.infrastructure.factory import language_model
from llm_engineering.infrastructure.language_models.building import LanguageModelSettingsError
from llm_engineering.infrastructure.language_models.sqlite_ledger import SqliteCallLedger
from llm_engineering.settings import LanguageModelProvider, Settings
from tests.contracts.language_model import request
from tests.support.openai_stub import SAID, OpenAIStub, Reply, openai_stub
from tests.support.sagemaker_stub import sagemaker_stub

pytestmark = [pytest.mark.integration, pytest.mark.anyio]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def stub() -> Iterator[OpenAIStub]:
    with openai_stub() as stub:
        yield stub


def settings_of(folder: Path, **fields: Any) -> Settings:
    return Settings(data_folder=folder, **fields)


def model_of(settings: Settings) -> LanguageModel:
    return language_model(settings, code_prompts(settings.pinned_prompt_versions))


async def test_without_a_word_passages_are_quoted_and_nothing_is_written(tmp_path: Path) -> None:
    model = model_of(settings_of(tmp_path))
    completion = await model.completion(request())
    await model.close()

    assert model.identity == ModelIdentity(provider="extractive", name="quotes")
    assert completion.text == f"{request().evidence[0].text} [1]"
    assert list(tmp_path.iterdir()) == []


async def test_a_server_is_asked_again_and_each_try_is_in_the_ledger(tmp_path: Path, stub: OpenAIStub) -> None:
    stub.script(Reply(status=500), Reply(status=429, headers={"Retry-After": "0"}))
    model = model_of(
        settings_of(
            tmp_path,
            openai_base_url=stub.url,
            openai_model_id="tide-1",
            language_model_prompt_price=1.0,
            language_model_completion_price=2.0,
            language_model_budget=1.0,
        )
    )
    completion = await model.completion(request())
    await model.close()

    ledger = SqliteCallLedger(tmp_path / "model_calls.sqlite3", timeout_seconds=5)
    calls = await ledger.calls()
    await ledger.close()
    assert (completion.text, completion.cost) == (SAID, (33 * 1.0 + 8 * 2.0) / 1_000_000)
    assert [call.error for call in calls] == ["ModelFailedError", "ModelOverloadedError", None]
    assert {(call.destination, call.purpose) for call in calls} == {(None, "contract")}


async def test_a_budget_of_nothing_sends_nothing(tmp_path: Path, stub: OpenAIStub) -> None:
    model = model_of(
        settings_of(
            tmp_path,
            openai_base_url=stub.url,
            openai_model_id="tide-1",
            language_model_prompt_price=1.0,
            language_model_completion_price=2.0,
            language_model_budget=0.0,
        )
    )
    with pytest.raises(BudgetExceededError, match="Nothing was sent"):
        await model.completion(request())
    await model.close()

    assert stub.requests == []


async def test_a_folder_is_a_model(tmp_path: Path, tiny_chat_model: Path) -> None:
    model = model_of(settings_of(tmp_path, hf_model_id=str(tiny_chat_model)))
    completion = await model.completion(request())
    await model.close()

    assert model.identity == ModelIdentity(provider="transformers", name=tiny_chat_model.name)
    assert completion.cost is None


@pytest.fixture
def trained_folder(tmp_path: Path, tiny_chat_model: Path) -> Path:
    """Return the folder of a model that was trained with the prompt answer v1."""
    folder = tmp_path / "trained"
    shutil.copytree(tiny_chat_model, folder)
    trained_under = prompt_contract(code_prompts({"answer": "v1"}), chat_template=folder_chat_template(folder))
    (folder / CONTRACT_FILE).write_text(contract_text(trained_under), encoding="utf-8")
    return folder


async def test_a_model_that_was_trained_with_these_prompts_answers(tmp_path: Path, trained_folder: Path) -> None:
    model = model_of(settings_of(tmp_path, hf_model_id=str(trained_folder), prompt_versions="answer=v1"))
    completion = await model.completion(request())
    await model.close()

    assert completion.model == "trained"


def test_a_model_that_was_trained_with_other_prompts_is_refused(tmp_path: Path, trained_folder: Path) -> None:
    with pytest.raises(ContractMismatchError, match=r"trained .*prompt answer \(v1, .* before, v2, .* now\)") as caught:
        model_of(settings_of(tmp_path, hf_model_id=str(trained_folder), prompt_versions="answer=v2"))

    assert "ALLOW_OTHER_CONTRACT=true" in str(caught.value)


async def test_the_setting_lets_it_answer_all_the_same(tmp_path: Path, trained_folder: Path) -> None:
    fields = {"hf_model_id": str(trained_folder), "prompt_versions": "answer=v2", "allow_other_contract": True}
    model = model_of(settings_of(tmp_path, **fields))
    completion = await model.completion(request())
    await model.close()

    assert completion.model == "trained"


KEY = SecretStr("hunter2")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"openai_api_key": KEY, "hf_model_id": "m"}, "OPENAI_API_KEY for openai; HF_MODEL_ID for transformers"),
        ({"language_model_provider": LanguageModelProvider.OPENAI}, "OPENAI_API_KEY is not set"),
        ({"openai_base_url": "http://127.0.0.1:1/v1"}, r"OPENAI_MODEL_ID does not say .* http://127\.0\.0\.1:1/v1/models"),
        ({"language_model_provider": LanguageModelProvider.SAGEMAKER}, "names no endpoint"),
        ({"language_model_provider": LanguageModelProvider.TRANSFORMERS}, "HF_MODEL_ID names no model"),
        ({"openai_api_key": KEY, "language_model_budget": 5}, "BUDGET is 5, but .*PRICE and .*PRICE are not"),
        ({"openai_api_key": KEY, "language_model_prompt_price": 5}, "One price .*COMPLETION_PRICE is not"),
        ({"openai_api_key": KEY, "openai_base_url": "http://far.example/v1", "openai_model_id": "m"}, "unencrypted"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message) as caught:
        model_of(settings_of(tmp_path, **fields))

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("component", ["twin-component", None])
async def test_the_inference_component_of_the_settings_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, component: str | None
) -> None:
    with sagemaker_stub() as stub:
        address = stub.url.removesuffix("/v1")
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER", "http://127.0.0.1:1")  # its tags cannot be read
        fields = {
            "sagemaker_endpoint_inference": "twin",
            "sagemaker_component_inference": component,
            "aws_region": "eu-west-1",
            "aws_access_key": SecretStr("id"),
            "aws_secret_key": SecretStr("key"),
        }
        model = model_of(settings_of(tmp_path, **fields))
        completion = await model.completion(request())
        await model.close()

        assert completion.text == SAID
        assert stub.requests[0].headers.get("x-amzn-sagemaker-inference-component") == component


def test_a_provider_that_is_named_decides(tmp_path: Path) -> None:
    fields = {"openai_api_key": KEY, "hf_model_id": "m", "language_model_provider": LanguageModelProvider.EXTRACTIVE}

    assert model_of(settings_of(tmp_path, **fields)).identity.provider == "extractive"


def test_the_error_for_several_says_how_to_choose(tmp_path: Path) -> None:
    with pytest.raises(LanguageModelSettingsError, match="LANGUAGE_MODEL_PROVIDER to one of openai, transformers"):
        model_of(settings_of(tmp_path, openai_api_key=KEY, hf_model_id="m"))
