"""Summaries from the command line and by the pipeline, on documents, prompts and a language model server of a test."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from llm_engineering.application.summarize.summaries import TooManyUnsummarizedError
from llm_engineering.application.summarize.summary import Summarizing
from pipelines.parameters import Summarize
from tests.support.pdf import debian_pdf, write_pdf
from tools.pipeline_start import PreparedRun
from tools.run_configuration import RunConfiguration
from tools.run_summary import step_figures
from tools.summarize import main

pytestmark = pytest.mark.integration

SENTENCES = (
    "The compressor sorts all rotations of a block of text. ",
    "Sorted blocks of text have long runs of the same letter. ",
    "A run of the same letter is written as a count. ",
    "My neighbour has a grey cat with a white tail. ",
    "The compressor writes each block of text with a checksum. ",
)


@pytest.fixture(autouse=True)
def _data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_pdf_is_summarized_by_its_own_sentences(tmp_path: Path) -> None:
    write_pdf(tmp_path / "manual.pdf", "How it works", SENTENCES)

    output = printed(str(tmp_path / "manual.pdf"), "--sentences", "2")

    assert output.startswith("manual\n")
    assert output.count("\n- ") == 2
    assert "cat" not in output
    assert "No language model is set" in output


def test_a_manual_of_debian_is_summarized(tmp_path: Path) -> None:
    output = printed(str(debian_pdf(tmp_path)), "--json")

    summary = json.loads(output)
    assert summary["document_characters"] > 50_000
    assert len(summary["parts"]) > 5
    assert "bzip2" in summary["text"]
    assert len(summary["text"].splitlines()) == 7


def test_a_value_on_the_way_can_be_asked_for_and_another_given(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# One\n\nThis sentence has enough words.", encoding="utf-8")

    shown = json.loads(printed(str(tmp_path / "a.md"), "--show", "parts"))
    given = printed(str(tmp_path / "a.md"), "--set", "cleaned=Another text with enough words.")

    assert [part["heading_path"] for part in shown["parts"]] == [["One"]]
    assert "- Another text with enough words." in given


def test_the_dataflow_is_drawn(tmp_path: Path) -> None:
    printed("--visualize", str(tmp_path / "summary.svg"))

    assert "part_summaries" in (tmp_path / "summary.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Name a document"),
        (["nowhere.md"], "nowhere.md"),
        (["--set", "cleaned", "README.md"], "NAME=TEXT"),
        (["README.md", "--show", "summry"], "Did you mean 'summary'"),
        (["README.md", "--visualize", "summary.bmp"], ".svg"),
    ],
)
def test_what_cannot_be_done_is_told(arguments: list[str], told: str) -> None:
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code in {1, 2}
    assert told in result.output


@pytest.mark.slow
def test_the_pipeline_keeps_summaries_and_counts_what_failed(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("This sentence has enough words.", encoding="utf-8")

    parameters = Summarize(documents=(str(tmp_path / "a.md"), "./nowhere.md"), summarizing=Summarizing(sentences=1))
    run = PreparedRun("summarize", RunConfiguration(parameters, {})).start(use_cache=False)

    figures = step_figures(run)["summarize_documents / summaries"]
    assert figures["summaries"] == 1
    assert figures["kinds"] == {"quoted": 1}
    assert sum(dict(figures["dropped"]).values()) == 1  # type: ignore[call-overload]  # ZenML's metadata is untyped


@pytest.mark.slow
def test_the_pipeline_fails_when_too_much_does(tmp_path: Path) -> None:
    parameters = Summarize(documents=("./nowhere.md",))

    with pytest.raises(TooManyUnsummarizedError, match=r"1 of 1 documents have no summary[\s\S]*nowhere\.md"):
        PreparedRun("summarize", RunConfiguration(parameters, {})).start(use_cache=False)
