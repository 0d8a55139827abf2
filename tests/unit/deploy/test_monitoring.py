"""Prometheus and Grafana ask for what the service has."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from llm_engineering.domain.answers import Answer, AnswerKind
from llm_engineering.infrastructure.http_api.app import service_app
from llm_engineering.infrastructure.http_api.metrics import ServiceMetrics
from tests.support.fake_answerer import EXTRACTIVE
from tests.support.service import opened_store, service_parts

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana/dashboards/llm-twin.json").read_text(encoding="utf-8"))


def read(path: str) -> Any:
    return yaml.safe_load((DEPLOY / path).read_text(encoding="utf-8"))


PROMETHEUS = read("prometheus/prometheus.yml")
ALERTS: list[dict[str, Any]] = [rule for group in read("prometheus/alerts.yml")["groups"] for rule in group["rules"]]
PANELS: list[dict[str, Any]] = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def expressions() -> dict[str, str]:
    """Return all expressions, with the variables of Grafana filled in as Grafana would."""
    shown = {f"{panel['title']} {each['refId']}": each["expr"] for panel in PANELS for each in panel["targets"]}
    marked = {each["name"]: each["expr"] for each in DASHBOARD["annotations"]["list"]}
    alerting = {rule["alert"]: rule["expr"] for rule in ALERTS}
    filled = {"$__rate_interval": "1m", "$instance": ".*"}
    return {
        name: re.sub("|".join(map(re.escape, filled)), lambda found: filled[found[0]], text)
        for name, text in {**shown, **marked, **alerting}.items()
    }


def selectors(expression: str) -> Iterator[promql_parser.VectorSelector]:
    found: list[promql_parser.VectorSelector] = []

    def collect(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector):
            found.append(node)
        return True

    promql_parser.walk(promql_parser.parse(expression), collect)
    yield from found


@pytest.fixture(scope="module", name="labels_of")
def _labels_of() -> dict[str, set[str]]:
    """Return the labels of what the service gives and of what Prometheus adds, by name."""
    metrics = ServiceMetrics(has_model=True)
    metrics.count_request(route="/rag", method="POST", status=200, seconds=0.1)
    metrics.count_answer(
        Answer(
            trace_id="1", question="What?", kind=AnswerKind.QUOTED, text="That.", statements=(), citations=(),
            model=EXTRACTIVE, prompt=None, seconds=0.1,
        )
    )  # fmt: skip
    metrics.count_feedback(is_helpful=True)
    metrics.count_variant("a")
    metrics.count_experiment_failure()
    families = text_string_to_metric_families(metrics.exposition().decode("utf-8"))
    given = {sample.name: set(sample.labels) for family in families for sample in family.samples}
    added = {"job", "instance"}
    return {name: labels | added for name, labels in given.items()} | {
        "up": added,
        "ALERTS": added | {"alertname", "alertstate"},
    }


@pytest.mark.parametrize("name", expressions())
def test_expressions_ask_for_metrics_and_labels_that_there_are(name: str, labels_of: dict[str, set[str]]) -> None:
    asked = list(selectors(expressions()[name]))

    assert asked
    for selector in asked:
        assert selector.name in labels_of
        assert {matcher.name for matcher in selector.matchers.matchers} <= labels_of[str(selector.name)]


@pytest.mark.parametrize("name", expressions())
def test_expressions_group_by_labels_that_there_are(name: str, labels_of: dict[str, set[str]]) -> None:
    expression = expressions()[name]
    groups = re.findall(r"\bby \(([^)]*)\)", expression)
    known = set().union(*(labels_of[str(selector.name)] for selector in selectors(expression)))

    assert {label.strip() for group in groups for label in group.split(",")} <= known


def test_every_metric_of_the_service_is_shown(labels_of: dict[str, set[str]]) -> None:
    shown = {str(selector.name) for text in expressions().values() for selector in selectors(text)}
    bases = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}

    own = {re.sub(r"_(bucket|sum|count)$", "", name) for name in labels_of if not name.endswith("_created")}
    assert own - bases == set()


def test_routes_that_are_named_exist() -> None:
    paths = set(service_app(service_parts(opened_store())).openapi()["paths"])
    named = {
        path
        for text in expressions().values()
        for pattern in re.findall(r'route!?=~?"([^"]+)"', text)
        for path in pattern.split("|")
    }

    assert {"/rag", "/readyz"} <= named <= paths


def test_prometheus_asks_the_service_of_compose() -> None:
    (job,) = [each for each in PROMETHEUS["scrape_configs"] if each["job_name"] == "llm-twin"]
    service = COMPOSE["service"]["environment"]["SERVICE_PORT"]

    assert job["static_configs"] == [{"targets": [f"service:{service}"]}]
    assert job["metrics_path"] == "/metrics"
    # The key that the container writes when it starts.
    assert f"> {job['authorization']['credentials_file']}" in COMPOSE["prometheus"]["command"][0]
    assert PROMETHEUS["rule_files"] == ["alerts.yml"]


def test_alerts_say_what_is_the_matter() -> None:
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)
    for rule in ALERTS:
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["labels"]["severity"] in {"critical", "warning"}


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_is_described(rule: dict[str, Any]) -> None:
    assert f"| `{rule['alert']}` |" in (ROOT / "docs/deploy.md").read_text(encoding="utf-8")


class TestDashboard:
    def test_panels_do_not_overlap(self) -> None:
        taken: set[tuple[int, int]] = set()
        for panel in DASHBOARD["panels"]:
            place = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not cells & taken, panel["title"]
            assert place["x"] + place["w"] <= 24
            taken |= cells

    def test_panels_have_names_and_numbers_of_their_own(self) -> None:
        panels = DASHBOARD["panels"]

        assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)

    def test_panels_read_the_chosen_source(self) -> None:
        (variable,) = [each for each in DASHBOARD["templating"]["list"] if each["type"] == "datasource"]

        for panel in PANELS:
            assert panel["datasource"] == {"type": variable["query"], "uid": f"${{{variable['name']}}}"}

    def test_it_is_where_grafana_looks_for_it(self) -> None:
        grafana = COMPOSE["grafana"]
        (provider,) = read("grafana/provisioning/dashboards/llm-twin.yml")["providers"]
        (source,) = read("grafana/provisioning/datasources/prometheus.yml")["datasources"]
        mounts = dict(mount.split(":")[:2] for mount in grafana["volumes"])

        assert mounts == {
            "./deploy/grafana/provisioning": "/etc/grafana/provisioning",
            "./deploy/grafana/dashboards": provider["options"]["path"],
        }
        assert grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] == (
            f"{provider['options']['path']}/llm-twin.json"
        )
        assert source["url"] == "http://prometheus:9090"
