"""Who is turned away, and how: keys, rates, hosts, origins, sizes, times."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from loguru import logger
from pydantic import SecretStr

from llm_engineering.infrastructure.http_api.access import Access
from llm_engineering.infrastructure.http_api.limits import ServiceLimits, rates_of
from tests.contracts.answerer import CHUNKS
from tests.support.fake_answerer import FakeAnswerer
from tests.support.service import RunningService, running_service

pytestmark = pytest.mark.integration
LOOM = {"query": "Which loom reads cards?"}
KEY = "correct-horse-battery-staple"
OTHER = "another-key-of-good-length"
BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def guarded(make_app: Any) -> Iterator[httpx.Client]:
    access = Access.of(
        host="127.0.0.1", keys=SecretStr(f"{KEY},{OTHER}"), allowed_hosts=None, cors_origins="https://friend.org"
    )
    with running_service(make_app(access=access)) as service:
        yield service.client()


class TestKeys:
    @pytest.mark.parametrize("headers", [BEARER, {"X-API-Key": OTHER}])
    def test_a_key_opens(self, guarded: httpx.Client, headers: dict[str, str]) -> None:
        assert guarded.post("/rag", json=LOOM, headers=headers).status_code == 200

    @pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong-key-of-good-length"}, {"X-API-Key": ""}])
    @pytest.mark.parametrize(
        "path", ["/rag", "/rag/stream", "/retrieve", "/explain", "/feedback", "/summaries", "/v1/chat/completions"]
    )
    def test_without_one_nothing_is_read(self, guarded: httpx.Client, path: str, headers: dict[str, str]) -> None:
        response = guarded.post(path, content=b"{ no json", headers=headers)

        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json()["error"]["type"] == "key_needed"

    @pytest.mark.parametrize(
        "path", ["/facets", "/experiment", "/metrics", "/graph.svg", "/openapi.json", "/v1/models", "/nowhere"]
    )
    def test_nothing_is_told_either(self, guarded: httpx.Client, path: str) -> None:
        assert guarded.get(path).status_code == 401

    @pytest.mark.parametrize("path", ["/", "/page/main.js", "/healthz", "/readyz"])
    def test_the_page_and_the_signs_of_life_are_open(self, guarded: httpx.Client, path: str) -> None:
        assert guarded.get(path).status_code == 200

    def test_no_key_reaches_the_log_or_the_counters(self, guarded: httpx.Client) -> None:
        lines: list[str] = []
        sink = logger.add(lines.append, level="DEBUG")
        try:
            guarded.post("/rag", json=LOOM, headers=BEARER)
            guarded.post("/rag", json=LOOM, headers={"Authorization": "Bearer wrong-key-of-good-length"})
        finally:
            logger.remove(sink)

        assert [line for line in lines if "POST /rag" in line or "unmatched" in line]
        shown = "".join(lines) + guarded.get("/metrics", headers=BEARER).text
        assert KEY not in shown
        assert "wrong-key" not in shown


class TestRates:
    @pytest.fixture
    def limited(self, make_app: Any, run: Any) -> httpx.Client:
        access = Access.of(host="127.0.0.1", keys=SecretStr(f"{KEY},{OTHER}"), allowed_hosts=None, cors_origins=None)
        client: httpx.Client = run(make_app(access=access, limits=ServiceLimits(rates=rates_of("2/hour")))).client()
        return client

    def test_a_key_that_asks_too_often_waits_and_others_do_not(self, limited: httpx.Client) -> None:
        answers = [limited.post("/rag", json=LOOM, headers=BEARER) for _ in range(3)]

        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert 3590 <= int(answers[2].headers["retry-after"]) <= 3600
        assert answers[2].json()["error"]["message"].startswith("More than 2 requests per 3600 seconds.")
        assert limited.post("/rag", json=LOOM, headers={"X-API-Key": OTHER}).status_code == 200

    def test_keys_cannot_be_guessed_by_the_thousand(self, limited: httpx.Client) -> None:
        guesses = [limited.post("/rag", headers={"X-API-Key": f"guess-number-{n:08}"}) for n in range(3)]

        assert [guess.status_code for guess in guesses] == [401, 401, 429]
        assert limited.post("/rag", json=LOOM, headers=BEARER).status_code == 200

    def test_the_page_has_no_rate(self, limited: httpx.Client) -> None:
        assert {limited.get("/page/main.js").status_code for _ in range(5)} == {200}


class TestHostsAndOrigins:
    @pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST"])
    def test_names_of_loopback_are_answered(self, client: httpx.Client, host: str) -> None:
        assert client.post("/rag", json=LOOM, headers={"Host": host}).status_code == 200

    @pytest.mark.parametrize("host", ["evil.org", "localhost.evil.org", "127.0.0.1.evil.org", "169.254.169.254", ""])
    def test_a_name_that_was_pointed_here_is_not(self, client: httpx.Client, host: str) -> None:
        for path in ("/rag", "/", "/healthz"):
            answer = client.request("GET", path, headers={"Host": host})
            assert (answer.status_code, answer.json()["error"]["type"]) == (400, "unknown_host")

    @pytest.mark.parametrize("origin", ["https://evil.org", "null", "http://localhost:1", "file://"])
    def test_the_page_of_another_site_may_not_ask(self, client: httpx.Client, origin: str) -> None:
        response = client.post("/rag", json=LOOM, headers={"Origin": origin})

        assert response.status_code == 403
        assert response.json()["error"]["type"] == "foreign_origin"
        assert "access-control-allow-origin" not in response.headers

    def test_a_form_of_another_site_is_not_read_as_json(self, client: httpx.Client) -> None:
        response = client.post("/rag", content=json.dumps(LOOM), headers={"Content-Type": "text/plain"})

        assert response.status_code == 422

    def test_the_own_page_may_ask(self, client: httpx.Client) -> None:
        host = client.base_url.netloc.decode()

        assert client.post("/rag", json=LOOM, headers={"Origin": f"http://{host}"}).status_code == 200

    def test_a_site_that_is_named_may_ask(self, guarded: httpx.Client) -> None:
        asks = {"Origin": "https://friend.org"}
        before = guarded.options(
            "/rag",
            headers={
                **asks,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type",
            },
        )
        response = guarded.post("/rag", json=LOOM, headers={**asks, **BEARER})

        assert before.status_code == 200
        assert (
            response.headers["access-control-allow-origin"]
            == before.headers["access-control-allow-origin"]
            == "https://friend.org"
        )


class TestHeaders:
    @pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere", "/openapi.json"])
    def test_every_response_is_guarded(self, client: httpx.Client, path: str) -> None:
        headers = client.get(path).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert "server" not in headers

    def test_an_id_that_is_given_is_kept(self, client: httpx.Client) -> None:
        response = client.post("/rag", json={}, headers={"X-Request-ID": "run-7.a_B"})

        assert response.headers["x-request-id"] == "run-7.a_B" == response.json()["error"]["request_id"]

    @pytest.mark.parametrize("given", ["a b", "x" * 65, "", "<script>", "é"])
    def test_an_id_that_is_none_is_replaced(self, client: httpx.Client, given: str) -> None:
        response = client.get("/healthz", headers=[(b"X-Request-ID", given.encode("latin-1"))])

        assert len(response.headers["x-request-id"]) == 32
        assert response.headers["x-request-id"] != given

    def test_what_people_ask_is_not_logged(self, client: httpx.Client) -> None:
        lines: list[str] = []
        sink = logger.add(lines.append, level="INFO")
        try:
            client.post("/rag", json={"query": "my most private loom"})
            client.get("/my/most/private/path?query=secret")
        finally:
            logger.remove(sink)

        shown = "".join(lines)
        assert "POST /rag 200" in shown
        assert "private" not in shown
        assert "secret" not in shown


class TestBodies:
    def test_a_huge_body_is_refused_before_it_is_read(self, client: httpx.Client) -> None:
        response = client.post("/rag", content=b"x" * 262_145)

        assert response.status_code == 413
        assert response.json()["error"]["type"] == "body_too_large"

    def test_a_huge_body_of_unknown_length_is_refused_too(self, client: httpx.Client) -> None:
        def pieces() -> Any:
            for _ in range(10):
                yield b"x" * 50_000

        response = client.post("/rag", content=pieces(), headers={"Content-Type": "application/json"})

        assert response.status_code == 413
        assert response.json()["error"]["type"] == "body_too_large"

    def test_a_body_that_drips_is_given_up(self, make_app: Any, run: Any) -> None:
        service: RunningService = run(make_app(limits=ServiceLimits(body_seconds=0.2)))
        host, port = service.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(
                b"POST /rag HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b'Content-Length: 100\r\n\r\n{"query'
            )
            answer = connection.recv(4096).decode()

        assert answer.startswith("HTTP/1.1 408 ")

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"", 422),
            (b"{", 422),
            (b"null", 422),
            (b"[]", 422),
            (b'"text"', 422),
            (b"\xff{", 400),
            (b"[" * 100_000, 400),
            (b'{"query": "\\ud800"}', 422),
            (b'{"query": "x", "\\ud800": 1}', 422),
            (b'{"query": NaN}', 422),
            (b'{"query": "x", "limit": 1e999}', 422),
            (b'{"query": "x", "limit": 99999999999999999999999}', 422),
            (b'{"query": "x", "limit": "5"}', 422),
            (b'{"query": "x", "since": 0}', 422),
            (b'{"query": "x", "since": "2024-02-30"}', 422),
            (b'{"query": "x", "passwords": "hunter2"}', 422),
            (b'{"query": ""}', 422),
            (b'{"query": " \\u200b"}', 422),
            (b'{"query": "' + b"x" * 2001 + b'"}', 422),
        ],
    )
    def test_what_cannot_be_read_is_refused_in_words(self, client: httpx.Client, body: bytes, status: int) -> None:
        response = client.post("/rag", content=body, headers={"Content-Type": "application/json"})

        assert response.status_code == status
        assert response.json()["error"]["message"]
        assert "hunter2" not in response.text

    @pytest.mark.parametrize(
        "text",
        [
            "http://169.254.169.254/latest/meta-data/",
            "file:///etc/passwd",
            "../../../../etc/passwd",
            "gopher://127.0.0.1:6379/_FLUSHALL",
            "http://127.0.0.1:1/",
            "${jndi:ldap://evil.org/a}",
            "{{7*7}}",
            "' OR 1=1 --",
        ],
    )
    def test_addresses_and_paths_are_only_words(self, make_app: Any, run: Any, text: str) -> None:
        asked: list[Any] = []

        class Noting(FakeAnswerer):
            async def passages(self, question: Any) -> Any:
                asked.append(question)
                return await super().passages(question)

        client = run(make_app(Noting(CHUNKS))).client()
        fields = {"query": f"loom {text}", "platform": text, "language": text[:40]}

        response = client.post("/rag", json=fields)
        unknown = client.post("/rag", json={"query": "loom", "author": text})

        assert response.json()["kind"] == "unknown"
        assert unknown.json()["error"]["type"] == "unknown_author"
        assert (asked[0].query, asked[0].platform, asked[0].language) == tuple(fields.values())
        assert client.get(f"/page/{text}").status_code in {400, 404}

    @pytest.mark.parametrize(
        "path", ["/page/..%2f..%2fapp.py", "/page/%2e%2e/app.py", "/page/__init__.py", "/page//etc/passwd"]
    )
    def test_no_file_but_those_of_the_page_is_served(self, client: httpx.Client, path: str) -> None:
        assert client.get(path).status_code == 404
