"""What is computed from what in a dataflow, and a picture of it in Graphviz's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import cycle
from types import ModuleType
from typing import Final

from llm_engineering.application.answer.dataflow import Dataflow

_COLOURS: Final = (("#e8f1fb", "#2f6fae"), ("#e9f6ec", "#2f7d46"), ("#fdf3e1", "#a86a12"), ("#f6ebf7", "#86408d"))
"""Of the areas in turn: of their boxes, and of lines and words."""
_FAR: Final = "#c9cdd4"


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

    name: str
    nodes: tuple[Node, ...]
    areas: Mapping[str, str]
    """Titles of the modules, in the order in which data flows."""

    @property
    def dot(self) -> str:
        """The picture in Graphviz's language."""
        lines = [
            f"digraph {self.name} {{",
            '  graph [rankdir=TB, bgcolor="#ffffff", fontname="Helvetica", nodesep=0.28, ranksep=0.38, pad=0.3];',
            '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12, margin="0.14,0.07"];',
            '  edge [color="#8a8f98", arrowsize=0.6];',
        ]
        for (module, title), (fill, line) in zip(self.areas.items(), cycle(_COLOURS), strict=False):
            lines += [
                f"  subgraph cluster_{module} {{",
                f'    label="{title}"; labeljust=l; fontsize=13; fontcolor="{line}"; color="{line}";',
                '    style="rounded,dashed";',
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
        modules = {node.name: node.module for node in self.nodes}
        lines += [
            # What leads far is drawn lightly, or it hides the rest.
            f"  {needed} -> {node.name}" + ("" if modules[needed] == node.module else f' [color="{_FAR}"]') + ";"
            for node in self.nodes
            for needed in node.needs
        ]
        return "\n".join([*lines, "}", ""])


def graph_of(driver: Dataflow, name: str, areas: Mapping[ModuleType, str], given: str) -> Graph:
    """Return the graph of a driver's functions, in alphabetical order of the names.

    Args:
        driver: The dataflow.
        name: What it makes.
        areas: Titles of the modules of its functions, in the order in which data flows.
        given: The input that is drawn; services that every second node asks would cover the picture with lines.
    """
    shown = {node_name: node for node_name, node in driver.graph.nodes.items() if not node.user_defined}
    named = {module.__name__: module.__name__.rsplit(".", 1)[-1] for module in areas}
    nodes = [
        Node(
            node_name,
            next(named[function.__module__] for function in node.originating_functions or ()),
            tuple(sorted(each.name for each in node.dependencies if each.name in {*shown, given})),
            (node.documentation or "").partition("\n")[0].replace('"', "'"),
        )
        for node_name, node in shown.items()
    ]
    drawn = sorted([*nodes, Node(given, "", (), "What is given")], key=lambda node: node.name)
    return Graph(name, tuple(drawn), {named[module.__name__]: title for module, title in areas.items()})
