"""Serves the documentation as a web site on loopback: `python -m tools.docs_site`."""

import errno
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Final

import click

from llm_engineering.domain.errors import TwinError
from tools.console import told_errors

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
HOST: Final = "127.0.0.1"
PORT: Final = 8765
_PORTS_TRIED: Final = 10

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 17px/1.6 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
pre {{ overflow-x: auto; padding: .8rem; border: 1px solid color-mix(in srgb, currentColor 20%, transparent); }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .3rem .6rem; border-bottom: 1px solid #8884; text-align: left; }}
img {{ max-width: 100%; }}
</style>
</head>
<body>
<nav><a href="/">LLM Twin documentation</a></nav>
<main><article>
{body}
</article></main>
</body>
</html>
"""


class PortsTakenError(TwinError):
    """Other programs hold all the ports that the site tries."""

    def __init__(self, ports: range) -> None:
        super().__init__(
            f"The ports {ports[0]} to {ports[-1]} of {HOST} are all in use.",
            remedy="Stop one of the programs that use them: `ss -ltnp` lists them.",
        )
        self.ports = ports


def rendered_pages(folder: Path) -> dict[str, bytes]:
    """Return the pages of a folder of Markdown files by their path: "/name.html", and "/" with a list of them."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark").enable("table")
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}
    pages = {
        f"/{name}.html": _page(_title(text, name), markdown.render(text.replace(".md)", ".html)")))
        for name, text in texts.items()
    }
    links = "".join(f'<li><a href="/{name}.html">{escape(_title(text, name))}</a></li>' for name, text in texts.items())
    pages["/"] = _page("LLM Twin documentation", f"<h1>LLM Twin documentation</h1><ul>{links}</ul>")
    return pages


def sitemap(paths: Iterable[str], host: str) -> bytes:
    """Return the sitemap (sitemaps.org, 0.9) of some pages of a host."""
    locations = "".join(f"<url><loc>{escape(f'http://{host}{path}')}</loc></url>" for path in paths)
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{namespace}">{locations}</urlset>'.encode()


def _entity_tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _title(text: str, name: str) -> str:
    first_line = text.lstrip().split("\n", 1)[0]
    return first_line.lstrip("# ").strip() if first_line.startswith("#") else name


def _page(title: str, body: str) -> bytes:
    return _PAGE.format(title=escape(title), body=body).encode("utf-8")


@contextmanager
def served_docs(folder: Path = DOCS, first_port: int = PORT) -> Iterator[str]:
    """Yield the address of the documentation, served on loopback by a thread until the block ends.

    The first free port from `first_port` on is taken, so that the address is the same run after run.

    Raises:
        PortsTakenError: None of ten ports is free.
    """
    server = _bound_server(_handler(rendered_pages(folder)), first_port)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _bound_server(handler: type[BaseHTTPRequestHandler], first_port: int) -> ThreadingHTTPServer:
    ports = range(first_port, first_port + _PORTS_TRIED)
    for port in ports:
        try:
            return ThreadingHTTPServer((HOST, port), handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise PortsTakenError(ports)


def _handler(pages: Mapping[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers GET with a page that was rendered before; reads no file on request."""

        def do_GET(self) -> None:
            """Send the page of the path, the sitemap, nothing if the page is what the client has, or 404."""
            if self.path == "/sitemap.xml":
                self._send(HTTPStatus.OK, "application/xml", sitemap(pages, self.headers["Host"] or HOST))
            elif self.path not in pages:
                self._send(HTTPStatus.NOT_FOUND, "text/plain", b"There is no such page.")
            elif self.headers["If-None-Match"] == _entity_tag(pages[self.path]):
                self.send_response(HTTPStatus.NOT_MODIFIED)
                self.end_headers()
            else:
                self._send(HTTPStatus.OK, "text/html; charset=utf-8", pages[self.path])

        def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", _entity_tag(body))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the terminal for the commands that use the site."""

    return Handler


@click.command(help="Serve docs/ at the address that the demo crawls, until Ctrl-C.")
@told_errors
def main() -> None:
    """Serve the documentation."""
    with suppress(KeyboardInterrupt), served_docs() as address:
        click.echo(f"The documentation is at {address}/ (Ctrl-C ends it).")
        Event().wait()


if __name__ == "__main__":
    main()
