"""The files of the project agree with each other and with the code."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from llm_engineering.settings import Settings

ROOT = Path(__file__).parents[2]
PACKAGES = ("llm_engineering", "pipelines", "steps", "tools")
PROGRAMS = Path(sys.executable).parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

TASKS = (
    "run-digital-data-etl",
    "run-feature-engineering-pipeline",
    "run-end-to-end-data-pipeline",
    "make-golden-questions",
    "run-retrieval-evaluation-pipeline",
    "run-training-pipeline",
    "train",
    "run-evaluation-pipeline",
    "run-export-artifact-to-json-pipeline",
    "run-export-data-warehouse-to-json",
    "run-import-data-warehouse-from-json",
    "call-rag-retrieval-module",
    "models",
    "prompts",
    "traces",
    "run-inference-ml-service",
    "call-inference-ml-service",
    "create-sagemaker-role",
    "create-sagemaker-execution-role",
    "deploy-inference-endpoint",
    "test-sagemaker-endpoint",
    "update-inference-endpoint",
    "inference-endpoint-status",
    "delete-inference-endpoint",
    "set-aws-stack",
    "set-local-stack",
    "export-settings-to-zenml",
    "delete-settings-zenml",
    "local-infrastructure-up",
    "local-infrastructure-down",
    "service-up",
    "monitoring-up",
    "service-down",
    "test",
    "lint-check",
    "lint-fix",
    "format-check",
    "format-fix",
)
ADDED_BY_USERS = {
    "call-rag-retrieval-module": ["--query", "What is an LLM Twin?"],
    "call-inference-ml-service": ["--query", "What is an LLM Twin?"],
    "models": ["list"],
    "prompts": ["list"],
    "summarize": ["README.md"],
    "traces": ["list"],
    "train": ["--config", "training.yaml"],
}
HEAVY = {
    "pymongo", "qdrant_client", "qdrant_edge", "sentence_transformers", "torch", "trafilatura", "transformers", "zenml",
}  # fmt: skip
PLATFORMS = {
    "Linux": {"platform_system": "Linux", "sys_platform": "linux", "platform_machine": "x86_64", "os_name": "posix"},
    "macOS": {"platform_system": "Darwin", "sys_platform": "darwin", "platform_machine": "arm64", "os_name": "posix"},
}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def constraints() -> list[Requirement]:
    return [Requirement(line) for line in text("constraints.txt").splitlines() if line]


def pin(constraint: Requirement) -> tuple[str, str]:
    assert re.fullmatch(r"==[^,*]+", str(constraint.specifier)), f"{constraint} is no exact version"
    return canonicalize_name(constraint.name), str(constraint.specifier).removeprefix("==")


class TestConstraints:
    def test_constraints_are_the_locked_versions(self) -> None:
        packages = tomllib.loads(text("poetry.lock"))["package"]
        locked = {(canonicalize_name(package["name"]), package["version"]) for package in packages}
        pins = {pin(constraint) for constraint in constraints()}

        assert pins - locked == set()
        assert {name for name, _ in locked} - {name for name, _ in pins} == set()

    @pytest.mark.parametrize("platform", PLATFORMS)
    def test_constraints_name_one_version_per_platform(self, platform: str) -> None:
        applying = [
            constraint.name
            for constraint in constraints()
            if constraint.marker is None or constraint.marker.evaluate(PLATFORMS[platform])
        ]

        # pip refuses to choose between two of them: nothing could be installed.
        assert [name for name, count in Counter(applying).items() if count > 1] == []

    @pytest.mark.parametrize("python", ["3.11", "3.12"])
    def test_what_is_declared_is_pinned_for_each_python(self, python: str) -> None:
        running = {**PLATFORMS["Linux"], "python_version": python, "python_full_version": f"{python}.9"}
        pins = {
            canonicalize_name(constraint.name)
            for constraint in constraints()
            if constraint.marker is None or constraint.marker.evaluate(running)
        }
        declared = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]

        # pip installs what is not pinned in its newest version, without a word.
        assert {canonicalize_name(Requirement(each).name) for each in declared} - pins == set()

    def test_constraints_fit_the_project_file(self) -> None:
        pins = dict(map(pin, constraints()))
        declared = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["dev"]]
        for extra in PROJECT["project"]["optional-dependencies"].values():
            declared += extra

        unfit = [
            requirement
            for requirement in map(Requirement, declared)
            if not requirement.specifier.contains(pins[canonicalize_name(requirement.name)], prereleases=True)
        ]

        assert unfit == []


def commands(task: str) -> list[list[str]]:
    """Return the command lines of a task, those of the tasks that it runs included."""
    definition: dict[str, Any] = PROJECT["tool"]["poe"]["tasks"][task]
    if "cmd" in definition:
        return [shlex.split(definition["cmd"])]
    parts = definition["sequence"]
    return [
        line for part in parts for line in (commands(part) if isinstance(part, str) else [shlex.split(part["cmd"])])
    ]


class TestTasks:
    @pytest.mark.parametrize("task", TASKS)
    def test_task_runs_what_exists(self, task: str) -> None:
        for program, *arguments in commands(task):
            if program == "docker":
                assert arguments[0] == "compose"
            elif program == "python":
                assert arguments[0] == "-m"
                assert (ROOT / arguments[1].replace(".", "/")).with_suffix(".py").is_file()
            else:
                assert (PROGRAMS / program).is_file()

    @pytest.mark.parametrize("task", [task for task in TASKS if "-m" in commands(task)[0]])
    def test_task_is_understood_by_its_command_line(self, task: str) -> None:
        for _, _, module, *arguments in commands(task):
            added = ADDED_BY_USERS.get(task, [])
            import_module(module).main.make_context(module, [*arguments, *added])  # parses, does not run

            files = [argument for argument in arguments if argument.endswith(".yaml")]
            assert [name for name in files if not (ROOT / "configs" / name).is_file()] == []


def modules() -> list[str]:
    """Return the names of all modules; packages come before what is in them."""
    files = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return [".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files]


def command_lines() -> list[str]:
    return [
        f"tools.{path.stem}" for path in sorted(ROOT.glob("tools/*.py")) if '"__main__"' in text(f"tools/{path.name}")
    ]


class TestImports:
    def test_importing_does_nothing(self, tmp_path: Path) -> None:
        folder = tmp_path / "started here"
        folder.mkdir()
        folder.joinpath(".env").write_text("STORE_TIMEOUT_SECONDS=never\n", encoding="utf-8")
        environment = {
            "HOME": str(tmp_path),
            "PATH": str(PROGRAMS),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(ROOT),
            "ZENML_CONFIG_PATH": str(tmp_path / "zenml"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.unit.importing_process", *modules()],
            check=False, capture_output=True, cwd=folder, encoding="utf-8", env=environment,
        )  # fmt: skip

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[-1]) == []
        assert [path.name for path in folder.iterdir()] == [".env"]

    @pytest.mark.parametrize("module", command_lines())
    def test_help_loads_no_heavy_library(self, module: str, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-m", module, "--help"],
            check=True, capture_output=True, cwd=tmp_path, encoding="utf-8", env={"PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        imported = set(re.findall(r"^import time:.*\| +(\S+)$", done.stderr, re.MULTILINE))

        assert "Usage:" in done.stdout
        assert "click" in imported
        assert imported & HEAVY == set()

    def test_layers_are_kept(self) -> None:
        done = subprocess.run(
            [PROGRAMS / "lint-imports", "--no-cache", "--no-logo"],
            check=False, capture_output=True, cwd=ROOT, encoding="utf-8",
        )  # fmt: skip

        assert done.returncode == 0, done.stdout


def images(services: dict[str, Any]) -> dict[str, str]:
    return {name: service["image"] for name, service in services.items()}


class TestInfrastructure:
    compose: dict[str, Any] = yaml.safe_load(text("docker-compose.yml"))

    def test_checks_run_on_the_servers_that_users_get(self) -> None:
        workflow = yaml.safe_load(text(".github/workflows/ci.yaml"))

        started = {name: service for name, service in self.compose["services"].items() if "profiles" not in service}

        assert images(workflow["jobs"]["test"]["services"]) == images(started)

    def test_images_are_whole_versions(self) -> None:
        for image in images(self.compose["services"]).values():
            assert re.search(r":v?\d+\.\d+\.\d+", image)

    def test_qdrant_is_as_new_as_its_client(self) -> None:
        client = dict(map(pin, constraints()))["qdrant-client"]

        assert f":v{client.rpartition('.')[0]}." in self.compose["services"]["qdrant"]["image"]

    def test_is_published_on_loopback_only(self) -> None:
        for service in self.compose["services"].values():
            assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))

    @pytest.mark.parametrize("secret", ["MONGO_PASSWORD", "QDRANT_API_KEY"])
    def test_is_published_elsewhere_with_secrets_only(self, secret: str) -> None:
        assert f"${{{secret}:?" in text("docker-compose.exposed.yml")


class TestExampleOfSettings:
    example = ROOT / ".env.example"

    def test_names_each_field_once(self) -> None:
        names = re.findall(r"^# ([A-Z_]+)=", text(".env.example"), re.MULTILINE)

        assert sorted(names) == sorted(name.upper() for name in Settings.model_fields)

    def test_copied_unchanged_it_changes_nothing(self) -> None:
        assert Settings(_env_file=self.example) == Settings(_env_file=None)

    def test_shows_defaults_and_usable_examples(self, tmp_path: Path) -> None:
        uncommented = tmp_path / ".env"
        uncommented.write_text(re.sub(r"^# (?=[A-Z_]+=)", "", text(".env.example"), flags=re.MULTILINE), "utf-8")
        defaults = dict(Settings(_env_file=None))

        shown = dict(Settings(_env_file=uncommented))

        assert {name for name in shown if shown[name] is None} == set()
        assert {name: shown[name] for name in shown if defaults[name] is not None} == {
            name: default for name, default in defaults.items() if default is not None
        }
