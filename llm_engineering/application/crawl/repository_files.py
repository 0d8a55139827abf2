"""Which files of a repository are its author's text, and the language that they are written in."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Final

from llm_engineering.application.crawl.snapshots import EntryKind, TreeEntry


class FileFault(StrEnum):
    """Why a file is left out. The values are stored and counted: do not rename them."""

    SYMLINK = "symlink"
    SUBMODULE = "submodule"
    VENDORED = "vendored"
    GENERATED = "generated"
    LICENCE = "licence"
    PICTURE = "picture"
    NOTEBOOK = "notebook"
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    BINARY = "binary"
    LFS_POINTER = "lfs_pointer"
    NOT_UTF8 = "not_utf8"
    TOO_MANY_FILES = "too_many_files"
    REPOSITORY_TOO_LARGE = "repository_too_large"


DETAILS: Final[Mapping[FileFault, str]] = {
    FileFault.SYMLINK: "It is a symbolic link; the file that it leads to is read where it lies.",
    FileFault.SUBMODULE: "It is another repository; give its own link to read it.",
    FileFault.VENDORED: "It lies in a folder for other people's code.",
    FileFault.GENERATED: "A program wrote it: a lock file, or code that is packed or generated from other code.",
    FileFault.LICENCE: "It is the text of a licence, which the author did not write.",
    FileFault.PICTURE: "It is a picture that is written as text.",
    FileFault.NOTEBOOK: "Notebooks are not read yet: their text is mixed with output and pictures.",
    FileFault.TOO_LARGE: "It is larger than max_file_bytes.",
    FileFault.EMPTY: "There is nothing in it.",
    FileFault.BINARY: "It is no text: it holds a null byte.",
    FileFault.LFS_POINTER: "Its content lies in Git LFS, which is not read.",
    FileFault.NOT_UTF8: "Its text or its name is not UTF-8.",
    FileFault.TOO_MANY_FILES: "The repository has more text files than max_files.",
    FileFault.REPOSITORY_TOO_LARGE: "The text files before it come close to max_repository_bytes.",
}
"""What is said about a file that is left out."""

_VENDOR_FOLDERS: Final = frozenset({
    "3rdparty", "bower_components", "node_modules", "site-packages", "third-party", "third_party", "vendor", "vendors",
})  # fmt: skip
"""After the list by which GitHub leaves such folders out of its statistics (github-linguist, vendor.yml)."""

_GENERATED: Final = re.compile(
    r"""(.*/)?(
        [^/]+\.lock | package-lock\.json | npm-shrinkwrap\.json | pnpm-lock\.yaml | go\.sum |  # package managers
        [^/]+[.-]min\.(js|css) | [^/]+\.(js|css)\.map |                                       # minifiers
        [^/]+(_pb2|_pb2_grpc)\.pyi? | [^/]+\.pb\.go                                           # protocol buffers
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_LICENCE: Final = re.compile(r"(.*/)?((?i:(un)?licen[cs]e)(-[\w.-]+)?|COPYING(\.LESSER)?)(\.(md|rst|txt))?")
_LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"

_TREE_RULES: Final[tuple[tuple[FileFault, Callable[[TreeEntry], bool]], ...]] = (
    (FileFault.SYMLINK, lambda entry: entry.kind is EntryKind.SYMLINK),
    (FileFault.SUBMODULE, lambda entry: entry.kind is EntryKind.SUBMODULE),
    (FileFault.NOT_UTF8, lambda entry: not _is_utf8(entry.path)),
    (FileFault.VENDORED, lambda entry: not _VENDOR_FOLDERS.isdisjoint(PurePosixPath(entry.path.lower()).parts[:-1])),
    (FileFault.GENERATED, lambda entry: _GENERATED.fullmatch(entry.path) is not None),
    (FileFault.LICENCE, lambda entry: _LICENCE.fullmatch(entry.path) is not None),
    (FileFault.PICTURE, lambda entry: entry.path.lower().endswith(".svg")),
    (FileFault.NOTEBOOK, lambda entry: entry.path.lower().endswith(".ipynb")),
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
    if fault is None and (entry.size is None or entry.size > max_file_bytes):
        return FileFault.TOO_LARGE
    return fault


def content_fault(content: bytes) -> FileFault | None:
    """Return why a file is left out for what is in it; None if it is text."""
    return next((fault for fault, holds_for in _CONTENT_RULES if holds_for(content)), None)


def language_of(path: str) -> str | None:
    """Return the lower-case name of the language of a file, by its name; None if the name does not tell."""
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
    ".htm": "html", ".html": "html", ".ini": "ini", ".java": "java", ".jl": "julia", ".js": "javascript",
    ".json": "json", ".jsonl": "json", ".jsx": "javascript", ".kt": "kotlin", ".kts": "kotlin", ".less": "less",
    ".lisp": "lisp", ".lua": "lua", ".m": "matlab", ".markdown": "markdown", ".md": "markdown", ".mdx": "markdown",
    ".mjs": "javascript", ".ml": "ocaml", ".mm": "objective-c", ".nim": "nim", ".nix": "nix", ".org": "org",
    ".php": "php", ".pl": "perl", ".proto": "protobuf", ".ps1": "powershell", ".py": "python", ".pyi": "python",
    ".pyx": "cython", ".qmd": "markdown", ".r": "r", ".rb": "ruby", ".rmd": "markdown", ".rs": "rust",
    ".rst": "restructuredtext", ".sass": "sass", ".scala": "scala", ".scss": "scss", ".sh": "shell", ".sol": "solidity",
    ".sql": "sql", ".svelte": "svelte", ".swift": "swift", ".tex": "latex", ".tf": "hcl", ".toml": "toml",
    ".ts": "typescript", ".tsx": "typescript", ".txt": "text", ".vim": "vim script", ".vue": "vue", ".xml": "xml",
    ".yaml": "yaml", ".yml": "yaml", ".zig": "zig", ".zsh": "shell",
}  # fmt: skip
