"""A contract lies beside a model and is checked before the model is used."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from llm_engineering.application.prompts.contract import (
    ContractCheck,
    checked_folder,
    checked_tag,
    contract_text,
    folder_chat_template,
    parsed_contract,
    prompt_contract,
)
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.domain.prompt_contracts import (
    ContractMismatchError,
    PromptContract,
    UnreadableContractError,
    contract_tag,
)

TEMPLATE = "{% for m in messages %}{{ m.content }}{% endfor %}"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return the folder of a model that was trained with the first version of the prompt "answer"."""
    contract = prompt_contract(code_prompts({"answer": "v1"}), chat_template=TEMPLATE)
    contract = contract.model_copy(update={"system_prompt": "Be Ada.", "formats": {"sample": "{x}"}})
    (tmp_path / "contract.json").write_text(contract_text(contract), encoding="utf-8")
    (tmp_path / "chat_template.jinja").write_text(TEMPLATE, encoding="utf-8")
    return tmp_path


def test_a_model_that_is_used_as_it_was_trained_passes(model: Path) -> None:
    source = code_prompts({"answer": "v1"})

    assert checked_folder(model, source, is_other_allowed=False) is ContractCheck.SAME


def test_a_model_that_is_asked_with_another_prompt_is_refused_unless_that_is_allowed(model: Path) -> None:
    source = code_prompts({"answer": "v2"})

    with pytest.raises(ContractMismatchError, match=r"differ in: prompt answer \(v1, .* before, v2, .* now\)"):
        checked_folder(model, source, is_other_allowed=False)
    assert checked_folder(model, source, is_other_allowed=True) is ContractCheck.OTHER_ALLOWED


def test_a_chat_template_that_was_changed_since_is_refused(model: Path) -> None:
    (model / "chat_template.jinja").write_text("{{ messages }}", encoding="utf-8")

    with pytest.raises(ContractMismatchError, match="differ in: chat template"):
        checked_folder(model, code_prompts({"answer": "v1"}), is_other_allowed=False)


def test_a_model_that_nobody_trained_here_passes_as_unknown(tmp_path: Path) -> None:
    assert checked_folder(tmp_path, code_prompts(), is_other_allowed=False) is ContractCheck.UNKNOWN


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "no JSON",
        lambda text: "[]",
        lambda text: "{}",
        lambda text: text.replace("Be Ada.", "Be Bob."),
        lambda text: text.replace('"contract_hash": "', '"contract_hash": "0'),
    ],
    ids=["no JSON", "a list", "empty", "changed", "another hash"],
)
def test_what_is_no_contract_or_was_changed_is_told(model: Path, change: Callable[[str], str]) -> None:
    path = model / "contract.json"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")

    with pytest.raises(UnreadableContractError, match=r"contract\.json holds no prompt contract"):
        checked_folder(model, code_prompts(), is_other_allowed=True)


def test_a_contract_is_read_as_it_was_written() -> None:
    contract = PromptContract(system_prompt="Sei Ada – „so“.", chat_template=TEMPLATE, formats={"a": "b"})

    text = contract_text(contract)

    assert parsed_contract(text, "here") == contract
    assert json.loads(text)["contract_hash"] == contract.contract_hash


@pytest.mark.parametrize(
    ("name", "content", "template"),
    [
        ("chat_template.jinja", TEMPLATE, TEMPLATE),
        ("tokenizer_config.json", json.dumps({"chat_template": TEMPLATE}), TEMPLATE),
        ("tokenizer_config.json", "{}", None),
        ("config.json", "{}", None),
    ],
)
def test_the_chat_template_is_found_where_tokenizers_keep_it(
    name: str, content: str, template: str | None, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")

    assert folder_chat_template(tmp_path) == template


def test_an_endpoint_is_checked_by_its_tag() -> None:
    first, second = code_prompts({"answer": "v1"}), code_prompts({"answer": "v2"})
    tag = contract_tag(prompt_contract(first, chat_template=TEMPLATE))

    assert checked_tag(tag, first, endpoint="ada", is_other_allowed=False) is ContractCheck.SAME
    assert checked_tag(tag, second, endpoint="ada", is_other_allowed=True) is ContractCheck.OTHER_ALLOWED
    assert checked_tag(None, first, endpoint="ada", is_other_allowed=False) is ContractCheck.UNKNOWN
    with pytest.raises(ContractMismatchError, match="ada was trained under"):
        checked_tag(tag, second, endpoint="ada", is_other_allowed=False)
