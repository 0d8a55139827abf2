"""A server that speaks just enough of MongoDB's wire protocol to answer what a real one answers when things go wrong.

https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/
"""

import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, Final

import bson

Reply = Mapping[str, Any]

_OP_REPLY: Final = 1
_OP_QUERY: Final = 2004
_OP_MSG: Final = 2013
_HELLO: Final[Reply] = {
    "ok": 1,
    "ismaster": True,
    "helloOk": True,
    "minWireVersion": 0,
    "maxWireVersion": 21,
    "maxBsonObjectSize": 16 * 2**20,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
}


@contextmanager
def scripted_mongodb(replies: Mapping[str, Sequence[Reply]]) -> Iterator[str]:
    """Yield the address of a server, host and port.

    Args:
        replies: For the name of a command what is answered to its first call, its second and so on; the last reply
            is repeated. Other commands succeed.
    """
    waiting = {command: list(each) for command, each in replies.items()}

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            while header := self.rfile.read(16):
                length, request_id, _, kind = struct.unpack("<4i", header)
                command = _command(kind, self.rfile.read(length - 16))
                self.wfile.write(_message(kind, request_id, _answer(waiting, command)))

    class Server(ThreadingTCPServer):
        daemon_threads = True
        # Closing does not wait for the connections, which the client keeps open.
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def _command(kind: int, body: bytes) -> str:
    """Return the name of the command, which is the first field of the first document."""
    start = body.index(b"\0", 4) + 1 + 8 if kind == _OP_QUERY else 5
    length = int.from_bytes(body[start : start + 4], "little")
    return next(iter(bson.decode(body[start : start + length])))


def _answer(waiting: dict[str, list[Reply]], command: str) -> Reply:
    if command in {"ismaster", "isMaster", "hello"}:
        return _HELLO
    replies = waiting.get(command, [{"ok": 1}])
    return replies.pop(0) if len(replies) > 1 else replies[0]


def _message(kind: int, request_id: int, reply: Reply) -> bytes:
    document = bson.encode(reply)
    if kind == _OP_QUERY:
        kind, body = _OP_REPLY, struct.pack("<iqii", 8, 0, 0, 1) + document
    else:
        kind, body = _OP_MSG, struct.pack("<iB", 0, 0) + document
    return struct.pack("<4i", 16 + len(body), 0, request_id, kind) + body
