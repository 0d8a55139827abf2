import pytest

from llm_engineering.application.crawl.repository_files import (
    DETAILS,
    FileFault,
    content_fault,
    language_of,
    reading_order,
    tree_fault,
)
from llm_engineering.application.crawl.snapshots import EntryKind, TreeEntry


def entry(path: str, *, kind: EntryKind = EntryKind.FILE, size: int | None = 5) -> TreeEntry:
    return TreeEntry(path=path, kind=kind, size=size, object_id="0" * 40)


@pytest.mark.parametrize(
    "path",
    [
        "README.md", "src/engine.py", "locksmith.py", "lock/keys.txt", "min.js", "admin.js", "vendor.py",
        "docs/vendoring/a.md", "go.sum.md", "page.html", "data.csv", ".gitignore",
        "analysis.ipynb", "license.py", "docs/copying.md", "docs/licensing.md", "\u00fcber.txt",
    ],
)  # fmt: skip
def test_text_is_read(path: str) -> None:
    assert tree_fault(entry(path), max_file_bytes=5) is None


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("LICENSE", "licence"),
        ("fonts/License.txt", "licence"),
        ("LICENCE-APACHE.md", "licence"),
        ("COPYING.LESSER", "licence"),
        ("UNLICENSE", "licence"),
        ("poetry.lock", "generated"),
        ("app/package-lock.json", "generated"),
        ("pnpm-lock.yaml", "generated"),
        ("go.sum", "generated"),
        ("static/jquery.min.js", "generated"),
        ("static/site-min.css", "generated"),
        ("static/app.js.map", "generated"),
        ("proto/engine_pb2.py", "generated"),
        ("lessons/.ipynb_checkpoints/one-checkpoint.ipynb", "generated"),
        ("node_modules/a/index.js", "vendored"),
        ("web/Vendor/a.php", "vendored"),
        ("third_party/zlib/zlib.h", "vendored"),
        ("docs/flow.SVG", "picture"),
        ("docs/photo.JPG", "binary"),
        ("model.safetensors", "binary"),
        ("sal\udce9.txt", "not_utf8"),
    ],
)
def test_what_is_not_the_author_s_text_is_left_out(path: str, fault: str) -> None:
    assert tree_fault(entry(path), max_file_bytes=5) == fault


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (entry("a", kind=EntryKind.SYMLINK), "symlink"),
        (entry("a", kind=EntryKind.SUBMODULE, size=None), "submodule"),
        (entry("a", size=0), "empty"),
        (entry("a", size=6), "too_large"),
        (entry("a", size=None), "too_large"),
        (entry("a.png", size=6), "binary"),
        (entry("a.ipynb", size=50), None),
        (entry("a.ipynb", size=51), "too_large"),
    ],
)
def test_what_git_knows_can_be_enough(given: TreeEntry, fault: str | None) -> None:
    assert tree_fault(given, max_file_bytes=5) == fault


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"# Engine\r\n", None),
        ("\ufeffÜber".encode(), None),
        (b"\x89PNG\r\n\0\0", "binary"),
        ("text".encode("utf-16"), "binary"),
        (b"sal\xe9", "not_utf8"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "lfs_pointer"),
        (b" \n\t\r\n", "empty"),
    ],
)
def test_the_content_decides_the_rest(content: bytes, fault: str | None) -> None:
    assert content_fault(content) == fault


def test_words_are_read_before_code() -> None:
    paths = ["a.py", "B.ipynb", "docs/conf.py", "web/index.html", "notes.txt", "a/b/readme.rst", "Readme", "readme.py"]

    assert sorted(paths, key=lambda path: reading_order(entry(path))) == [
        "Readme", "readme.py", "a/b/readme.rst",
        "docs/conf.py", "notes.txt",
        "B.ipynb",
        "a.py", "web/index.html",
    ]  # fmt: skip


def test_every_fault_is_explained() -> None:
    assert set(DETAILS) == set(FileFault)


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a/engine.py", "python"), ("README.md", "markdown"), ("A.RS", "rust"), ("Dockerfile", "dockerfile"),
        ("src/Makefile", "makefile"), ("CMakeLists.txt", "cmake"), ("a.tar.txt", "text"), ("a.ipynb", "markdown"),
        ("LICENSE", None), (".gitignore", None), ("a.unknown", None),
    ],
)  # fmt: skip
def test_the_language_follows_from_the_name(path: str, language: str | None) -> None:
    assert language_of(path) == language
