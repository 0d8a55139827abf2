"""Draws graphs with the Graphviz that pygraphviz carries."""

from pathlib import Path
from typing import Final

from llm_engineering.domain.errors import InvalidInputError

_FORMATS: Final = ("dot", "pdf", "png", "svg")


class UndrawableError(InvalidInputError):
    """A picture cannot be written to a file."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(
            f"{path} cannot be drawn: {problem}.",
            remedy=f"Name a file that can be written and ends in one of: {', '.join(f'.{each}' for each in _FORMATS)}.",
        )
        self.path = path


def write_picture(dot: str, path: Path) -> None:
    """Write the picture of a graph, in the format that the file's name ends in; ".dot" is the graph itself.

    Args:
        dot: The graph in Graphviz's language.
        path: The file, which is replaced.

    Raises:
        UndrawableError: The name ends in no known format, or the file cannot be written.
    """
    kind = path.suffix.removeprefix(".").lower()
    if kind not in _FORMATS:
        raise UndrawableError(path, f"there is no format {path.suffix!r}" if kind else "its name does not say a format")
    try:
        path.write_bytes(dot.encode() if kind == "dot" else picture(dot, kind))
    except OSError as error:
        raise UndrawableError(path, error.strerror or type(error).__name__) from error


def picture(dot: str, kind: str) -> bytes:
    """Return the picture of a graph in a format that Graphviz knows."""
    import pygraphviz

    drawn: bytes = pygraphviz.AGraph(string=dot).draw(format=kind, prog="dot")
    return drawn
