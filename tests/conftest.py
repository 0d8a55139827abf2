"""What every test gets: no network beyond loopback, no setting of the machine, a folder of its own."""

import os

import pytest

os.environ.update({
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "ZENML_ANALYTICS_OPT_IN": "false",
})


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset what a developer may have exported, so that a test reads only what it sets itself."""
    for name in ("DATABASE_HOST", "DATABASE_NAME", "DATA_FOLDER", "QDRANT_URL", "QDRANT_API_KEY"):
        monkeypatch.delenv(name, raising=False)
