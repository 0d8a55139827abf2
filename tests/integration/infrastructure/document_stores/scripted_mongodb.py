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
_GREETINGS: Final = frozenset({"ismaster", "isMaster", "hello"})
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
def scripted_mongodb(
    replies: Mapping[str, Sequence[Reply]], *, member: Reply | None = None, received: list[Reply] | None = None
) -> Iterator[str]:
    """Yield the address of a server, host and port.

    Args:
        replies: For the name of a command what is answered to its first call, its second and so on; the last reply
            is repeated. Other commands succeed.
        member: What it says of itself as the only member of a replica set; None for a server on its own.
        received: The commands are added to it, without the objects that are to be written.
    """
    waiting = {command: list(each) for command, each in replies.items()}

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            while header := self.rfile.read(16):
                length, request_id, _, kind = struct.unpack("<4i", header)
                command = _command(kind, self.rfile.read(length - 16))
                if received is not None:
                    received.append(command)
                name = next(iter(command))
                reply = hello if name in _GREETINGS else _answer(waiting, name)
                self.wfile.write(_message(kind, request_id, reply))

    class Server(ThreadingTCPServer):
        daemon_threads = True
        # Closing does not wait for the connections, which the client keeps open.
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        address = f"127.0.0.1:{server.server_address[1]}"
        hello = _HELLO if member is None else {**_HELLO, "hosts": [address], "me": address, **member}
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        try:
            yield address
        finally:
            server.shutdown()


def _command(kind: int, body: bytes) -> Reply:
    """Return the first document of a message; the first field of it is the name of the command."""
    start = body.index(b"\0", 4) + 1 + 8 if kind == _OP_QUERY else 5
    length = int.from_bytes(body[start : start + 4], "little")
    command: Reply = bson.decode(body[start : start + length])
    return command


def _answer(waiting: dict[str, list[Reply]], command: str) -> Reply:
    replies = waiting.get(command, [{"ok": 1}])
    return replies.pop(0) if len(replies) > 1 else replies[0]


def _message(kind: int, request_id: int, reply: Reply) -> bytes:
    document = bson.encode(reply)
    if kind == _OP_QUERY:
        kind, body = _OP_REPLY, struct.pack("<iqii", 8, 0, 0, 1) + document
    else:
        kind, body = _OP_MSG, struct.pack("<iB", 0, 0) + document
    return struct.pack("<4i", 16 + len(body), 0, request_id, kind) + body
