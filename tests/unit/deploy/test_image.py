"""The image is what docs/deploy.md says of it."""

import json
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

from llm_engineering.infrastructure.aws.job_requests import ENTRY_MODULE
from llm_engineering.settings import Settings
from tests.support.dockerfile import lineage, stages
from tests.support.service import opened_store, running_service, service_parts

ROOT = Path(__file__).parents[3]
STAGES = stages(ROOT / "Dockerfile")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
IMAGES = ("service", "pipelines")
ALL_IMAGES = (*IMAGES, "training")


def environment(image: str) -> dict[str, str]:
    """Return the variables that an image sets."""
    lines = [line for stage in lineage(STAGES, image) for line in stage.all("ENV")]
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(lines)))


def labels(image: str) -> dict[str, str]:
    return dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]*)"', " ".join(STAGES[image].all("LABEL"))))


def test_the_base_is_a_whole_version_of_a_python_that_is_tested() -> None:
    (base,) = {stage.base for stage in STAGES.values() if stage.base not in STAGES}

    assert re.fullmatch(r"python:3\.11\.\d+-slim-\w+", base)


@pytest.mark.parametrize("image", IMAGES)
def test_images_run_as_a_number_that_is_not_root(image: str) -> None:
    users = [user for stage in lineage(STAGES, image) for user in stage.all("USER")]

    assert users[-1] == "10001:10001"


def test_the_image_for_jobs_starts_what_a_request_for_a_job_names() -> None:
    (entry,) = STAGES["training"].all("ENTRYPOINT")

    assert json.loads(entry) == ["python", "-m", ENTRY_MODULE]
    # SageMaker makes /opt/ml for root.
    assert STAGES["training"].all("USER") == ["0:0"]


def test_the_service_is_what_is_built_if_no_target_is_named() -> None:
    assert list(STAGES)[-1] == "service"


def test_torch_comes_from_where_the_makefile_takes_it() -> None:
    (index,) = re.findall(r"^CPU_INDEX := (\S+)$", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    runs = " ".join(STAGES["installed"].all("RUN"))

    assert f"--index-url {index}" in runs
    assert runs.index("torch=") < runs.index("EXTRAS")


def test_nothing_is_installed_without_the_locked_versions() -> None:
    installs = re.findall(r"pip install ([^;]*)", " ".join(STAGES["installed"].all("RUN")))

    assert len(installs) == 4
    assert [
        each for each in installs if not re.search(r"--constraint constraints\.txt|--no-deps|\"\$torch\"", each)
    ] == []


def test_the_version_of_torch_is_found_in_the_constraints() -> None:
    (expression,) = re.findall(r"sed -n '(.*?)' constraints", " ".join(STAGES["installed"].all("RUN")))
    done = subprocess.run(
        ["sed", "-n", expression, "constraints.txt"], check=True, capture_output=True, cwd=ROOT, encoding="utf-8"
    )

    assert re.fullmatch(r"torch==\d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("image", ALL_IMAGES)
def test_labels_name_version_and_licence_of_the_project(image: str) -> None:
    assert labels(image)["version"] == PROJECT["project"]["version"]
    assert labels(image)["licenses"] == PROJECT["project"]["license"]


def test_variables_of_the_service_are_settings() -> None:
    of_others = {
        "HOME", "PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED", "ZENML_ANALYTICS_OPT_IN", "ZENML_CONFIG_PATH",
    }  # fmt: skip

    assert {name for name in environment("service") if name.lower() not in Settings.model_fields} == of_others
    assert environment("service")["SERVICE_HOST"] == "0.0.0.0"


@pytest.mark.parametrize("image", ALL_IMAGES)
def test_images_hold_no_secret(image: str) -> None:
    names = {*environment(image), *(line.partition("=")[0] for stage in STAGES.values() for line in stage.all("ARG"))}

    assert [name for name in names if re.search(r"KEY|TOKEN|SECRET|PASSWORD|DATABASE_HOST", name)] == []


def test_the_health_check_tells_a_service_that_answers_from_one_that_does_not() -> None:
    from llm_engineering.infrastructure.http_api.access import Access
    from llm_engineering.infrastructure.http_api.app import service_app

    (check,) = STAGES["service"].all("HEALTHCHECK")
    _, *arguments = json.loads(check.partition("CMD ")[2])

    def healthy(port: str) -> int:
        return subprocess.run(
            [sys.executable, *arguments], check=False, capture_output=True, env={"SERVICE_PORT": port}
        ).returncode

    # Whatever names the service is called by from outside.
    app = service_app(service_parts(opened_store()), access=Access.of(
        host="127.0.0.1", keys=None, allowed_hosts="twin.example.org", cors_origins=None
    ))  # fmt: skip
    with running_service(app) as service:
        port = service.url.rpartition(":")[2]
        assert healthy(port) == 0
    assert healthy(port) == 1


RULES = [line for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line and line[0] != "#"]


class TestContext:
    """What is sent to the builder."""

    def is_sent(self, path: str) -> bool:
        """Tell whether a file is sent; the last rule that fits it or a folder that it lies in decides."""
        parts = path.split("/")
        ways = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        sent = True
        for rule in RULES:
            pattern = rule.removeprefix("!")
            names = parts if pattern.startswith("**/") else ways
            if any(fnmatch(name, pattern.removeprefix("**/")) for name in names):
                sent = rule.startswith("!")
        return sent

    @pytest.mark.parametrize(
        "path", [".env", ".git/config", "data/documents.sqlite3", "tests/conftest.py", "tools/__pycache__/run.pyc"]
    )
    def test_nothing_else_is_sent(self, path: str) -> None:
        assert not self.is_sent(path)

    def test_all_that_is_copied_is_sent(self) -> None:
        copied = [
            source
            for stage in STAGES.values()
            for line in stage.all("COPY")
            if not line.startswith("--from")
            for source in line.split()[:-1]
        ]

        assert len(copied) == 9
        assert [source for source in copied if not self.is_sent(source) or not (ROOT / source).exists()] == []
