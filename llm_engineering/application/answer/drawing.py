"""What of an answer is computed from what, and a picture of it in Graphviz's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Final

from llm_engineering.application.answer.dataflow import AsyncDriver

_TITLES: Final[Mapping[str, str]] = {
    "reading": "Read the question",
    "finding": "Find passages",
    "writing": "Write",
    "checking": "Check and cite",
}
_FILLS: Final[Mapping[str, tuple[str, str]]] = {
    "reading": ("#e8f1fb", "#2f6fae"),
    "finding": ("#e9f6ec", "#2f7d46"),
    "writing": ("#fdf3e1", "#a86a12"),
    "checking": ("#f6ebf7", "#86408d"),
}
_DRAWN_INPUTS: Final = ("question",)
"""Services that every second node asks would cover the picture with lines."""


@dataclass(frozen=True, slots=True)
class Node:
    """One value."""

    name: str
    module: str
    """Last part of the name of the module that computes it; empty for what is given."""
    needs: tuple[str, ...]
    """Names of the values that it is computed from, services left out."""
    about: str
    """What it is, in the first line of its function's docstring."""


@dataclass(frozen=True, slots=True)
class Graph:
    """All values of a dataflow."""

    nodes: tuple[Node, ...]

    @property
    def dot(self) -> str:
        """The picture in Graphviz's language."""
        lines = [
            "digraph answer {",
            '  graph [rankdir=TB, bgcolor="#ffffff", fontname="Helvetica", nodesep=0.28, ranksep=0.38, pad=0.3];',
            '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12, margin="0.14,0.07"];',
            '  edge [color="#8a8f98", arrowsize=0.6];',
        ]
        for module, title in _TITLES.items():
            fill, line = _FILLS[module]
            lines += [
                f"  subgraph cluster_{module} {{",
                f'    label="{title}"; labeljust=l; fontsize=13; fontcolor="{line}"; color="{line}"; style="rounded,dashed";',
                *(
                    f'    {node.name} [fillcolor="{fill}", color="{line}", tooltip="{node.about}"];'
                    for node in self.nodes
                    if node.module == module
                ),
                "  }",
            ]
        lines += [
            f'  {node.name} [fillcolor="#f2f2f2", color="#555555", shape=oval, style=filled];'
            for node in self.nodes
            if not node.module
        ]
        lines += [f"  {needed} -> {node.name};" for node in self.nodes for needed in node.needs]
        return "\n".join([*lines, "}", ""])


def graph_of(driver: AsyncDriver, modules: Sequence[ModuleType]) -> Graph:
    """Return the graph of a driver's functions, in alphabetical order of the names."""
    shown = {name: node for name, node in driver.graph.nodes.items() if not node.user_defined}
    named = {module.__name__: module.__name__.rsplit(".", 1)[-1] for module in modules}
    nodes = [
        Node(
            name,
            next(named[function.__module__] for function in node.originating_functions or ()),
            tuple(sorted(each.name for each in node.dependencies if each.name in {*shown, *_DRAWN_INPUTS})),
            (node.documentation or "").partition("\n")[0].replace('"', "'"),
        )
        for name, node in shown.items()
    ]
    given = [Node(name, "", (), "What is given") for name in _DRAWN_INPUTS]
    return Graph(tuple(sorted([*nodes, *given], key=lambda node: node.name)))
