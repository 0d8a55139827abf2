"""The graph of an answer, and its picture in the documentation."""

import re
from pathlib import Path

import pytest

from llm_engineering.application.answer.answerer import dataflow_graph
from llm_engineering.application.answer.configuration import Answering, QueryRewriting
from llm_engineering.application.retrieve.configuration import Reranking
from llm_engineering.infrastructure.graph_pictures import UndrawableError, write_picture

ROOT = Path(__file__).parents[4]
GRAPH = dataflow_graph(Answering())


def test_the_picture_of_the_documentation_shows_the_values_that_there_are() -> None:
    picture = (ROOT / "docs/images/answer-graph.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'class="node">\s*<title>([^<]+)</title>', picture))
    edges = {
        tuple(edge.replace("&#45;", "-").split("-&gt;"))
        for edge in re.findall(r'class="edge">\s*<title>([^<]+)</title>', picture)
    }

    assert drawn == {node.name for node in GRAPH.nodes}
    assert edges == {(needed, node.name) for node in GRAPH.nodes for needed in node.needs}


def test_the_documentation_describes_each_value() -> None:
    page = (ROOT / "docs/answers.md").read_text(encoding="utf-8")
    described = re.findall(r"^\| `(\w+)` \| [^|]+ \|$", page, re.MULTILINE)

    assert set(described) == {node.name for node in GRAPH.nodes if node.module}


def test_alternatives_are_chosen_by_configuration() -> None:
    by_model = Answering(
        query_rewriting=QueryRewriting.MODEL,
        retrieval=Answering().retrieval.model_copy(update={"reranking": Reranking(model="x")}),
    )
    about = {node.name: node.about for node in dataflow_graph(by_model).nodes}

    assert about["queries"] == "Return the question and other ways to ask it, from the model; by rules where it fails."
    assert about["reranked"] == "Return the ranking after a second look at the best."
    assert {node.name: node.about for node in GRAPH.nodes}["reranked"] == "Return the ranking as it is."


@pytest.mark.parametrize(
    ("name", "start"), [("g.svg", b"<?xml"), ("g.png", b"\x89PNG"), ("g.dot", b"digraph answer {")]
)
def test_a_picture_is_drawn_in_the_format_of_its_name(tmp_path: Path, name: str, start: bytes) -> None:
    write_picture(GRAPH.dot, tmp_path / name)

    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("name", "problem"),
    [("g", "its name does not say a format"), ("g.bmp", "no format '.bmp'"), ("no/g.svg", "No such file")],
)
def test_a_picture_that_cannot_be_drawn_is_told(tmp_path: Path, name: str, problem: str) -> None:
    with pytest.raises(UndrawableError, match=problem):
        write_picture(GRAPH.dot, tmp_path / name)
