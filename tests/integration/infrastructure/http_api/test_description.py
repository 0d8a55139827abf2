"""The service does what its own OpenAPI description says, whatever is sent to it."""

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from llm_engineering.infrastructure.http_api.access import Access
from llm_engineering.infrastructure.http_api.app import service_app
from tests.support.service import opened_store, service_parts

pytestmark = [pytest.mark.integration, pytest.mark.slow]
POSTS = ("/rag", "/rag/stream", "/retrieve", "/explain", "/feedback", "/summaries", "/v1/chat/completions")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]


@pytest.fixture(scope="module")
def described() -> Any:
    app = service_app(service_parts(opened_store()), access=Access(hosts=("testserver",)))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", path) for path in POSTS),
        *(("GET", path) for path in ("/facets", "/experiment", "/v1/models")),
        *(("GET", path) for path in ("/healthz", "/readyz", "/metrics", "/graph.svg")),
    ],
)
def test_the_service_does_what_it_says(described: Any, method: str, path: str, mode: GenerationMode) -> None:
    operation = described[path][method]
    if mode is GenerationMode.NEGATIVE and method == "GET":
        pytest.skip("there is nothing to send that could be wrong")

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def holds(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(checks=CHECKS)

    holds()


def test_everything_that_takes_a_body_has_examples_and_says_what_can_go_wrong(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    posts = {path: methods["post"] for path, methods in paths.items() if "post" in methods}
    assert posts.keys() == set(POSTS)
    for operation in posts.values():
        assert operation["requestBody"]["content"]["application/json"]["examples"]
        assert operation["responses"].keys() >= {"200", "401", "413", "422", "429", "503", "504"}


def test_examples_are_what_is_accepted(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]

    for path, methods in paths.items():
        for example in methods.get("post", {"requestBody": {"content": {"application/json": {"examples": {}}}}})[
            "requestBody"
        ]["content"]["application/json"]["examples"].values():
            body = example["value"] | ({"names": ["considered"]} if path == "/explain" else {})
            assert client.post(path, json=body).status_code == 200


def test_the_description_is_shown_in_a_browser_only_if_asked_for(make_app: Any, run: Any, client: httpx.Client) -> None:
    assert client.get("/docs").status_code == 404
    shown = run(make_app(has_docs=True)).client().get("/docs")
    assert shown.status_code == 200
    assert "https://cdn.jsdelivr.net" in shown.headers["content-security-policy"]
