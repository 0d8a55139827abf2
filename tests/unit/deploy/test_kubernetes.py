"""The manifests of the service, as both overlays render them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from llm_engineering.infrastructure.http_api.app import service_app
from llm_engineering.infrastructure.http_api.gates import OPEN_PATHS
from llm_engineering.infrastructure.shared_stores import settings_of_servers
from llm_engineering.settings import Settings
from tests.support.kustomize import Manifest, containers, rendered, the
from tests.support.service import opened_store, service_parts
from tools.ml_service import access_of, limits_of
from tools.ml_service import main as serve

ROOT = Path(__file__).parents[3]
OVERLAYS = {path.name: path for path in sorted((ROOT / "deploy/kubernetes/overlays").iterdir())}
SECRETS = {"SERVICE_API_KEYS": "0123456789abcdef", "DATABASE_HOST": "mongodb+srv://twin:plum@cluster.example.org"}

each_overlay = pytest.mark.parametrize("overlay", OVERLAYS)


@pytest.fixture(name="manifests")
def _manifests(overlay: str) -> list[Manifest]:
    return rendered(OVERLAYS[overlay])


def the_container(manifests: list[Manifest]) -> dict[str, Any]:
    (container,) = the(manifests, "Deployment")["spec"]["template"]["spec"]["containers"]
    return dict(container)


@each_overlay
def test_pods_can_do_little(manifests: list[Manifest]) -> None:
    pods = [each["spec"]["template"]["spec"] for each in manifests if each["kind"] in {"Deployment", "StatefulSet"}]

    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
    for container in containers(manifests):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} <= set(container["resources"]["requests"])
        assert "memory" in container["resources"]["limits"]


@each_overlay
def test_images_are_whole_versions_that_compose_runs_too(manifests: list[Manifest]) -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    known = {service["image"] for service in compose.values()}

    images = {container["image"].rpartition("amazonaws.com/")[2] for container in containers(manifests)}

    assert images <= known


@each_overlay
def test_probes_ask_what_needs_no_key(manifests: list[Manifest]) -> None:
    paths = set(service_app(service_parts(opened_store())).openapi()["paths"])
    container = the_container(manifests)

    asked = {name: container[name]["httpGet"] for name in ("startupProbe", "livenessProbe", "readinessProbe")}

    assert {name: get["path"] for name, get in asked.items()} == {
        "startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz",
    }  # fmt: skip
    assert {get["path"] for get in asked.values()} <= OPEN_PATHS & paths
    assert {get["port"] for get in asked.values()} == {container["ports"][0]["name"]}
    # The service is called by other names than the address of a pod.
    assert all(get["httpHeaders"] == [{"name": "Host", "value": "localhost"}] for get in asked.values())


@each_overlay
def test_the_settings_are_those_of_a_service_of_many_copies(
    manifests: list[Manifest], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = the(manifests, "ConfigMap")["data"]
    assert {name for name in data if name.lower() not in Settings.model_fields} == set()
    for name, value in {**data, **SECRETS}.items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    assert settings_of_servers(settings) is settings
    assert access_of(settings).keys
    assert limits_of(settings).max_concurrency == 8
    assert settings.service_port == the_container(manifests)["ports"][0]["containerPort"]


@each_overlay
def test_embedded_stores_are_refused(manifests: list[Manifest]) -> None:
    module, *arguments = the_container(manifests)["args"]

    assert module == serve.callback.__module__
    assert serve.make_context("serve", arguments).params["servers_only"] is True


@each_overlay
def test_secrets_are_named_and_not_there(manifests: list[Manifest]) -> None:
    needed = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in the_container(manifests)["env"]}

    assert needed == {name: {"name": "llm-twin", "key": name} for name in SECRETS}
    assert [manifest for manifest in manifests if manifest["kind"] == "Secret"] == []
    assert set(the(manifests, "ConfigMap")["data"]) & {*SECRETS, "QDRANT_API_KEY", "OPENAI_API_KEY"} == set()


@each_overlay
def test_what_is_written_to_is_a_volume(manifests: list[Manifest]) -> None:
    mounts = {mount["mountPath"] for mount in the_container(manifests)["volumeMounts"]}

    assert mounts == {the(manifests, "ConfigMap")["data"]["DATA_FOLDER"], "/tmp"}


@each_overlay
def test_parts_find_each_other(manifests: list[Manifest]) -> None:
    labels = the(manifests, "Deployment")["spec"]["template"]["metadata"]["labels"]

    assert the(manifests, "Deployment")["spec"]["selector"]["matchLabels"] == labels
    assert the(manifests, "Service")["spec"]["selector"] == labels
    assert the(manifests, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    assert the(manifests, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert the(manifests, "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == "llm-twin"
    assert the(manifests, "Service")["spec"]["ports"][0]["targetPort"] == "http"
    assert "replicas" not in the(manifests, "Deployment")["spec"]


def test_a_copy_may_go_while_another_answers() -> None:
    autoscaler = the(rendered(OVERLAYS["production"]), "HorizontalPodAutoscaler")["spec"]

    assert 2 <= autoscaler["minReplicas"] <= autoscaler["maxReplicas"]


@each_overlay
def test_requests_are_finished_before_a_pod_is_killed(manifests: list[Manifest]) -> None:
    pause = the_container(manifests)["lifecycle"]["preStop"]["sleep"]["seconds"]
    draining = int(the(manifests, "ConfigMap")["data"]["SERVICE_DRAIN_SECONDS"])

    assert pause + draining < the(manifests, "Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]


@each_overlay
def test_the_network_is_open_to_the_stores_and_not_to_the_credentials_of_the_cloud(manifests: list[Manifest]) -> None:
    _, outside = the(manifests, "NetworkPolicy")["spec"]["egress"]

    assert {each["port"] for each in outside["ports"]} == {443, 6333, 27017}
    assert outside["to"][1]["ipBlock"]["except"] == ["169.254.169.254/32"]
