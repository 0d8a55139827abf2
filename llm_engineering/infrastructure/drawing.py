"""Draws dataflows with the Graphviz that the wheels of pygraphviz carry."""

from pathlib import Path
from typing import Final

from llm_engineering.domain.errors import InvalidInputError

FORMATS: Final = ("svg", "png", "pdf", "dot")


class UnknownPictureFormatError(InvalidInputError):
    """A picture was asked for in a format that cannot be written."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} has the suffix {path.suffix!r}, which no picture can be written as.",
            remedy=f"Choose a file that ends in one of: {', '.join(f'.{each}' for each in FORMATS)}.",
        )
        self.path = path


def drawing(dot: str, picture_format: str = "svg") -> bytes:
    """Return the picture of a graph in the language of Graphviz."""
    from pygraphviz import AGraph

    graph = AGraph(string=dot)
    try:
        picture: bytes = graph.draw(format=picture_format, prog="dot")
    finally:
        graph.close()
    return picture


def write_drawing(dot: str, path: Path) -> None:
    """Write the picture of a graph in the language of Graphviz into a file, in the format of its suffix.

    Raises:
        UnknownPictureFormatError: The suffix names none that can be written.
    """
    picture_format = path.suffix.removeprefix(".").lower()
    if picture_format not in FORMATS:
        raise UnknownPictureFormatError(path)
    path.write_bytes(drawing(dot, picture_format))
