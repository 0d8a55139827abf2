"""Which files of a repository are its author's text, in which order they are read, and their language."""

import os
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from llm_engineering.application.crawl.notebooks import NOTEBOOK_SUFFIX
from llm_engineering.application.crawl.snapshots import EntryKind, TreeEntry


class FileFault(StrEnum):
    """Why a file is left out. The values are stored and counted: do not rename them."""

    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    VENDORED = "vendored"
    GENERATED = "generated"
    LICENCE = "licence"
    PICTURE = "picture"
    BROKEN_NOTEBOOK = "broken_notebook"
    NOTEBOOK_OUTPUT = "notebook_output"
    EXCLUDED = "excluded"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    BINARY = "binary"
    LFS_POINTER = "lfs_pointer"
    NOT_UTF8 = "not_utf8"
    TOO_MANY_FILES = "too_many_files"
    REPOSITORY_TOO_LARGE = "repository_too_large"


NOTEBOOK_FACTOR: Final = 10
"""How many times larger than other files a notebook may be: most of its bytes are pictures, which are left out."""

DETAILS: Final[Mapping[FileFault, str]] = {
    FileFault.SYMLINK: "It is a symbolic link; the file that it leads to is read where it lies.",
    FileFault.SUBMODULE: "It is another repository; give its own link to read it.",
    FileFault.VENDORED: "It lies in a folder for other people's code.",
    FileFault.GENERATED: "A program wrote it: a lock file, or code that is packed or generated from other code.",
    FileFault.LICENCE: "It is the text of a licence, which the author did not write.",
    FileFault.PICTURE: "It is a picture that is written as text.",
    FileFault.BROKEN_NOTEBOOK: "It is no notebook that can be read",
    FileFault.NOTEBOOK_OUTPUT: "Words and code of the notebook are kept. Of its outputs are left out",
    FileFault.EXCLUDED: "The patterns include and exclude of its source leave it out.",
    FileFault.TOO_LARGE: f"It is larger than max_file_bytes; a notebook, than {NOTEBOOK_FACTOR} times that.",
    FileFault.EMPTY: "There is nothing in it.",
    FileFault.BINARY: "It is no text: it holds a null byte.",
    FileFault.LFS_POINTER: "Its content lies in Git LFS, which is not read.",
    FileFault.NOT_UTF8: "Its text or its name is not UTF-8.",
    FileFault.TOO_MANY_FILES: "The repository has more text files than max_files.",
    FileFault.REPOSITORY_TOO_LARGE: "The text files before it come close to max_repository_bytes.",
}
"""What is said about a file that is left out; of a notebook what is in it or was wrong with it follows."""

LIMIT_FAULTS: Final = frozenset({FileFault.TOO_LARGE, FileFault.TOO_MANY_FILES, FileFault.REPOSITORY_TOO_LARGE})
"""Faults of the run's limits, not of the file: with other limits it would be read."""

_VENDOR_FOLDERS: Final = frozenset({
    "3rdparty", "bower_components", "node_modules", "site-packages", "third-party", "third_party", "vendor", "vendors",
})  # fmt: skip
"""After the list by which GitHub leaves such folders out of its statistics (github-linguist, vendor.yml)."""

_GENERATED: Final = re.compile(
    r"""(.*/)?(
        [^/]+\.lock | package-lock\.json | npm-shrinkwrap\.json | pnpm-lock\.yaml | go\.sum |  # package managers
        [^/]+[.-]min\.(js|css) | [^/]+\.(js|css)\.map |                                       # minifiers
        [^/]+(_pb2|_pb2_grpc)\.pyi? | [^/]+\.pb\.go |                                         # protocol buffers
        \.ipynb_checkpoints/.*                                                               # copies that Jupyter makes
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_LICENCE: Final = re.compile(r"(.*/)?((?i:(un)?licen[cs]e)(-[\w.-]+)?|COPYING(\.LESSER)?)(\.(md|rst|txt))?")
_BINARY_SUFFIXES: Final = frozenset({
    ".7z", ".avi", ".bin", ".bmp", ".dll", ".dmg", ".doc", ".docx", ".eot", ".exe", ".gif", ".gz", ".h5", ".ico",
    ".jar", ".jpeg", ".jpg", ".mov", ".mp3", ".mp4", ".npy", ".npz", ".onnx", ".otf", ".parquet", ".pdf", ".pickle",
    ".pkl", ".png", ".ppt", ".pptx", ".pt", ".pth", ".rar", ".safetensors", ".so", ".sqlite", ".tar", ".tif", ".tiff",
    ".ttf", ".wav", ".webm", ".webp", ".whl", ".woff", ".woff2", ".xls", ".xlsx", ".xz", ".zip",
})  # fmt: skip
"""Known to be no text: such a file counts as binary, not as too large, and is not read."""
_README: Final = re.compile(r"(.*/)?readme(\.[\w.-]+)?", re.IGNORECASE)
_DOCS_FOLDERS: Final = frozenset({"doc", "docs"})
_PROSE: Final = frozenset({"asciidoc", "latex", "markdown", "org", "restructuredtext", "text"})
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"

_TREE_RULES: Final[tuple[tuple[FileFault, Callable[[TreeEntry], bool]], ...]] = (
    (FileFault.SYMLINK, lambda entry: entry.kind is EntryKind.SYMLINK),
    (FileFault.SUBMODULE, lambda entry: entry.kind is EntryKind.SUBMODULE),
    (FileFault.NOT_UTF8, lambda entry: not _is_utf8(entry.path)),
    (FileFault.VENDORED, lambda entry: not _VENDOR_FOLDERS.isdisjoint(PurePosixPath(entry.path.lower()).parts[:-1])),
    (FileFault.GENERATED, lambda entry: _GENERATED.fullmatch(entry.path) is not None),
    (FileFault.LICENCE, lambda entry: _LICENCE.fullmatch(entry.path) is not None),
    (FileFault.PICTURE, lambda entry: entry.path.lower().endswith(".svg")),
    (FileFault.BINARY, lambda entry: PurePosixPath(entry.path.lower()).suffix in _BINARY_SUFFIXES),
    (FileFault.EMPTY, lambda entry: entry.size == 0),
)
_CONTENT_RULES: Final[tuple[tuple[FileFault, Callable[[bytes], bool]], ...]] = (
    (FileFault.BINARY, lambda content: b"\0" in content),
    (FileFault.LFS_POINTER, lambda content: content.startswith(_LFS_POINTER)),
    (FileFault.NOT_UTF8, lambda content: not _is_utf8(content)),
    (FileFault.EMPTY, lambda content: not content.strip()),
)


def tree_fault(entry: TreeEntry, max_file_bytes: int) -> FileFault | None:
    """Return why a file is left out without being read; None if it is to be read."""
    fault = next((fault for fault, holds_for in _TREE_RULES if holds_for(entry)), None)
    max_bytes = max_file_bytes * NOTEBOOK_FACTOR if is_notebook(entry.path) else max_file_bytes
    if fault is None and (entry.size is None or entry.size > max_bytes):
        return FileFault.TOO_LARGE
    return fault


def reading_order(entry: TreeEntry) -> tuple[int, int, bytes]:
    """Return by what the files of a repository are sorted, so that a limit cuts the code, not the words.

    READMEs come first, those of the upper folders before others; then documentation (prose, and what lies in a folder
    docs or doc); then notebooks; then the rest, as git sorts it.
    """
    depth = entry.path.count("/")
    if _README.fullmatch(entry.path):
        return 0, depth, os.fsencode(entry.path)
    if is_notebook(entry.path):
        return 2, 0, os.fsencode(entry.path)
    folders = PurePosixPath(entry.path.lower()).parts[:-1]
    is_documentation = language_of(entry.path) in _PROSE or not _DOCS_FOLDERS.isdisjoint(folders)
    return 1 if is_documentation else 3, 0, os.fsencode(entry.path)


def is_notebook(path: str) -> bool:
    """Whether a file is a Jupyter notebook, by its name."""
    return path.lower().endswith(NOTEBOOK_SUFFIX)


def content_fault(content: bytes) -> FileFault | None:
    """Return why a file is left out for what is in it; None if it is text."""
    return next((fault for fault, holds_for in _CONTENT_RULES if holds_for(content)), None)


def language_of(path: str) -> str | None:
    """Return the lower-case name of the language of a file, by its name; None if the name does not tell.

    A notebook is read as Markdown.
    """
    name = PurePosixPath(path).name.lower()
    return _LANGUAGES_BY_NAME.get(name) or _LANGUAGES_BY_SUFFIX.get(PurePosixPath(name).suffix)


def _is_utf8(text: str | bytes) -> bool:
    try:
        if isinstance(text, str):
            text.encode()
        else:
            text.decode()
    except UnicodeError:
        return False
    return True


_LANGUAGES_BY_NAME: Final[Mapping[str, str]] = {
    "cmakelists.txt": "cmake", "dockerfile": "dockerfile", "gemfile": "ruby", "gnumakefile": "makefile",
    "jenkinsfile": "groovy", "justfile": "just", "makefile": "makefile", "rakefile": "ruby", "readme": "text",
}  # fmt: skip

_LANGUAGES_BY_SUFFIX: Final[Mapping[str, str]] = {
    ".adoc": "asciidoc", ".bash": "shell", ".bib": "bibtex", ".c": "c", ".cc": "c++", ".cfg": "ini", ".clj": "clojure",
    ".cpp": "c++", ".cs": "c#", ".css": "css", ".csv": "csv", ".cu": "cuda", ".dart": "dart", ".el": "emacs lisp",
    ".erl": "erlang", ".ex": "elixir", ".exs": "elixir", ".f90": "fortran", ".fish": "shell", ".go": "go",
    ".gradle": "groovy", ".graphql": "graphql", ".h": "c", ".hcl": "hcl", ".hpp": "c++", ".hs": "haskell",
    ".htm": "html", ".html": "html", ".ini": "ini", ".ipynb": "markdown", ".java": "java", ".jl": "julia",
    ".js": "javascript", ".json": "json", ".jsonl": "json", ".jsx": "javascript", ".kt": "kotlin", ".kts": "kotlin",
    ".less": "less", ".lisp": "lisp", ".lua": "lua", ".m": "matlab", ".markdown": "markdown", ".md": "markdown",
    ".mdx": "markdown", ".mjs": "javascript", ".ml": "ocaml", ".mm": "objective-c", ".nim": "nim", ".nix": "nix",
    ".org": "org", ".php": "php", ".pl": "perl", ".proto": "protobuf", ".ps1": "powershell", ".py": "python",
    ".pyi": "python", ".pyx": "cython", ".qmd": "markdown", ".r": "r", ".rb": "ruby", ".rmd": "markdown", ".rs": "rust",
    ".rst": "restructuredtext", ".sass": "sass", ".scala": "scala", ".scss": "scss", ".sh": "shell", ".sol": "solidity",
    ".sql": "sql", ".svelte": "svelte", ".swift": "swift", ".tex": "latex", ".tf": "hcl", ".toml": "toml",
    ".ts": "typescript", ".tsx": "typescript", ".txt": "text", ".vim": "vim script", ".vue": "vue", ".xml": "xml",
    ".yaml": "yaml", ".yml": "yaml", ".zig": "zig", ".zsh": "shell",
}  # fmt: skip
