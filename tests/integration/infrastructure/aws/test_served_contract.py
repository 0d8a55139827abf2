"""Which prompt contract an endpoint is tagged with: that of the file, or that on the Hub."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from huggingface_hub import constants
from pydantic import SecretStr

from llm_engineering.application.prompts.contract import CONTRACT_FILE, ENDPOINT_TAG, contract_text, prompt_contract
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.domain.prompt_contracts import UnreadableContractError, contract_tag
from llm_engineering.infrastructure.aws.endpoint_configuration import ServedModel
from llm_engineering.infrastructure.aws.served_contract import (
    ContractFileMissingError,
    NoSuchModelError,
    contract_tags,
)

pytestmark = pytest.mark.integration

CONTRACT = prompt_contract(code_prompts({"answer": "v1"}), chat_template="as it lies there")
TAGS = {ENDPOINT_TAG: contract_tag(CONTRACT)}
COMMIT = "c" * 40


class _Hub(ThreadingHTTPServer):
    files: dict[str, bytes]
    keys: list[str | None]
    url: str


class _Handler(BaseHTTPRequestHandler):
    """Answers for one model, which asks for a token."""

    server: _Hub

    def do_HEAD(self) -> None:
        self._answer(is_head=True)

    def do_GET(self) -> None:
        self._answer(is_head=False)

    def _answer(self, *, is_head: bool) -> None:
        key = self.headers.get("authorization")
        self.server.keys.append(key)
        _, owner, name, _, _, file = self.path.split("/")
        if name == "gated" and key != "Bearer hf_right":
            self._refuse(401, "GatedRepo")
        elif (owner, name) == ("ada", "nothing"):
            self._refuse(404, "RepoNotFound")
        elif file not in self.server.files:
            self._refuse(404, "EntryNotFound")
        else:
            body = self.server.files[file]
            self.send_response(200)
            for header, value in {
                "X-Repo-Commit": COMMIT,
                "ETag": '"e"',
                "Content-Length": str(len(body)),
            }.items():
                self.send_header(header, value)
            self.end_headers()
            if not is_head:
                self.wfile.write(body)

    def _refuse(self, status: int, code: str) -> None:
        self.send_response(status)
        self.send_header("X-Error-Code", code)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Hub]:
    # The suite is offline: the library reads the variable once, when it is imported.
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    server = _Hub(("127.0.0.1", 0), _Handler)
    server.files, server.keys = {CONTRACT_FILE: contract_text(CONTRACT).encode()}, []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def said() -> list[str]:
    return []


def tags(hub: _Hub, cache: Path, said: list[str], hub_id: str = "ada/twin", *, passed: bool = False) -> dict[str, str]:
    model = ServedModel(hub_id=hub_id, pass_hub_token=passed)
    return contract_tags(model, SecretStr("hf_right"), said.append, endpoint=hub.url, cache=cache)


@pytest.mark.parametrize("name", [CONTRACT_FILE, ""])
def test_the_named_file_or_its_folder_is_read(tmp_path: Path, said: list[str], name: str) -> None:
    (tmp_path / CONTRACT_FILE).write_text(contract_text(CONTRACT), encoding="utf-8")

    assert contract_tags(ServedModel(hub_id="ada/twin", contract=str(tmp_path / name)), None, said.append) == TAGS


def test_a_named_file_has_to_be_there_and_to_be_a_contract(tmp_path: Path, said: list[str]) -> None:
    model = ServedModel(s3_uri="s3://my-models/twin/", contract=str(tmp_path / "contract.json"))
    with pytest.raises(ContractFileMissingError, match="There is no prompt contract at"):
        contract_tags(model, None, said.append)

    (tmp_path / "contract.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnreadableContractError, match="holds no prompt contract"):
        contract_tags(model, None, said.append)


def test_the_one_on_the_hub_is_found_and_no_token_is_sent_for_it(hub: _Hub, tmp_path: Path, said: list[str]) -> None:
    assert tags(hub, tmp_path, said) == TAGS
    assert set(hub.keys) == {None}


def test_a_model_without_one_has_no_tag(hub: _Hub, tmp_path: Path, said: list[str]) -> None:
    hub.files.clear()

    assert tags(hub, tmp_path, said) == {}
    assert said == []


@pytest.mark.parametrize(("hub_id", "reason"), [("ada/nothing", "RepositoryNotFoundError"), ("ada/gated", "Gated")])
def test_a_model_that_the_container_would_not_get_is_told_before(
    hub: _Hub, tmp_path: Path, said: list[str], hub_id: str, reason: str
) -> None:
    with pytest.raises(NoSuchModelError, match=f"no model '{hub_id}' for the container .{reason}") as raised:
        tags(hub, tmp_path, said, hub_id)

    assert "pass_hub_token" in raised.value.remedy


def test_the_token_that_the_container_gets_is_used(hub: _Hub, tmp_path: Path, said: list[str]) -> None:
    assert tags(hub, tmp_path, said, "ada/gated", passed=True) == TAGS


def test_a_hub_that_cannot_be_asked_is_told_and_nothing_ends(tmp_path: Path, said: list[str]) -> None:
    model = ServedModel(hub_id="ada/twin")

    assert contract_tags(model, None, said.append, cache=tmp_path) == {}
    assert "whether ada/twin has a prompt contract is not known" in said[0]


def test_a_model_in_s3_has_the_named_contract_only(said: list[str]) -> None:
    assert contract_tags(ServedModel(s3_uri="s3://my-models/twin/"), None, said.append) == {}
