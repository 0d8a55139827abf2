from pathlib import Path
from typing import Any

import pytest

from llm_engineering.infrastructure.zenml_stacks.exported_settings import (
    NothingToExportError,
    exported_settings,
    is_here,
)
from llm_engineering.settings import Settings


@pytest.fixture(autouse=True)
def _no_backend_of_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEXT_EMBEDDING_BACKEND")


def exported(*names: str, **settings: Any) -> tuple[dict[str, str], dict[str, str]]:
    found = exported_settings(Settings.model_validate(settings), names)
    values = {name: value.get_secret_value() for name, value in found.values.items()}
    return values, {each.name: each.reason for each in found.left_out}


def test_what_is_set_is_exported_as_it_would_stand_in_the_environment() -> None:
    values, left_out = exported(
        database_host="mongodb://ada:hunter2@db.example.org",
        qdrant_url="https://qdrant.example.org",
        language_model_provider="openai",
        allow_other_contract=True,
        store_timeout_seconds=7.5,
        keep_traces_number=10,
    )

    assert values == {
        "DATABASE_HOST": "mongodb://ada:hunter2@db.example.org",
        "QDRANT_URL": "https://qdrant.example.org",
        "STORE_TIMEOUT_SECONDS": "7.5",
        "ALLOW_OTHER_CONTRACT": "true",
        "KEEP_TRACES_NUMBER": "10",
        "LANGUAGE_MODEL_PROVIDER": "openai",
    }
    assert left_out == {}


def test_what_is_exported_makes_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings.model_validate({
        "database_host": "mongodb://db.example.org",
        "allow_other_contract": True,
        "temperature_inference": 0.25,
        "prompt_origin": "store",
    })
    for name, value in exported_settings(given).values.items():
        monkeypatch.setenv(name, value.get_secret_value())

    assert Settings() == given


def test_what_belongs_to_this_machine_is_left_out_with_a_reason(tmp_path: Path) -> None:
    values, left_out = exported(
        "AWS_PROFILE",
        "QDRANT_URL",
        qdrant_url="http://localhost:6333",
        data_folder=str(tmp_path),
        hf_model_id=str(tmp_path),
        service_port=8000,
        service_api_keys="k" * 32,
        aws_access_key="AKIA",
        aws_secret_key="hunter2",
        aws_region="eu-west-1",
    )

    assert values == {"AWS_REGION": "eu-west-1"}
    assert left_out == {
        "DATA_FOLDER": "it is a folder of this machine",
        "QDRANT_URL": "it is an address of this machine, which steps elsewhere do not reach",
        "SERVICE_PORT": "it is for the service, which runs in no step",
        "SERVICE_API_KEYS": "it is for the service, which runs in no step",
        "AWS_ACCESS_KEY": "a step has no key: it runs as the execution role",
        "AWS_SECRET_KEY": "a step has no key: it runs as the execution role",
        "HF_MODEL_ID": "it is a folder of this machine",
        "AWS_PROFILE": "it is no setting of the twin",
    }


def test_values_are_not_shown() -> None:
    assert "hunter2" not in repr(
        exported_settings(Settings.model_validate({"database_host": "mongodb://a:hunter2@db"}))
    )


def test_nothing_to_export_is_an_error() -> None:
    with pytest.raises(NothingToExportError, match="DATABASE_HOST and QDRANT_URL"):
        exported(data_folder="data")


@pytest.mark.parametrize(
    "address",
    [
        "mongodb://localhost:27017",
        "mongodb://ada:pw@127.0.0.1/?directConnection=true",
        "mongodb://db.example.org,localhost/twin",
        "http://LOCALHOST",
        "http://[::1]:6333",
        "http://0.0.0.0:6333",
        "http://127.9.8.7",
    ],
)
def test_an_address_of_this_machine_is_known(address: str) -> None:
    assert is_here(address)


@pytest.mark.parametrize(
    "address",
    [
        "mongodb+srv://ada:localhost@db.example.org",
        "https://localhost.example.org",
        "http://10.0.0.1:6333",
        "https://example.org:6333/127.0.0.10x",
    ],
)
def test_other_addresses_are_those_of_others(address: str) -> None:
    assert not is_here(address)
