"""The evaluation command on a small corpus with the packaged model."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tools.evaluate_retrieval import main

pytestmark = pytest.mark.integration

CORPUS = [
    {"id": "loom", "title": "The loom", "text": "The loom weaves flowers out of threads of silk."},
    {"id": "engine", "title": "The engine", "text": "The engine calculates with numbers. " * 60},
    {"id": "bread", "title": "Baking", "text": "Bread is made of flour, water, salt and yeast."},
]
QUESTIONS = [
    {"id": "q1", "text": "Which machine works with silk?", "relevant": {"loom": 2}},
    {"id": "q2", "text": "What is in bread?", "relevant": {"bread": 1}},
]


def written(path: Path, rows: Sequence[object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def evaluated(folder: Path, questions: Sequence[object] = QUESTIONS, *arguments: str) -> Result:
    corpus, queries = written(folder / "corpus.jsonl", CORPUS), written(folder / "queries.jsonl", questions)
    given = ["--corpus", str(corpus), "--queries", str(queries), "--rankings", str(folder / "out.jsonl"), *arguments]
    return CliRunner().invoke(main, given)


def rankings(folder: Path) -> dict[str, list[str]]:
    rows = map(json.loads, (folder / "out.jsonl").read_text(encoding="utf-8").splitlines())
    return {row["id"]: row["ranking"] for row in rows}


def test_documents_are_ranked_once_each_and_measured_in_three_ways(tmp_path: Path) -> None:
    result = evaluated(tmp_path)

    assert result.exit_code == 0, result.output
    found = rankings(tmp_path)
    assert {key: ranking[0] for key, ranking in found.items()} == {"q1": "loom", "q2": "bread"}
    assert all(sorted(ranking) == ["bread", "engine", "loom"] for ranking in found.values())
    assert "2 judged questions, mean [95 % interval]" in result.output
    assert [line.split()[0] for line in result.output.splitlines() if "1.0000 [1.000, 1.000]" in line] == [
        "dense",
        "sparse",
        "fused",
    ]


def test_without_judgements_there_are_rankings_and_no_figures(tmp_path: Path) -> None:
    result = evaluated(tmp_path, [{"id": "q2", "text": "bread"}])

    assert rankings(tmp_path)["q2"][0] == "bread"
    assert "nDCG" not in result.output


def test_a_bad_line_is_named_before_any_work(tmp_path: Path) -> None:
    result = evaluated(tmp_path, [*QUESTIONS, {"id": "q3"}])

    assert result.exit_code == 1
    assert "queries.jsonl, line 3: text: Field required" in result.output
    assert not (tmp_path / "out.jsonl").exists()


def test_an_unknown_key_of_the_configuration_is_named(tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text("parameters: {fusion: {method_: min_max}}", encoding="utf-8")

    result = evaluated(tmp_path, QUESTIONS, "--config", str(config))

    assert result.exit_code == 1
    assert "unknown key 'parameters.fusion.method_'. Did you mean 'method'?" in result.output


def test_rankings_that_cannot_be_written_are_told_before_any_work(tmp_path: Path) -> None:
    result = evaluated(tmp_path, QUESTIONS, "--rankings", str(tmp_path / "nowhere" / "out.jsonl"))

    assert result.exit_code == 1
    assert "cannot be written: No such file or directory" in result.output
