"""Notebooks as Markdown: words as they are, code as fenced blocks, short text output; pictures and widgets left out.

The format is described at https://nbformat.readthedocs.io/en/latest/format_description.html.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

NOTEBOOK_SUFFIX: Final = ".ipynb"
MAX_OUTPUT_LINES: Final = 15
"""Of what the outputs of one cell say; enough for a result or the head of a table, not for a log."""
MAX_OUTPUT_CHARACTERS: Final = 1_000
_CUT: Final = "[...]"

_KINDS: Final[Mapping[str, str]] = {
    "application/vnd.jupyter.widget-view+json": "widgets",
    "application/javascript": "scripts",
    "text/html": "HTML outputs",
}
"""Media types of outputs that are left out unless they say something in plain text too, and what they are called."""
_NO_WORDS: Final = re.compile(r"\[?<[^<>\n]*>\]?")
"""How Python shows an object that has nothing to say: `<Figure size 640x480 with 1 Axes>`, `[<Line2D at 0x7f3a>]`."""
_DATA_ADDRESS: Final = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=]*")
_ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_BACKTICKS: Final = re.compile(r"`{3,}")
_KERNELS: Final[Mapping[str, str]] = {"ir": "r", "bash": "shell"}
"""Languages of kernels that are named neither after their language nor in the notebook's `language_info`."""


class NotebookError(ValueError):
    """A file is no notebook that can be read."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """What a notebook says."""

    text: str
    """Markdown; empty if it has no cell with words or code."""
    left_out: Mapping[str, int]
    """How many outputs of each kind are not in the text: "pictures", "widgets", "shortened outputs"..."""


def read_notebook(content: str) -> Notebook:
    """Return a notebook of any version of the format as Markdown.

    Of the outputs of a code cell it is what was printed and the plain text of results, together at most
    `MAX_OUTPUT_LINES` lines and `MAX_OUTPUT_CHARACTERS` characters; of an error its name and message. What was written
    to standard error (warnings, progress) counts as left out. Nothing is run.

    Raises:
        NotebookError: It is damaged, or of a version that is not known.
    """
    upgraded = _upgraded(content)
    left_out: Counter[str] = Counter()
    try:
        language = _language(upgraded.get("metadata", {}))
        blocks = [block for cell in upgraded["cells"] for block in _blocks(cell, language, left_out)]
    except (AttributeError, KeyError, TypeError) as error:
        raise NotebookError(f"a cell is not as the format says: {error!r:.100}") from error
    # JSON can escape half of a character (a lone surrogate), which no store holds.
    text = "\n\n".join(blocks).encode(errors="replace").decode()
    return Notebook(f"{text}\n" if text else "", dict(left_out))


def _upgraded(content: str) -> Mapping[str, Any]:
    """Return a notebook in version 4 of the format; it is not validated, so that a small fault does no harm."""
    from nbformat import NBFormatError, ValidationError, convert, reader

    try:
        parsed = reader.reads(content)  # type: ignore[no-untyped-call]  # nbformat types a part of itself only
        upgraded: Mapping[str, Any] = convert(parsed, 4)  # type: ignore[no-untyped-call]  # as above
    except (AttributeError, KeyError, NBFormatError, RecursionError, TypeError, ValidationError, ValueError) as error:
        raise NotebookError(f"{error!s:.150}") from error  # whatever a damaged file makes the upgrade stumble over
    return upgraded


def _language(metadata: Mapping[str, Any]) -> str:
    """Return the language of the code cells in lower case; Python, which notebooks began with, if nothing is said."""
    kernel = metadata.get("kernelspec", {})
    told = metadata.get("language_info", {}).get("name") or kernel.get("language")
    named_after = re.sub(r"[\d.-]+$", "", kernel.get("name", "")).lower()
    return str(told or _KERNELS.get(named_after, named_after) or "python").lower()


def _blocks(cell: Mapping[str, Any], language: str, left_out: Counter[str]) -> Iterator[str]:
    source = _text(cell["source"]).strip("\n")
    if cell["cell_type"] == "code":
        if source.strip():
            yield _fenced(source, language)
        output = _shortened(_output(cell.get("outputs", []), left_out), left_out)
        if output:
            yield _fenced(output, "text")
    elif source.strip():
        source, pictures = _DATA_ADDRESS.subn("", source)
        left_out.update({"pictures": pictures} if pictures else {})
        yield source


def _output(outputs: list[Mapping[str, Any]], left_out: Counter[str]) -> str:
    said = (_said(output, left_out) for output in outputs)
    return "\n".join(text.strip("\n") for text in said if text.strip())


def _said(output: Mapping[str, Any], left_out: Counter[str]) -> str:
    """Return what one output says in plain text; what it shows otherwise is counted as left out."""
    kind = output["output_type"]
    if kind == "error":
        return _plain(f"{output.get('ename', 'Error')}: {_text(output.get('evalue', ''))}")
    if kind == "stream":
        if output.get("name", "stdout") == "stdout":
            return _plain(_text(output["text"]))
        left_out["messages on standard error"] += 1
        return ""
    return _shown(output.get("data", {}), left_out)


def _shown(data: Mapping[str, Any], left_out: Counter[str]) -> str:
    if any(media_type.startswith("image/") for media_type in data):
        left_out["pictures"] += 1
        return ""
    text = _plain(_text(data.get("text/markdown", data.get("text/plain", ""))))
    if text.strip() and not _NO_WORDS.fullmatch(text.strip()):
        return text
    if data:
        left_out[next((name for kind, name in _KINDS.items() if kind in data), "other outputs")] += 1
    return ""


def _plain(text: str) -> str:
    """Return a text as a terminal shows it in the end: without colours, and without lines that were written over."""
    lines = _ESCAPES.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def _shortened(output: str, left_out: Counter[str]) -> str:
    short = "\n".join(output[:MAX_OUTPUT_CHARACTERS].split("\n")[:MAX_OUTPUT_LINES])
    if short == output:
        return output
    left_out["shortened outputs"] += 1
    return f"{short}\n{_CUT}"


def _fenced(text: str, language: str) -> str:
    longest = max((len(run) for run in _BACKTICKS.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _text(value: str | list[str]) -> str:
    """Return a string that the format may have split into lines."""
    return value if isinstance(value, str) else "".join(value)
