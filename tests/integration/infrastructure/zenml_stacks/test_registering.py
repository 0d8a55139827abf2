"""The AWS stack is registered in a real store of ZenML."""

from typing import Any

import pytest
from zenml.client import Client
from zenml.stack import Stack

from llm_engineering.infrastructure.zenml_stacks.calls import ClientCalls, ZenmlRefusedError
from llm_engineering.infrastructure.zenml_stacks.registering import UnfinishedStackError, registered
from llm_engineering.infrastructure.zenml_stacks.remote_stack import (
    RemoteStack,
    ServerOutOfReachError,
    active_remote_stack,
    check_reach,
)
from tests.support.zenml_stacks import IMAGE, SECRET, RefusingCalls, wanted

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _secret(_no_stacks: None) -> None:
    Client().create_secret(SECRET, {"DATABASE_HOST": "mongodb://db.example.org", "QDRANT_URL": "https://q.example.org"})


def register(**changes: Any) -> list[str]:
    said: list[str] = []
    registered(ClientCalls(), wanted(**changes), said.append)
    return said


def parts() -> dict[str, str]:
    return {str(kind): found[0].name for kind, found in Client().get_stack("llm-twin-aws").components.items()}


def test_a_stack_is_made_with_its_parts_and_is_active() -> None:
    assert register() == [
        "orchestrator llm-twin-aws-sagemaker is made",
        "artifact_store llm-twin-aws-s3 is made",
        "container_registry llm-twin-aws-ecr is made",
        "image_builder llm-twin-aws-docker is made",
        "stack llm-twin-aws is made",
        "stack llm-twin-aws is the active one",
    ]
    stack = Client().active_stack_model
    assert stack.name == "llm-twin-aws"
    assert stack.labels == {"llm-twin": "aws", "llm-twin-image": ""}
    assert stack.secrets == [Client().get_secret(SECRET).id]


def test_zenml_takes_it_for_a_whole_stack() -> None:
    register()

    stack = Client().active_stack
    stack.validate(fail_if_secrets_missing=True)

    assert isinstance(stack, Stack)
    assert stack.requires_remote_server
    assert stack.orchestrator.config.is_synchronous is False
    assert stack.artifact_store.path == "s3://llm-twin-123456789012-eu-west-1/zenml"


def test_a_second_time_nothing_is_changed() -> None:
    register(tags={"team": "ada"}, step_operator={})

    assert register(tags={"team": "ada"}, step_operator={}) == [
        "orchestrator llm-twin-aws-sagemaker is there already",
        "artifact_store llm-twin-aws-s3 is there already",
        "container_registry llm-twin-aws-ecr is there already",
        "image_builder llm-twin-aws-docker is there already",
        "step_operator llm-twin-aws-step-operator is there already",
        "stack llm-twin-aws is there already",
        "stack llm-twin-aws is the active one",
    ]


def test_it_is_brought_to_what_the_configuration_says_now() -> None:
    register(warm_seconds=600, step_operator={})

    said = register(
        instance_type="ml.c5.xlarge", image=IMAGE, image_builder={"code_build_project": "twin"}, tags={"team": "ada"}
    )

    assert said[0] == (
        "orchestrator llm-twin-aws-sagemaker is changed: instance_type, keep_alive_period_in_seconds, pipeline_tags, "
        "tags, use_training_step"
    )
    assert said[-2] == "stack llm-twin-aws is changed: component_updates, labels"
    assert parts() == {
        "orchestrator": "llm-twin-aws-sagemaker",
        "artifact_store": "llm-twin-aws-s3",
        "container_registry": "llm-twin-aws-ecr",
        "image_builder": "llm-twin-aws-codebuild",
    }
    stack = active_remote_stack()
    assert stack is not None
    assert (stack.instance_type, stack.image, stack.step_operator) == ("ml.c5.xlarge", IMAGE, None)


def test_a_failure_says_what_exists_and_the_next_run_finishes() -> None:
    with pytest.raises(UnfinishedStackError) as caught:
        registered(RefusingCalls("create_stack"), wanted(), lambda _text: None)

    assert caught.value.problem == (
        "ZenML's create_stack failed with AuthorizationException: token expired\n"
        "  What exists now:\n"
        "    orchestrator: llm-twin-aws-sagemaker\n"
        "    artifact_store: llm-twin-aws-s3\n"
        "    container_registry: llm-twin-aws-ecr\n"
        "    image_builder: llm-twin-aws-docker"
    )
    assert Client().active_stack_model.name == "default"
    assert register()[-2:] == ["stack llm-twin-aws is made", "stack llm-twin-aws is the active one"]


def test_a_failure_before_anything_is_made_says_so() -> None:
    with pytest.raises(UnfinishedStackError, match="Nothing of the stack exists in ZenML"):
        registered(RefusingCalls("create_stack_component"), wanted(), lambda _text: None)


def test_zenml_that_cannot_be_asked_leaves_it_open_what_exists() -> None:
    with pytest.raises(UnfinishedStackError, match="What exists is not known") as caught:
        registered(RefusingCalls("list_stack_components"), wanted(), lambda _text: None)

    assert caught.value.existing is None


def test_an_error_of_zenml_names_the_call_and_repeats_no_secret() -> None:
    with pytest.raises(ZenmlRefusedError, match=r"create_secret failed with EntityExistsError") as caught:
        ClientCalls().call("create_secret", name=SECRET, values={"A": SECRET})

    assert SECRET not in caught.value.problem


class TestTheActiveStack:
    def test_the_one_of_this_machine_is_none(self) -> None:
        assert active_remote_stack() is None

    def test_one_elsewhere_gives_the_variables_of_its_secret_to_steps(self) -> None:
        register()

        stack = active_remote_stack()

        assert isinstance(stack, RemoteStack)
        assert stack.variables == {"DATABASE_HOST": "mongodb://db.example.org", "QDRANT_URL": "https://q.example.org"}
        assert "db.example.org" not in repr(stack)

    def test_its_steps_cannot_report_to_a_database_on_this_machine(self) -> None:
        register()
        stack = active_remote_stack()
        assert stack is not None

        with pytest.raises(ServerOutOfReachError, match="zenml login"):
            check_reach(stack, {"documents"}, SECRET)

    def test_a_run_is_waited_for_as_its_file_says_else_as_the_stack_does(self) -> None:
        register()
        stack = active_remote_stack()
        assert stack is not None

        assert stack.waits({}) is False
        assert stack.waits({"orchestrator": {"synchronous": True}}) is True
        assert stack.waits({"docker": {}, "orchestrator.sagemaker": {"instance_type": "ml.m5.large"}}) is False
