import socket

import pytest
from click.testing import CliRunner

from tools.ask_service import main as ask
from tools.ml_service import main as serve


def test_others_are_not_let_in_without_a_key() -> None:
    done = CliRunner().invoke(serve, ["--host", "0.0.0.0"])

    assert done.exit_code == 1
    assert "SERVICE_API_KEYS is not set" in done.output
    assert "secrets.token_urlsafe" in done.output


@pytest.mark.parametrize(
    ("variable", "value"),
    [("SERVICE_API_KEYS", "hunter2"), ("SERVICE_RATE_LIMIT", "often"), ("SERVICE_ALLOWED_HOSTS", "http://a.org")],
)
def test_a_setting_that_cannot_be_used_is_told_before_anything_is_loaded(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    done = CliRunner().invoke(serve, [])

    assert done.exit_code == 1
    assert variable in done.output
    assert "hunter2" not in done.output
    assert "Loading" not in done.output


def test_embedded_stores_are_refused_where_servers_are_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDRANT_URL", "http://127.0.0.1:6333")

    done = CliRunner().invoke(serve, ["--servers-only"])

    assert done.exit_code == 1
    assert "DATABASE_HOST is not set" in done.output
    assert "Loading" not in done.output


def test_a_port_that_is_taken_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = CliRunner().invoke(serve, ["--port", str(port)])

    assert done.exit_code == 1
    assert f"127.0.0.1:{port}: another program does" in done.output


def test_a_service_that_does_not_run_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        done = CliRunner().invoke(ask, ["--url", f"http://127.0.0.1:{free.getsockname()[1]}"])

    assert done.exit_code == 1
    assert "Start it with `poetry poe run-inference-ml-service`" in done.output
