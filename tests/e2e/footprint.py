"""What an author has: a blog with a feed and sitemaps, notes in files, an export archive, a repository."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

from tests.support.documents_on_disk import pdf
from tests.support.exports import LINKEDIN, zipped
from tests.support.repositories import make_repository
from tests.support.site import Reply, Site, Versioned, redirect, unavailable

ANIMALS = ("owl", "fox", "hen", "elk", "emu", "cod", "ant", "bee")
"""Each has a post of its own; by it the words of a post are told from those of the others."""

_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Cards\n", "They carry the pattern."]},
        {"cell_type": "code", "metadata": {}, "source": ["print(1)"], "outputs": [], "execution_count": 1},
    ],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def post(animal: str, title: str = "") -> bytes:
    """Return a page on an animal; no five words of it stand in a row on the page of another one."""
    sentence = f"We met an {animal} who told us that every {animal} knows where its {animal} friends may sleep. "
    body = "".join(f"<p>{sentence * 2}</p>" for _ in range(3))
    return (
        f'<!doctype html><html lang="en"><head><title>{title or animal}</title></head><body><nav><a href="/">Home</a>'
        f"</nav><article><h1>{title or animal}</h1>{body}</article></body></html>"
    ).encode()


def publish(site: Site, animals: Sequence[str] = ANIMALS, others: Sequence[str] = ()) -> str:
    """Serve a post for each animal: the first two in the feed, the rest and the other paths in a sitemap of an index.

    Returns:
        The address of the blog.
    """
    addresses = [site.on(f"/posts/{animal}", Versioned(post(animal), etag=f'"{animal}"')) for animal in animals] + [
        site.url + path for path in others
    ]
    items = "".join(f"<item><title>new</title><link>{address}</link></item>" for address in addresses[:2])
    feed = f'<rss version="2.0"><channel><title>Ada</title><link>{site.url}/</link>{items}</channel></rss>'
    site.on("/feed.xml", Reply(feed.encode(), content_type="application/rss+xml"))
    pages = "".join(f"<url><loc>{address}</loc></url>" for address in addresses[2:])
    site.on("/posts.xml.gz", Reply(gzip.compress(f"<urlset {_SITEMAP}>{pages}</urlset>".encode())))
    index = f"<sitemapindex {_SITEMAP}><sitemap><loc>{site.url}/posts.xml.gz</loc></sitemap></sitemapindex>"
    site.on("/sitemap.xml", Reply(index.encode(), content_type="application/xml"))
    head = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    return site.on("/", Reply(f"<html><head>{head}</head><body><p>Welcome.</p></body></html>".encode()))


def publish_faults(site: Site) -> list[str]:
    """Serve pages that cannot be read, and return their paths."""
    site.on("/robots.txt", Reply(b"User-agent: *\nDisallow: /drafts\n", content_type="text/plain"))
    stub = '<script type="application/ld+json">{"@type": "Article", "isAccessibleForFree": false}</script>'
    site.on("/posts/paid", Reply(f"<html><head>{stub}</head><body><p>It begins.</p></body></html>".encode()))
    site.on("/posts/loop", redirect("/posts/loop"))
    site.on("/posts/storm", unavailable())
    site.on("/posts/paper", Reply(b"%PDF-1.7", content_type="application/pdf"))
    return ["/posts/paid", "/posts/loop", "/posts/storm", "/posts/paper", "/posts/missing", "/drafts/one"]


def write_notes(folder: Path) -> Path:
    """Write a folder of two Markdown files, a PDF and a picture, and return it."""
    folder.mkdir()
    (folder / "monday.md").write_text("# Monday\n\nThe mill turned.\n", encoding="utf-8")
    (folder / "tuesday.md").write_text("---\ntitle: Rain\n---\nThe mill stood still.\n", encoding="utf-8")
    (folder / "paper.pdf").write_bytes(pdf(["The barrel turns the studs.", "The studs move the wheels."]))
    (folder / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    return folder


def write_export(path: Path) -> Path:
    """Write a LinkedIn archive with an article, a post and a comment, and return its path."""
    path.write_bytes(zipped(LINKEDIN).getvalue())
    return path


def write_repository(folder: Path) -> Path:
    """Make a repository of a read-me, a notebook and a module, and return its folder."""
    return make_repository(
        folder,
        {
            "README.md": b"# Engine\n\nIt computes.\n",
            "cards.ipynb": json.dumps(_NOTEBOOK).encode(),
            "engine.py": b"def turn():\n    return 1\n",
            "plan.png": b"\x89PNG\0\0",
        },
    )
