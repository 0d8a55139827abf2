"""A blog on loopback that answers each request after a fixed time: `python -m benchmarks.blog_site --help`.

It runs in a process of its own, so that it takes no time from what is measured.
"""

import asyncio
import gzip
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import click

_HOST = "127.0.0.1"
_WORDS = [
    "the",
    "a",
    "one",
    "that",
    "this",
    "which",
    "index",
    "query",
    "model",
    "vector",
    "chunk",
    "author",
    "text",
    "page",
    "answer",
    "search",
    "store",
    "graph",
    "token",
    "measure",
    "rule",
    "number",
    "value",
    "result",
    "error",
    "state",
    "order",
    "level",
    "batch",
    "memory",
    "reading",
    "writing",
    "question",
    "source",
    "window",
]


def generated_page(number: int, *, paragraphs: int = 30) -> bytes:
    """Return an article with a menu, styles, code, a table, related posts and a footer; about 60 kB."""
    words = random.Random(number)  # noqa: S311 - the same pages in every run

    def sentence() -> str:
        return " ".join(words.choices(_WORDS, k=words.randint(8, 24))).capitalize() + "."

    def paragraph() -> str:
        return f"<p>{' '.join(sentence() for _ in range(words.randint(3, 8)))}</p>"

    menu = "".join(f'<li class="nav-item"><a href="/p/{n}" title="{sentence()}">Post {n}</a></li>' for n in range(40))
    style = "".join(f".c{n} > .d{n} {{ margin: {n}px; padding: 0 {n}px; color: #{n:03x}; }}\n" for n in range(150))
    body = "".join(
        f"<h2>{sentence()}</h2>{paragraph()}<pre><code>value_{n} = search({n})\nprint(value_{n})</code></pre>"
        if n % 6 == 0
        else paragraph()
        for n in range(paragraphs)
    )
    related = "".join(
        f'<div class="card"><a href="/p/{n}"><h4>Post {n}</h4><p>{sentence()}</p></a></div>' for n in range(12)
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Post {number}</title>'
        f'<meta name="author" content="Ada Lovelace"><meta name="description" content="{sentence()}">'
        f'<meta property="article:published_time" content="2024-03-{number % 28 + 1:02}T08:00:00Z">'
        f"<style>{style}</style></head><body><header><nav><ul>{menu}</ul></nav></header><main><article>"
        f"<h1>Post {number}</h1>{body}<table><tr><th>k</th><th>v</th></tr><tr><td>1</td><td>2</td></tr></table>"
        f'</article></main><aside class="related">{related}</aside><footer><p>All rights reserved.</p></footer>'
        "</body></html>"
    ).encode()


def real_pages(folder: Path) -> list[bytes]:
    """Return the pages `*.html.gz` of a folder."""
    return [gzip.decompress(path.read_bytes()) for path in sorted(folder.glob("*.html.gz"))]


def answers(pages: Sequence[bytes], count: int, address: str) -> dict[str, tuple[str, bytes]]:
    """Return what the blog answers at each path: a robots.txt, a sitemap, and so many pages, each once or repeated."""
    locations = "".join(f"<url><loc>{address}/p/{number}</loc></url>" for number in range(count))
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    sitemap = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{namespace}">{locations}</urlset>'
    answered = {
        "/robots.txt": ("text/plain", f"User-agent: *\nAllow: /\nSitemap: {address}/sitemap.xml\n".encode()),
        "/sitemap.xml": ("application/xml", sitemap.encode()),
    }
    for number in range(count):
        # Copies of a real page differ in a comment: what is measured is not how fast copies are told.
        page = pages[number % len(pages)] + f"<!-- {number} -->".encode()
        answered[f"/p/{number}"] = ("text/html; charset=utf-8", page)
    return answered


@contextmanager
def running_blog(pages: int, latency_seconds: float, folder: Path | None) -> Iterator[str]:
    """Yield the address of a blog in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.blog_site", f"--pages={pages}", f"--latency={latency_seconds}"]
    with Popen([*command, *([f"--html={folder}"] if folder else [])], stdout=PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            yield process.stdout.readline().strip()
        finally:
            process.kill()


async def _serve(pages: Sequence[bytes], count: int, latency_seconds: float) -> None:
    answered: dict[str, tuple[str, bytes]] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(latency_seconds)
                writer.write(_response(answered, request.split(b" ", 2)[1].decode()))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone away
        finally:
            writer.close()

    server = await asyncio.start_server(answer, _HOST, 0, backlog=512)
    address = f"http://{_HOST}:{server.sockets[0].getsockname()[1]}"
    answered |= answers(pages, count, address)
    print(address, flush=True)
    async with server:
        await server.serve_forever()


def _response(answered: Mapping[str, tuple[str, bytes]], path: str) -> bytes:
    status, (content_type, body) = "200 OK", answered.get(path, ("", b""))
    if not content_type:
        status, content_type, body = "404 Not Found", "text/plain", b"There is no such page."
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@click.command(help="Serve a blog on loopback and print its address.")
@click.option("--pages", default=1000, show_default=True, help="Number of pages.")
@click.option("--latency", default=0.05, show_default=True, help="Seconds before each answer.")
@click.option(
    "--html", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of *.html.gz pages."
)
def main(pages: int, latency: float, html: Path | None) -> None:
    """Serve until killed."""
    bodies = real_pages(html) if html else [generated_page(number) for number in range(min(pages, 200))]
    asyncio.run(_serve(bodies, pages, latency))


if __name__ == "__main__":
    main()
