"""A model is used as it was trained, or it is told what differs."""

import pytest

from llm_engineering.domain.prompt_contracts import (
    ContractMismatchError,
    PromptContract,
    UnreadableContractError,
    contract_differences,
    contract_tag,
    require_same_contract,
    require_same_tag,
)
from llm_engineering.domain.prompts import PromptReference


def reference(version: str = "v1", content: str = "a", origin: str = "code") -> PromptReference:
    return PromptReference(name="answer", version=version, content_hash=content * 64, origin=origin)


BASE = PromptContract(
    system_prompt="Be Ada.", chat_template="{{ messages }}", prompts={"answer": reference()}, formats={"sample": "{x}"}
)
OTHERS = {
    "system prompt": BASE.model_copy(update={"system_prompt": "Be Bob."}),
    "chat template": BASE.model_copy(update={"chat_template": "{{ messages[0] }}"}),
    "prompt answer": BASE.model_copy(update={"prompts": {"answer": reference("v2", "b")}}),
    "format sample": BASE.model_copy(update={"formats": {"sample": "{x}\n"}}),
    "no template": BASE.model_copy(update={"chat_template": None}),
    "another format": BASE.model_copy(update={"formats": {"sample": "{x}", "pair": "{y}"}}),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_any_part_that_differs_makes_another_contract(other: PromptContract) -> None:
    assert other.contract_hash != BASE.contract_hash
    with pytest.raises(ContractMismatchError, match="The model was trained under") as caught:
        require_same_contract(BASE, other)

    assert caught.value.trained_under == BASE.contract_hash
    assert caught.value.serving == other.contract_hash
    assert BASE.contract_hash in str(caught.value)
    assert other.contract_hash in str(caught.value)
    assert len(caught.value.differences) == 1


def test_where_a_prompt_came_from_and_what_its_version_is_called_plays_no_part() -> None:
    same = BASE.model_copy(update={"prompts": {"answer": reference("s7", "a", "store")}})

    require_same_contract(BASE, same)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ("system prompt", "system prompt ('Be Ada.' before, 'Be Bob.' now)"),
        ("prompt answer", "prompt answer (v1, aaaaaaaaaaaa before, v2, bbbbbbbbbbbb now)"),
        ("no template", "chat template ('{{ messages }}' before, none now)"),
        ("another format", "format pair (none before, '{y}' now)"),
    ],
)
def test_what_differs_is_told_with_both_sides(other: str, told: str) -> None:
    assert contract_differences(BASE, OTHERS[other]) == (told,)


def test_a_long_part_is_told_by_its_hash() -> None:
    (told,) = contract_differences(BASE, BASE.model_copy(update={"chat_template": "x" * 5000}))

    assert "5000 characters" in told
    assert len(told) < 100


def test_the_hash_is_the_one_that_it_has_always_been() -> None:
    # It is written into models: computed once, it must not change.
    assert BASE.contract_hash == "858807c364494b01543d16f9f87175058148f7ae09809df83dd3fa4e96e28c0a"


def test_an_endpoint_is_asked_as_its_model_was_trained_whatever_its_chat_template() -> None:
    tag = contract_tag(BASE)

    assert len(tag) <= 256
    require_same_tag(tag, OTHERS["no template"], model="ada")
    with pytest.raises(ContractMismatchError, match="ada was trained under"):
        require_same_tag(tag, OTHERS["prompt answer"], model="ada")


def test_a_tag_that_is_none_is_told() -> None:
    with pytest.raises(UnreadableContractError, match="The tag of ada holds no prompt contract: 'v1'"):
        require_same_tag("v1", BASE, model="ada")
