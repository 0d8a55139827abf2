"""Does what `kubectl kustomize` does, as far as the manifests of the project need it.

There is no package of kustomize, so this stands in for it where tests run; the workflow runs the real one too. What it
does not know it refuses, so that nothing is passed over in silence.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonpatch
import yaml

Manifest = dict[str, Any]
_KEYS = {"apiVersion", "kind", "namespace", "resources", "images", "configMapGenerator", "patches"}


def rendered(folder: Path) -> list[Manifest]:
    """Return the manifests of a folder with a `kustomization.yaml`, those of the folders that it names included."""
    wanted = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    unknown = set(wanted) - _KEYS
    if unknown:
        raise NotImplementedError(f"{folder}: {sorted(unknown)} is not known here")
    manifests = [manifest for name in wanted.get("resources", ()) for manifest in _manifests(folder / name)]
    for generator in wanted.get("configMapGenerator", ()):
        _generate(manifests, generator)
    for patch in wanted.get("patches", ()):
        _patch(manifests, patch["target"], patch["patch"])
    images = {image["name"]: f"{image['newName']}:{image['newTag']}" for image in wanted.get("images", ())}
    for container in containers(manifests):
        container["image"] = images.get(container["image"], container["image"])
    for manifest in manifests:
        if "namespace" in wanted and manifest["kind"] != "Namespace":
            manifest["metadata"]["namespace"] = wanted["namespace"]
    return manifests


def containers(manifests: list[Manifest]) -> Iterator[Manifest]:
    """Yield the containers of all pods that manifests describe."""
    for manifest in manifests:
        pod = manifest.get("spec", {}).get("template", {}).get("spec", {})
        yield from (*pod.get("initContainers", ()), *pod.get("containers", ()))


def the(manifests: list[Manifest], kind: str, name: str = "llm-twin") -> Manifest:
    """Return the one manifest of a kind and name."""
    (found,) = (each for each in manifests if each["kind"] == kind and each["metadata"]["name"] == name)
    return found


def _manifests(path: Path) -> list[Manifest]:
    return rendered(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def _generate(manifests: list[Manifest], generator: Manifest) -> None:
    data = dict(literal.split("=", 1) for literal in generator["literals"])
    if generator.get("behavior", "create") == "merge":
        the(manifests, "ConfigMap", generator["name"])["data"].update(data)
        return
    manifests.append({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": generator["name"]}, "data": data,
    })  # fmt: skip


def _patch(manifests: list[Manifest], target: Manifest, patch: str) -> None:
    manifest = the(manifests, target["kind"], target["name"])
    manifest.update(jsonpatch.apply_patch(manifest, yaml.safe_load(patch)))
