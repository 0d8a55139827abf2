"""The files by which the twin is delivered pass the linters of their kinds, none of which asks the network."""

import subprocess
import sys
from itertools import chain
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.support.kustomize import rendered

ROOT = Path(__file__).parents[3]
PROGRAMS = Path(sys.executable).parent
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yaml"))
OVERLAYS = sorted(path.parent for path in ROOT.glob("deploy/kubernetes/overlays/*/kustomization.yaml"))
KUBERNETES = "1.34"
"""The oldest version that the manifests are checked for; it is the first where a pause before the end is stable."""

SCHEMAS = {
    "vendor.compose-spec": [ROOT / "docker-compose.yml"],
    "vendor.dependabot": [ROOT / ".github/dependabot.yml"],
    "vendor.github-workflows": WORKFLOWS,
    # GitHub's own limit is six hours.
    "custom.github-workflows-require-timeout": WORKFLOWS,
}


def said(program: str, *arguments: object, given: str | None = None) -> str:
    """Return what a program finds fault with: nothing if it ends with 0."""
    done = subprocess.run(
        [PROGRAMS / program, *map(str, arguments)],
        check=False, capture_output=True, cwd=ROOT, encoding="utf-8", input=given,
    )  # fmt: skip
    return done.stdout + done.stderr if done.returncode else ""


def scripts(workflow: Path) -> dict[str, str]:
    """Return the scripts of a workflow, by job and place."""
    jobs = yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]
    return {
        f"{workflow.stem}: {job}: {place}": step["run"]
        for job, its in jobs.items()
        for place, step in enumerate(its["steps"])
        if "run" in step
    }


SCRIPTS = dict(chain.from_iterable(scripts(workflow).items() for workflow in WORKFLOWS))


def test_the_dockerfile_is_clean() -> None:
    assert said("hadolint", "Dockerfile") == ""


@pytest.mark.parametrize("schema", SCHEMAS)
def test_files_follow_their_schema(schema: str) -> None:
    assert said("check-jsonschema", "--builtin-schema", schema, *SCHEMAS[schema]) == ""


class _Overriding(yaml.SafeLoader):
    """Reads `!override`, with which Compose replaces a list; no schema knows it."""

    def overriding(self, node: yaml.SequenceNode) -> list[Any]:
        return self.construct_sequence(node, deep=True)


_Overriding.add_constructor("!override", _Overriding.overriding)


def test_the_overlay_of_compose_follows_the_schema_too(tmp_path: Path) -> None:
    text = (ROOT / "docker-compose.exposed.yml").read_text(encoding="utf-8")
    plain = tmp_path / "plain.yml"
    plain.write_text(yaml.safe_dump(yaml.load(text, _Overriding)), encoding="utf-8")

    assert said("check-jsonschema", "--builtin-schema", "vendor.compose-spec", plain) == ""


def test_workflows_give_nothing_away() -> None:
    assert said("zizmor", "--offline", "--no-progress", ".github") == ""


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_of_workflows_are_clean(name: str) -> None:
    # Steps run in bash with these options, and variables of the workflow come from outside.
    script = f"#!/bin/bash\nset -eo pipefail\n{SCRIPTS[name]}"

    assert said("shellcheck", "--exclude=SC2154", "-", given=script) == ""


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda overlay: overlay.name)
def test_manifests_follow_the_schemas_of_kubernetes(overlay: Path) -> None:
    faults: list[str] = []
    manifests: list[dict[str, Any]] = rendered(overlay)

    for manifest in manifests:
        try:
            kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            faults.append(f"{manifest['kind']}: {error.message}")

    assert len(manifests) >= 8
    assert faults == []
