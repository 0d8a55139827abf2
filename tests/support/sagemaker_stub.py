"""SageMaker's runtime on loopback: a container with OpenAI's chat interface, and AWS's event stream."""

import json
import struct
from binascii import crc32
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.openai_stub import Asked, OpenAIStub, Reply, StubHandler, events, served, whole_body

ENDPOINT = "twin"


@contextmanager
def sagemaker_stub() -> Iterator[OpenAIStub]:
    """Yield a server that answers until the end of the block; its script is that of `openai_stub`.

    A `Reply` with an error of the shape `{"code": "ThrottlingException", "message": ...}` is one of SageMaker. Without
    a code it is one of the container.
    """
    with served(_RuntimeHandler) as stub:
        yield stub


def runtime_client(stub: OpenAIStub, **settings: Any) -> Any:
    """Return a client of boto3 that asks the stub."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "sagemaker-runtime",
        region_name="eu-west-1",
        endpoint_url=stub.url.removesuffix("/v1"),
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, read_timeout=5, **settings),
    )


class _RuntimeHandler(StubHandler):
    def do_POST(self) -> None:  # noqa: N802 - the name is the library's
        asked = self.read()
        _, _, endpoint, action = self.path.split("/")
        if endpoint != ENDPOINT:
            self._refuse(400, "ValidationError", f"Endpoint {endpoint} of account 1 not found.")
            return
        reply = self.server.stub.reply(asked)
        self.wait_for(reply.before)
        if reply.error is not None and "code" in reply.error:
            self._refuse(reply.status, reply.error["code"], reply.error["message"])
        elif reply.status != 200:
            self._fail(reply)
        elif action == "invocations-response-stream":
            self._stream(asked, reply)
        else:
            body = json.dumps(whole_body(asked, reply)).encode() if reply.raw is None else reply.raw
            self.send_whole(200, body, {})

    def _refuse(self, status: int, code: str, message: str) -> None:
        self.send_whole(status, json.dumps({"message": message}).encode(), {"x-amzn-ErrorType": code})

    def _fail(self, reply: Reply) -> None:
        body = {
            "Message": "Received an error from the container.",
            "OriginalStatusCode": reply.status,
            "OriginalMessage": json.dumps({"error": dict(reply.error or {"message": "it broke"})}),
        }
        self.send_whole(424, json.dumps(body).encode(), {"x-amzn-ErrorType": "ModelError"})

    def _stream(self, asked: Asked, reply: Reply) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for place, event in enumerate(events(asked, reply)):
            if place == reply.cut_after:
                self.break_off()
                return
            if place == 1:
                self.wait_for(reply.between)
            # The container's bytes arrive in parts that know nothing of its lines.
            middle = len(event) // 2
            for part in (event[:middle], event[middle:]):
                self.write_part(payload_part(part))
        self.wfile.write(b"0\r\n\r\n")


def payload_part(data: bytes) -> bytes:
    """Return bytes of the container as an event of `vnd.amazon.eventstream`."""
    headers = _header(":message-type", "event") + _header(":event-type", "PayloadPart")
    return _message(headers, data)


def stream_error(code: str, message: str) -> bytes:
    """Return an exception inside of the stream."""
    headers = _header(":message-type", "exception") + _header(":exception-type", code)
    return _message(headers, json.dumps({"Message": message}).encode())


def _message(headers: bytes, payload: bytes) -> bytes:
    """Return a message: lengths and their checksum, headers, payload, checksum of it all."""
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack("!I", crc32(prelude)) + headers + payload
    return message + struct.pack("!I", crc32(message))


def _header(name: str, value: str) -> bytes:
    return bytes([len(name)]) + name.encode() + b"\x07" + struct.pack("!H", len(value)) + value.encode()
