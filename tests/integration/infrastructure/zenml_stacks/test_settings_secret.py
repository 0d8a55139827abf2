"""The settings of steps, in the secrets of a real store of ZenML."""

import pytest
from pydantic import SecretStr
from zenml.client import Client
from zenml.config.pipeline_configurations import PipelineConfiguration
from zenml.utils.env_utils import get_runtime_secret_environment

from llm_engineering.infrastructure.zenml_stacks.calls import ClientCalls
from llm_engineering.infrastructure.zenml_stacks.exported_settings import ExportedSettings
from llm_engineering.infrastructure.zenml_stacks.registering import registered
from llm_engineering.infrastructure.zenml_stacks.settings_secret import (
    UnfinishedSecretError,
    delete_settings,
    export_settings,
    secret_names,
)
from tests.support.zenml_stacks import SECRET, RefusingCalls, wanted

pytestmark = pytest.mark.integration


def export(**values: str) -> list[str]:
    said: list[str] = []
    exported = ExportedSettings({name: SecretStr(value) for name, value in values.items()}, ())
    export_settings(ClientCalls(), SECRET, exported, said.append)
    return said


def values() -> dict[str, str]:
    return dict(Client().get_secret(SECRET).secret_values)


def test_the_secret_is_brought_to_what_is_exported() -> None:
    assert export(DATABASE_HOST="one", QDRANT_URL="two") == [f"secret {SECRET} is made"]
    assert export(DATABASE_HOST="one", QDRANT_URL="two") == [f"secret {SECRET} says already what it should"]
    assert export(DATABASE_HOST="hunter2", OPENAI_API_KEY="three") == [
        f"secret {SECRET} has new values: DATABASE_HOST, OPENAI_API_KEY",
        f"secret {SECRET} has no longer: QDRANT_URL",
    ]
    assert values() == {"DATABASE_HOST": "hunter2", "OPENAI_API_KEY": "three"}


def test_a_step_on_the_stack_gets_it_as_variables_of_its_environment() -> None:
    export(DATABASE_HOST="mongodb://db.example.org", QDRANT_URL="https://q.example.org")
    registered(ClientCalls(), wanted(), lambda _text: None)

    # What ZenML's runner of steps asks on the machine of the step.
    given = get_runtime_secret_environment(config=PipelineConfiguration(name="twin"), stack=Client().active_stack)

    assert given == {"DATABASE_HOST": "mongodb://db.example.org", "QDRANT_URL": "https://q.example.org"}


def test_after_a_deletion_the_stack_has_no_settings_and_an_export_gives_it_new_ones() -> None:
    export(DATABASE_HOST="one")
    registered(ClientCalls(), wanted(), lambda _text: None)
    said: list[str] = []

    delete_settings(ClientCalls(), SECRET, said.append)
    delete_settings(ClientCalls(), SECRET, said.append)

    assert said == [
        "stack llm-twin-aws uses it no longer; runs on it are refused until it has settings again",
        f"secret {SECRET} is deleted",
        f"there is no secret {SECRET}",
    ]
    assert Client().active_stack_model.secrets == []
    assert secret_names(ClientCalls(), SECRET) is None
    assert export(DATABASE_HOST="two") == [f"secret {SECRET} is made", "stack llm-twin-aws uses it"]
    assert Client().active_stack_model.secrets == [Client().get_secret(SECRET).id]


def test_an_export_that_ends_early_says_what_exists_and_the_next_one_finishes() -> None:
    export(DATABASE_HOST="one")
    registered(ClientCalls(), wanted(), lambda _text: None)
    delete_settings(ClientCalls(), SECRET, lambda _text: None)
    exported = ExportedSettings({"DATABASE_HOST": SecretStr("hunter2")}, ())

    with pytest.raises(UnfinishedSecretError) as caught:
        export_settings(RefusingCalls("update_stack"), SECRET, exported, lambda _text: None)

    assert f"The secret {SECRET} exists, with DATABASE_HOST." in caught.value.problem
    assert "hunter2" not in str(caught.value)
    assert export(DATABASE_HOST="hunter2") == [
        f"secret {SECRET} says already what it should",
        "stack llm-twin-aws uses it",
    ]


def test_a_deletion_that_ends_early_finishes_the_next_time() -> None:
    export(DATABASE_HOST="one")
    registered(ClientCalls(), wanted(), lambda _text: None)

    with pytest.raises(UnfinishedSecretError, match="exists, with DATABASE_HOST"):
        delete_settings(RefusingCalls("delete_secret"), SECRET, lambda _text: None)
    said: list[str] = []
    delete_settings(ClientCalls(), SECRET, said.append)

    assert said == [f"secret {SECRET} is deleted"]


def test_zenml_that_cannot_be_asked_leaves_it_open_whether_there_is_one() -> None:
    with pytest.raises(UnfinishedSecretError, match="is not known") as caught:
        delete_settings(RefusingCalls("list_secrets"), SECRET, lambda _text: None)

    assert caught.value.keys is None
