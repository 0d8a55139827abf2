"""The profiles of docker-compose.yml."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from llm_engineering.settings import Settings
from tests.support.dockerfile import stages
from tools.ml_service import main as serve

ROOT = Path(__file__).parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SETTINGS = {name.upper() for name in Settings.model_fields}


def in_profile(profile: str | None) -> set[str]:
    """Return the services that start with a profile; None: without any."""
    return {
        name
        for name, service in SERVICES.items()
        if "profiles" not in service or (profile is not None and profile in service["profiles"])
    }


def interpolated(text: str) -> str:
    """Return what Compose makes of a text while no variable is set."""
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)


@pytest.mark.parametrize(
    ("profile", "started"),
    [
        (None, {"mongo", "qdrant"}),
        ("service", {"mongo", "qdrant", "service"}),
        ("monitoring", {"mongo", "qdrant", "service", "prometheus", "grafana"}),
        ("pipelines", {"mongo", "qdrant", "pipelines"}),
    ],
)
def test_profiles_start_what_they_say(profile: str | None, started: set[str]) -> None:
    assert in_profile(profile) == started


def test_databases_start_without_any_variable() -> None:
    # Compose asks for variables that have to be set in services of other profiles, too.
    assert re.findall(r"\$\{\w+(?::?\?|\})", (ROOT / "docker-compose.yml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", SERVICES)
def test_containers_can_do_little(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "mem_limit" in service
    assert not service.get("privileged")
    assert "root" not in str(service.get("user", "")).split(":")
    assert str(service.get("user", "1")).split(":")[0] != "0"


@pytest.mark.parametrize("name", ["prometheus", "grafana", "mongo"])
def test_images_of_others_do_not_run_as_root(name: str) -> None:
    assert int(SERVICES[name]["user"].split(":")[0]) > 0


@pytest.mark.parametrize("name", ["service", "pipelines"])
def test_variables_are_settings(name: str) -> None:
    assert set(SERVICES[name]["environment"]) <= SETTINGS
    assert SERVICES[name]["build"]["target"] in stages(ROOT / "Dockerfile")


def test_the_service_does_not_start_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in SERVICES["service"]["environment"].items():
        monkeypatch.setenv(variable, interpolated(value))

    done = CliRunner().invoke(serve, [])

    assert done.exit_code == 1
    assert "SERVICE_API_KEYS is not set" in done.output
    assert "Loading" not in done.output


def test_the_service_reads_the_servers_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in SERVICES["service"]["environment"].items():
        monkeypatch.setenv(variable, interpolated(value))

    settings = Settings()

    assert settings.database_host is not None
    assert settings.database_host.get_secret_value() == "mongodb://mongo:27017"
    assert settings.qdrant_url == "http://qdrant:6333"
    assert f":{settings.service_port}" in SERVICES["service"]["ports"][0]


def test_nobody_has_a_password_of_grafana() -> None:
    environment = SERVICES["grafana"]["environment"]

    assert environment["GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION"] == "true"
    assert environment["GF_AUTH_BASIC_ENABLED"] == "false"
    assert environment["GF_AUTH_ANONYMOUS_ORG_ROLE"] == "Viewer"


def test_what_is_mounted_is_there() -> None:
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", ())]
    sources = [mount.split(":")[0] for mount in mounts]

    folders = [source for source in sources if source.startswith("./")]
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []
    assert {source for source in sources if not source.startswith("./")} == set(COMPOSE["volumes"])
    assert all(mount.endswith(":ro") for mount in mounts if mount.startswith("./"))
