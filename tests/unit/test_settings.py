import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest
from pydantic import SecretStr, ValidationError

from llm_engineering.domain.errors import TwinError
from llm_engineering.settings import InvalidSettingsError, Settings

REPOSITORY_ROOT: Final = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _no_backend_of_the_suite(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TEXT_EMBEDDING_BACKEND")


def test_without_a_word_everything_is_embedded_under_data() -> None:
    settings = Settings()

    assert settings.model_dump() == {
        "data_folder": Path("data"),
        "database_host": None,
        "database_name": "twin",
        "qdrant_url": None,
        "qdrant_api_key": None,
        "qdrant_collection": "twin_chunks",
        "qdrant_shards": None,
        "qdrant_replicas": None,
        "qdrant_write_consistency": None,
        "qdrant_rounded_vectors": True,
        "qdrant_vectors_on_disk": False,
        "qdrant_hnsw_m": 16,
        "qdrant_hnsw_ef_construct": 100,
        "qdrant_hnsw_ef": 128,
        "qdrant_oversampling": 4.0,
        "store_timeout_seconds": 5.0,
        "github_token": None,
        "gitlab_token": None,
        "text_embedding_model_id": "sentence-transformers/all-MiniLM-L6-v2",
        "text_embedding_backend": "auto",
        "online_experiment": None,
        "prompt_origin": "code",
        "prompt_versions": None,
        "prompt_cache_seconds": 60.0,
        "allow_other_contract": False,
        "keep_traces_days": 30,
        "keep_traces_number": 10_000,
        "opik_api_key": None,
        "opik_url_override": None,
        "opik_workspace": None,
        "opik_project": None,
        "comet_api_key": None,
        "experiment_tracker": "auto",
        "comet_project": "twin",
        "comet_workspace": None,
        "comet_url_override": None,
        "language_model_provider": None,
        "openai_base_url": None,
        "openai_api_key": None,
        "openai_model_id": None,
        "sagemaker_endpoint_inference": None,
        "sagemaker_component_inference": None,
        "aws_region": None,
        "aws_access_key": None,
        "aws_secret_key": None,
        "aws_arn_role": None,
        "settings_secret_name": "llm-twin-settings",
        "hf_model_id": None,
        "huggingface_access_token": None,
        "temperature_inference": 0.0,
        "max_new_tokens_inference": 512,
        "language_model_connect_timeout_seconds": 5.0,
        "language_model_timeout_seconds": 120.0,
        "language_model_token_timeout_seconds": 60.0,
        "language_model_tries": 3,
        "language_model_prompt_price": None,
        "language_model_completion_price": None,
        "language_model_budget": None,
        "language_model_budget_days": 30,
        "service_host": "127.0.0.1",
        "service_port": 8000,
        "service_api_keys": None,
        "service_allowed_hosts": None,
        "service_cors_origins": None,
        "service_rate_limit": "120/minute",
        "service_max_body_bytes": 262_144,
        "service_max_concurrency": 8,
        "service_max_waiting": 64,
        "service_deadline_seconds": 60.0,
        "service_drain_seconds": 10.0,
        "service_index_seconds": 30.0,
        "service_docs": False,
    }


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("DATA_FOLDER", "/var/twin", {"data_folder": Path("/var/twin")}),
        ("DATABASE_HOST", "mongodb://db:27017", {"database_host": SecretStr("mongodb://db:27017")}),
        ("DATABASE_NAME", "other", {"database_name": "other"}),
        ("QDRANT_URL", "http://127.0.0.1:6333", {"qdrant_url": "http://127.0.0.1:6333"}),
        ("QDRANT_API_KEY", "key", {"qdrant_api_key": SecretStr("key")}),
        ("QDRANT_COLLECTION", "a.b_c-1", {"qdrant_collection": "a.b_c-1"}),
        ("GITHUB_TOKEN", "key", {"github_token": SecretStr("key")}),
        ("GITLAB_TOKEN", "key", {"gitlab_token": SecretStr("key")}),
        ("STORE_TIMEOUT_SECONDS", "0.5", {"store_timeout_seconds": 0.5}),
        ("KEEP_TRACES_DAYS", "0", {"keep_traces_days": 0}),
        ("KEEP_TRACES_NUMBER", "5", {"keep_traces_number": 5}),
        ("OPIK_API_KEY", "key", {"opik_api_key": SecretStr("key")}),
        ("OPIK_URL_OVERRIDE", "http://localhost:5173/api", {"opik_url_override": "http://localhost:5173/api"}),
        ("OPIK_WORKSPACE", "ada", {"opik_workspace": "ada"}),
        ("OPIK_PROJECT", "engines", {"opik_project": "engines"}),
        ("COMET_API_KEY", "key", {"comet_api_key": SecretStr("key")}),
        ("SERVICE_HOST", "0.0.0.0", {"service_host": "0.0.0.0"}),
        ("SERVICE_PORT", "8001", {"service_port": 8001}),
        ("SERVICE_API_KEYS", "a, b", {"service_api_keys": SecretStr("a, b")}),
        ("SERVICE_ALLOWED_HOSTS", "twin.example.org", {"service_allowed_hosts": "twin.example.org"}),
        ("SERVICE_CORS_ORIGINS", "https://example.org", {"service_cors_origins": "https://example.org"}),
        ("SERVICE_RATE_LIMIT", "none", {"service_rate_limit": "none"}),
        ("SERVICE_MAX_BODY_BYTES", "1024", {"service_max_body_bytes": 1024}),
        ("SERVICE_MAX_CONCURRENCY", "2", {"service_max_concurrency": 2}),
        ("SERVICE_MAX_WAITING", "0", {"service_max_waiting": 0}),
        ("SERVICE_DEADLINE_SECONDS", "1.5", {"service_deadline_seconds": 1.5}),
        ("SERVICE_DRAIN_SECONDS", "0", {"service_drain_seconds": 0.0}),
        ("SERVICE_INDEX_SECONDS", "0", {"service_index_seconds": 0.0}),
        ("SERVICE_DOCS", "true", {"service_docs": True}),
        ("TEXT_EMBEDDING_MODEL_ID", "models/mine", {"text_embedding_model_id": "models/mine"}),
        ("LANGUAGE_MODEL_PROVIDER", "openai", {"language_model_provider": "openai"}),
        ("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1", {"openai_base_url": "http://127.0.0.1:8000/v1"}),
        ("OPENAI_API_KEY", "key", {"openai_api_key": SecretStr("key")}),
        ("OPENAI_MODEL_ID", "tide-1", {"openai_model_id": "tide-1"}),
        ("SAGEMAKER_ENDPOINT_INFERENCE", "twin", {"sagemaker_endpoint_inference": "twin"}),
        ("SAGEMAKER_COMPONENT_INFERENCE", "twin-component", {"sagemaker_component_inference": "twin-component"}),
        ("AWS_REGION", "eu-central-1", {"aws_region": "eu-central-1"}),
        ("AWS_ACCESS_KEY", "id", {"aws_access_key": SecretStr("id")}),
        ("AWS_SECRET_KEY", "key", {"aws_secret_key": SecretStr("key")}),
        ("AWS_ARN_ROLE", "arn:aws:iam::1:role/run", {"aws_arn_role": "arn:aws:iam::1:role/run"}),
        ("SETTINGS_SECRET_NAME", "mine", {"settings_secret_name": "mine"}),
        ("HF_MODEL_ID", "models/mine", {"hf_model_id": "models/mine"}),
        ("HUGGINGFACE_ACCESS_TOKEN", "key", {"huggingface_access_token": SecretStr("key")}),
        ("TEMPERATURE_INFERENCE", "0.5", {"temperature_inference": 0.5}),
        ("MAX_NEW_TOKENS_INFERENCE", "99", {"max_new_tokens_inference": 99}),
        ("LANGUAGE_MODEL_BUDGET", "5", {"language_model_budget": 5.0}),
    ],
)
def test_each_setting_has_its_variable(
    variable: str, value: str, expected: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)

    assert Settings() == Settings.model_validate(expected)


@pytest.mark.parametrize(
    ("given", "key", "sends"),
    [
        ({}, None, False),
        ({"comet_api_key": "comet"}, None, False),
        ({"comet_api_key": "comet", "opik_workspace": "ada"}, "comet", True),
        ({"comet_api_key": "comet", "opik_project": "engines"}, "comet", True),
        ({"comet_api_key": "comet", "opik_api_key": "opik"}, "opik", True),
        ({"comet_api_key": "comet", "opik_url_override": "http://opik/api", "opik_project": "x"}, None, True),
        ({"opik_workspace": "ada"}, None, False),
    ],
)
def test_a_key_of_comet_alone_sends_no_traces(given: dict[str, str], key: str | None, sends: bool) -> None:
    settings = Settings.model_validate(given)

    assert settings.opik_key == (SecretStr(key) if key else None)
    assert settings.sends_traces is sends


def test_all_secrets_are_listed() -> None:
    settings = Settings.model_validate({"opik_api_key": "one", "github_token": "two"})

    assert {secret.get_secret_value() for secret in settings.secrets} == {"one", "two"}


@pytest.mark.parametrize("field", list(Settings.model_fields))
def test_an_empty_variable_is_unset(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    unset = Settings()
    monkeypatch.setenv(field.upper(), "")

    assert Settings() == unset


def settings_of_a_process(folder: Path, **variables: str) -> dict[str, object]:
    """Return what a process that is started in a folder reads."""
    finished = subprocess.run(
        [sys.executable, "-c", "from llm_engineering.settings import Settings; print(Settings().model_dump_json())"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY_ROOT), **variables},
        check=True,
        capture_output=True,
        text=True,
    )
    settings: dict[str, object] = json.loads(finished.stdout)
    return settings


def test_the_environment_goes_before_the_file_in_the_working_folder(tmp_path: Path) -> None:
    lines = ["DATABASE_NAME=of the file", "TEXT_EMBEDDING_MODEL_ID=modelle/größe", "OF_ANOTHER_PROGRAM=1"]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")

    settings = settings_of_a_process(tmp_path, DATABASE_NAME="of the environment")

    assert settings["database_name"] == "of the environment"
    assert settings["text_embedding_model_id"] == "modelle/größe"


def test_the_example_file_names_every_setting_with_its_default(tmp_path: Path) -> None:
    commented = (REPOSITORY_ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    lines = [line.removeprefix("# ") for line in commented if line.startswith("# ") and "=" in line.split()[1]]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    examples = {"database_host", "qdrant_url", "qdrant_api_key", "github_token", "gitlab_token", "prompt_versions"}
    examples |= {"openai_base_url", "openai_api_key", "openai_model_id", "sagemaker_endpoint_inference", "aws_region"}
    examples |= {"hf_model_id", "huggingface_access_token", "language_model_provider", "language_model_budget"}
    examples |= {"language_model_prompt_price", "language_model_completion_price"}
    examples |= {"opik_api_key", "opik_url_override", "opik_workspace", "opik_project", "comet_api_key"}
    examples |= {"comet_workspace", "comet_url_override"}
    examples |= {"sagemaker_component_inference", "aws_access_key", "aws_secret_key", "aws_arn_role"}
    examples |= {"qdrant_shards", "qdrant_replicas", "qdrant_write_consistency"}
    examples |= {"service_api_keys", "service_allowed_hosts", "service_cors_origins", "online_experiment"}

    settings = settings_of_a_process(tmp_path)

    assert {line.partition("=")[0].lower() for line in lines} == set(Settings.model_fields)
    defaults = json.loads(Settings().model_dump_json(exclude=examples))
    assert {key: value for key, value in settings.items() if key not in examples} == defaults
    assert all(settings[example] for example in examples)


def test_secrets_show_nowhere() -> None:
    settings = Settings(
        database_host=SecretStr("mongodb://ada:hunter2@db"), qdrant_api_key=SecretStr("correct horse battery")
    )

    shown = f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"

    assert "hunter2" not in shown
    assert "correct horse" not in shown


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("QDRANT_COLLECTION", "a/b"),
        ("QDRANT_COLLECTION", ".."),
        ("QDRANT_COLLECTION", "x" * 101),
        ("QDRANT_COLLECTION", "chunks\n"),
        ("STORE_TIMEOUT_SECONDS", "0"),
        ("STORE_TIMEOUT_SECONDS", "-1"),
        ("STORE_TIMEOUT_SECONDS", "601"),
        ("STORE_TIMEOUT_SECONDS", "nan"),
        ("STORE_TIMEOUT_SECONDS", "five"),
        ("PROMPT_ORIGIN", "cloud"),
        ("PROMPT_VERSIONS", "answer"),
        ("PROMPT_VERSIONS", "answer=v1,answer=v2"),
        ("PROMPT_CACHE_SECONDS", "-1"),
        ("LANGUAGE_MODEL_PROVIDER", "opnai"),
        ("TEMPERATURE_INFERENCE", "3"),
        ("LANGUAGE_MODEL_BUDGET", "-1"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(variable: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(InvalidSettingsError) as caught:
        Settings()

    (fault,) = caught.value.faults
    assert fault.startswith(f"{variable}: ")
    assert fault.endswith(f", got {value!r:.80}")


def test_all_such_values_are_named_together_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDRANT_COLLECTION", "a/b")
    monkeypatch.setenv("STORE_TIMEOUT_SECONDS", "0")

    with pytest.raises(TwinError, match=r"QDRANT_COLLECTION: .*; STORE_TIMEOUT_SECONDS: .*\.env\.example lists all"):
        Settings()


def test_settings_do_not_change_while_a_process_runs() -> None:
    with pytest.raises(ValidationError, match="Instance is frozen"):
        Settings().database_name = "other"  # type: ignore[misc]  # the model is frozen, which mypy knows


def test_prompt_versions_are_read_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPT_VERSIONS", "answer=v2, expand = v1,")

    assert Settings().pinned_prompt_versions == {"answer": "v2", "expand": "v1"}


@pytest.mark.parametrize(("replicas", "writes"), [(None, 2), (2, 3)])
def test_a_write_cannot_wait_for_more_copies_than_there_are(
    monkeypatch: pytest.MonkeyPatch, replicas: int | None, writes: int
) -> None:
    if replicas is not None:
        monkeypatch.setenv("QDRANT_REPLICAS", str(replicas))
    monkeypatch.setenv("QDRANT_WRITE_CONSISTENCY", str(writes))

    with pytest.raises(InvalidSettingsError, match=rf"QDRANT_REPLICAS says \({replicas or 1}\), got '{writes}'"):
        Settings()
