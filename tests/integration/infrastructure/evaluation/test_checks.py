"""What is looked at before an evaluation begins, with folders and a SQLite of the test's own."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from llm_engineering.application.evaluate.model_scoring.folders import UnusableModelFolderError
from llm_engineering.application.index.catalog import NoLiveIndexError
from llm_engineering.application.prompts.contract import CONTRACT_FILE, contract_text, prompt_contract
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.domain.prompt_contracts import ContractMismatchError, PromptContract
from llm_engineering.infrastructure.evaluation.checks import NoModelToAskError, checked_models, evaluation_contract
from llm_engineering.infrastructure.experiments import NoJudgeModelError
from llm_engineering.settings import Settings
from tests.support.scored import evaluating

pytestmark = pytest.mark.integration

TEMPLATE = "{{ messages }}"
CURRENT = prompt_contract(code_prompts(), chat_template=TEMPLATE)
OTHER = CURRENT.model_copy(update={"system_prompt": "You are Ada."})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name in ("base", "sft"):
        folder = tmp_path / "models" / name
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}", encoding="utf-8")
        (folder / "model.safetensors").write_bytes(b"weights")
        (folder / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
    return Settings(data_folder=tmp_path)


def trained_under(settings: Settings, name: str, contract: PromptContract) -> None:
    (settings.data_folder / "models" / name / CONTRACT_FILE).write_text(contract_text(contract), encoding="utf-8")


def without_template(contract: PromptContract) -> PromptContract:
    return contract.model_copy(update={"chat_template": None})


def test_a_base_model_is_asked_as_the_trained_one_was(settings: Settings) -> None:
    trained_under(settings, "sft", OTHER)

    assert checked_models(settings, evaluating(), None).system_prompt == "You are Ada."


def test_models_without_a_contract_are_asked_with_the_instruction_as_it_is(settings: Settings) -> None:
    assert checked_models(settings, evaluating(), None) == PromptContract()


def test_samples_of_the_same_contract_may_be_asked(settings: Settings) -> None:
    trained_under(settings, "sft", CURRENT)
    expected = without_template(CURRENT)

    assert checked_models(settings, evaluating(), expected.contract_hash) == expected


def test_samples_of_another_contract_are_told_unless_that_is_allowed(settings: Settings) -> None:
    trained_under(settings, "sft", CURRENT)

    with pytest.raises(ContractMismatchError, match=r"The model 'sft' was trained under .* of the samples"):
        checked_models(settings, evaluating(), "e" * 64)
    allowed = settings.model_copy(update={"allow_other_contract": True})
    assert checked_models(allowed, evaluating(), "e" * 64) == without_template(CURRENT)


def test_models_of_two_contracts_are_told(settings: Settings) -> None:
    trained_under(settings, "base", CURRENT)
    trained_under(settings, "sft", OTHER)

    with pytest.raises(ContractMismatchError, match=r"The model 'sft' was trained under .* of the model 'base'"):
        checked_models(settings, evaluating(), None)


def test_a_template_that_was_changed_since_is_told(settings: Settings) -> None:
    trained_under(settings, "sft", CURRENT.model_copy(update={"chat_template": "{{ others }}"}))

    with pytest.raises(ContractMismatchError, match="chat template"):
        checked_models(settings, evaluating(), None)


def test_a_model_that_is_not_there_is_told(settings: Settings) -> None:
    with pytest.raises(UnusableModelFolderError, match=r"'dpo' cannot be scored: .*models/dpo is not there"):
        checked_models(
            settings, evaluating(models=[{"name": "dpo", "folder": "models/dpo"}], baseline="dpo", candidate=None), None
        )


def test_a_service_needs_a_language_model_and_so_does_a_judge(settings: Settings) -> None:
    service = {"models": [{"name": "writer", "kind": "settings"}], "baseline": "writer", "candidate": None}
    with pytest.raises(NoModelToAskError, match="The model 'writer' is the language model of the settings"):
        checked_models(settings, evaluating(**service), None)
    with pytest.raises(NoJudgeModelError):
        checked_models(settings, evaluating(judge={}), None)
    named = settings.model_copy(update={"openai_api_key": SecretStr("key")})
    assert checked_models(named, evaluating(**service, judge={}), None) == PromptContract()


def test_without_an_index_nothing_can_answer_from_it(settings: Settings) -> None:
    rag = {"models": [{"name": "rag", "kind": "rag"}], "baseline": "rag", "candidate": None}

    with pytest.raises(NoLiveIndexError):
        checked_models(settings, evaluating(**rag), None)


def test_the_contract_of_one_model_is_that_of_all() -> None:
    contracts = {"sft": without_template(OTHER), "dpo": without_template(OTHER)}

    assert evaluation_contract(contracts, None, is_other_allowed=False) == without_template(OTHER)
