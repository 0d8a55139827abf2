"""A blog on loopback whose pages are told when they are asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

PARAGRAPH = "Engines weave algebraic patterns just as looms weave flowers and leaves. " * 4


def page(number: int) -> bytes:
    body = "".join(f"<h2>Part {part} of {number}</h2><p>{PARAGRAPH}</p>" for part in range(4))
    return (
        f"<!doctype html><html lang=en><head><title>Note {number}</title></head>"
        f"<body><article><h1>Note {number}</h1>{body}</article></body></html>"
    ).encode()


@dataclass
class Blog:
    """Its address, and what has been asked for."""

    address: str
    requests: list[str] = field(default_factory=list)
    on_page: Callable[[int], None] = lambda _: None
    """Called with the number of pages asked for so far, before the answer is sent."""

    def links(self, count: int) -> list[str]:
        return [f"{self.address}/{number}.html" for number in range(count)]


@contextmanager
def served_blog() -> Iterator[Blog]:
    """Serve pages `/0.html`, `/1.html`, ... and some that are not right."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with lock:
                if self.path.endswith(".html"):
                    blog.requests.append(self.path)
                    blog.on_page(len(blog.requests))
            name = self.path.strip("/").removesuffix(".html")
            if name.isdigit():
                self._answer(200, "text/html", page(int(name)))
            elif name == "report.pdf":
                self._answer(200, "application/pdf", b"%PDF-1.7 ...")
            elif name == "empty":
                self._answer(200, "text/html", b"")
            elif name == "huge":
                self._answer(200, "text/html", b"x" * 50_000_000)
            else:
                self._answer(404, "text/html", b"<p>no such page</p>")

        def _answer(self, status: int, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except ConnectionError:
                self.close_connection = True  # the reader was killed, or has seen enough

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    blog = Blog(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield blog
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
