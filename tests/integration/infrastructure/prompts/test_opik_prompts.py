"""Prompts from Opik's library, as a loopback server gives them."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from llm_engineering.application.prompts.source import AnswerInputs, ExpandInputs, UnknownPromptError
from llm_engineering.application.prompts.templates import UnusableTemplateError
from llm_engineering.infrastructure.prompts.opik_prompts import (
    OpikPrompts,
    OpikPromptsRefusedError,
    OpikPromptsUnreachableError,
)
from llm_engineering.infrastructure.tracing.opik_address import OpikAccess
from tests.support.opik_prompt_library import PromptLibrary, opik_prompt_library

pytestmark = pytest.mark.integration


@pytest.fixture
def library() -> Iterator[PromptLibrary]:
    with opik_prompt_library() as running:
        running.save("expand", "Reword {{count}} times: {{question}}")
        running.in_production["expand"] = "v1"
        yield running


def prompts(library: PromptLibrary) -> OpikPrompts:
    access = OpikAccess.checked(library.url, SecretStr("hunter2"), workspace="team", project="twin")
    return OpikPrompts(access, timeout_seconds=5)


def test_a_text_becomes_a_message_of_the_user(library: PromptLibrary) -> None:
    prompt = prompts(library).prompt("expand")

    assert (prompt.reference.version, prompt.reference.origin) == ("v1", "opik")
    (message,) = prompt.rendered(ExpandInputs(question="Why?", count=2)).messages
    assert message.content == "Reword 2 times: <question>\nWhy?\n</question>"


def test_a_chat_keeps_its_roles(library: PromptLibrary) -> None:
    said = [{"role": "system", "content": "{{voice}} Cite."}, {"role": "user", "content": "{{passages}}{{question}}"}]
    library.save("answer", said)

    rendered = prompts(library).prompt("answer", "v1").rendered(AnswerInputs(question="Why?", passages=()))

    assert [message.role.value for message in rendered.messages] == ["system", "user"]
    assert rendered.messages[0].content == "Cite."


def test_it_asks_for_the_project_s_version_in_production(library: PromptLibrary) -> None:
    prompts(library).prompt("expand")
    prompts(library).prompt("expand", "v1")

    asked = [(path, body) for path, _, body in library.requests]
    path = "/api/v1/private/prompts/versions/retrieve"
    assert asked == [
        (path, {"name": "expand", "environment": "production", "project_name": "twin"}),
        (path, {"name": "expand", "version_number": "v1", "project_name": "twin"}),
    ]
    assert library.requests[0][1]["authorization"] == "hunter2"
    assert library.requests[0][1]["comet-workspace"] == "team"


def test_a_version_that_is_saved_is_not_used_before_it_is_in_production(library: PromptLibrary) -> None:
    library.save("expand", "Other words for {{question}}")
    assert prompts(library).prompt("expand").reference.version == "v1"

    library.in_production["expand"] = "v2"
    assert prompts(library).prompt("expand").reference.version == "v2"


def test_a_prompt_without_a_version_in_production_is_told(library: PromptLibrary) -> None:
    del library.in_production["expand"]

    with pytest.raises(UnknownPromptError, match="no prompt 'expand in the environment production'") as caught:
        prompts(library).prompt("expand")

    assert caught.value.known == ("expand v1",)


@pytest.mark.parametrize(
    ("template", "kind", "fault"),
    [
        ("{% for q in question %}{% endfor %}", "jinja2", "it is written in 'jinja2', not in mustache"),
        ("{{quest}}", "mustache", "no placeholder 'quest'. Did you mean 'question'"),
        ("{{#question}}{{/question}}", "mustache", "is no plain placeholder"),
        ([{"role": "robot", "content": "{{question}}"}], "mustache", "no list of role and text"),
        ([{"role": "user", "content": [{"type": "image_url"}]}], "mustache", "no list of role and text"),
        ([{"role": "user"}], "mustache", "no list of role and text"),
        ([], "mustache", "'question' is missing"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(
    library: PromptLibrary, template: list[dict[str, str]] | str, kind: str, fault: str
) -> None:
    version = library.save("expand", template, kind=kind)

    with pytest.raises(UnusableTemplateError, match=fault):
        prompts(library).prompt("expand", version)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, OpikPromptsRefusedError),
        (403, OpikPromptsRefusedError),
        (429, OpikPromptsUnreachableError),
        (500, OpikPromptsUnreachableError),
        (302, OpikPromptsUnreachableError),
    ],
)
def test_a_failure_is_told_without_key_and_body(library: PromptLibrary, status: int, error: type[Exception]) -> None:
    library.statuses.append(status)

    with pytest.raises(error, match=f"answered with the status {status}") as caught:
        prompts(library).prompt("expand")

    assert "hunter2" not in str(caught.value)
    assert len(library.requests) == 1


def test_a_server_that_is_gone_is_told() -> None:
    with opik_prompt_library() as library:
        gone = prompts(library)

    with pytest.raises(OpikPromptsUnreachableError, match=r"could not be reached \(ConnectError\)"):
        gone.prompt("expand")
