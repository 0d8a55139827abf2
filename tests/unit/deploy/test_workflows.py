"""What no schema says of the workflows of GitHub, in place of actionlint, of which no package carries the program."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[3]
TEXTS = {path.name: path.read_text(encoding="utf-8") for path in sorted(ROOT.glob(".github/workflows/*.yaml"))}
WORKFLOWS: dict[str, dict[str, Any]] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONTEXTS = {"env", "github", "job", "matrix", "needs", "runner", "secrets", "steps", "strategy", "vars"}

each_workflow = pytest.mark.parametrize("name", WORKFLOWS)


def jobs(name: str) -> dict[str, dict[str, Any]]:
    return dict(WORKFLOWS[name]["jobs"])


@each_workflow
def test_expressions_name_what_there_is(name: str) -> None:
    expressions = re.findall(r"\$\{\{(.*?)\}\}", TEXTS[name])

    assert {expression.split(".")[0].strip() for expression in expressions} <= CONTEXTS


@each_workflow
def test_expressions_of_a_matrix_are_in_it(name: str) -> None:
    for job in jobs(name).values():
        matrix = job.get("strategy", {}).get("matrix", {})
        keys = {*matrix, *(key for row in matrix.get("include", ()) for key in row)} - {"include"}

        assert set(re.findall(r"matrix\.(\w+)", yaml.safe_dump(job))) == keys


@each_workflow
def test_jobs_wait_for_jobs_that_there_are(name: str) -> None:
    for job in jobs(name).values():
        needed = job.get("needs", [])
        assert set([needed] if isinstance(needed, str) else needed) <= set(jobs(name))


@each_workflow
def test_foreign_steps_are_pinned_to_a_commit_whose_version_is_named(name: str) -> None:
    used = re.findall(r"uses: (.+)", TEXTS[name])

    assert [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each)] == []


def test_a_foreign_step_has_one_version() -> None:
    used = {line for text in TEXTS.values() for line in re.findall(r"uses: (.+)", text)}

    assert len({line.partition("@")[0] for line in used}) == len(used)


@each_workflow
def test_jobs_may_only_read_but_for_what_they_name(name: str) -> None:
    assert WORKFLOWS[name]["permissions"] in ({}, {"contents": "read"})
    written = {
        (job, scope)
        for job, its in jobs(name).items()
        for scope, right in its.get("permissions", {}).items()
        if right != "read"
    }

    # The token with which GitHub proves to AWS who it is.
    assert written == ({("image", "id-token")} if name == "cd.yaml" else set())


@each_workflow
def test_no_long_lived_key_is_used(name: str) -> None:
    assert not re.search(r"\$\{\{\s*secrets\.", TEXTS[name])
    assert "aws-access-key-id" not in TEXTS[name]


def test_the_tested_versions_of_python_are_the_promised_ones() -> None:
    tested = jobs("ci.yaml")["test"]["strategy"]["matrix"]["python"]
    promised = SpecifierSet(PROJECT["requires-python"])

    assert tested == [f"3.{minor}" for minor in range(20) if promised.contains(f"3.{minor}.0")]


def test_the_image_of_a_version_is_built_from_the_default_target() -> None:
    (build,) = [step["run"] for step in jobs("cd.yaml")["image"]["steps"] if step.get("name") == "Build"]

    assert "--target" not in build
    assert 'TORCH="$TORCH"' in build
