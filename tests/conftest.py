"""What every test gets: no network beyond loopback, no setting of the machine, a folder of its own."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from llm_engineering.settings import Settings

os.environ.update({
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "ZENML_ANALYTICS_OPT_IN": "false",
    # Importing SageMaker's SDK warns of its next version, and looks for credentials in the network of EC2.
    "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
    "AWS_EC2_METADATA_DISABLED": "true",
})


def pytest_configure(config: pytest.Config) -> None:
    """Give each process a ZenML of its own; ZenML reads these variables when it is first imported."""
    folder = TemporaryDirectory(prefix="zenml-", ignore_cleanup_errors=True)
    config.add_cleanup(folder.cleanup)
    os.environ.update({
        "ZENML_CONFIG_PATH": folder.name,
        "ZENML_REPOSITORY_PATH": folder.name,  # not the stack of a developer's `zenml init`
        "ZENML_CUSTOM_SOURCE_ROOT": str(config.rootpath),  # ZenML finds none in a worker of pytest-xdist
        "ZENML_DISABLE_STEP_LOGS_STORAGE": "true",
        "ZENML_LOGGING_VERBOSITY": "WARN",
    })


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name parameters of binary data after their argument: compressed data may hold the time at which it was made.

    pytest-xdist refuses to run tests whose names differ between its processes.
    """
    return argname if isinstance(val, bytes) and not val.isascii() else None


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset what a developer may have exported or written to `.env`: a test reads only what it sets itself."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    # Which is faster depends on the machine, and measuring it takes seconds.
    monkeypatch.setenv("TEXT_EMBEDDING_BACKEND", "cpu-float32")
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture(scope="session")
def tiny_chat_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a chat model of transformers with random weights."""
    from tests.support.tiny_chat_model import saved_tiny_chat_model

    return saved_tiny_chat_model(tmp_path_factory.mktemp("chat-model"))
