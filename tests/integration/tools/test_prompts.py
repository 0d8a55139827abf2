"""The command line of the prompts, in one process with a store of its own."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tools.prompts import main

pytestmark = pytest.mark.integration

TEMPLATE = """\
name: expand
version: {version}
messages:
  - role: system
    template: 'Reword {{count}} times as JSON: {{{{"questions": []}}}}'
  - role: user
    template: "{{question}}"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def told(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def pushed(folder: Path, version: str) -> Result:
    path = folder / f"{version}.yaml"
    path.write_text(TEMPLATE.format(version=version), encoding="utf-8")
    return told("push", str(path))


def test_all_prompts_are_listed_with_their_state() -> None:
    lines = [line.split() for line in told("list").output.splitlines()]

    assert lines[0] == ["Prompts", "of", "the", "code"]
    assert ["answer", "v1", "current"] in [line[:3] for line in lines]
    assert all("locked" in line for line in lines[2:])


def test_a_prompt_is_shown_with_its_sample() -> None:
    output = told("show", "answer", "--version", "v2").output

    assert output.startswith("answer v2\nhash    ")
    assert "inputs  AnswerInputs" in output
    assert "Why did the deployment move to blue and green?" in output


def test_a_prompt_is_shown_with_the_inputs_of_a_file(folder: Path) -> None:
    inputs = {"question": "How long?", "passages": [{"number": 3, "title": "T", "text": "[bold]A second.[/bold]"}]}
    (folder / "mine.json").write_text(json.dumps(inputs), encoding="utf-8")

    output = told("show", "answer", "--inputs", "mine.json").output

    assert '<passage number="3" title="T">\n[bold]A second.[/bold]\n</passage>' in output


def test_inputs_that_do_not_fit_are_told_together(folder: Path) -> None:
    (folder / "mine.json").write_text('{"question": "Why?", "passage": []}', encoding="utf-8")

    done = told("show", "answer", "--inputs", "mine.json")

    assert done.exit_code == 1
    assert "mine.json does not hold AnswerInputs: passages: Field required; passage: Extra inputs" in done.output
    assert "keys question, passages, author, language" in done.output


def test_an_unknown_prompt_is_told_without_a_traceback() -> None:
    done = told("show", "answr")

    assert (done.exit_code, done.output.splitlines()[0]) == (
        1,
        "Error: There is no prompt 'answr'. Did you mean 'answer'?",
    )


def test_versions_are_compared() -> None:
    lines = told("diff", "answer", "v1", "v2").output.splitlines()

    assert lines[0].startswith("--- answer v1 (")
    assert lines[1].startswith("+++ answer v2 (")
    assert any(line.startswith("+First quote, word for word") for line in lines)
    assert told("diff", "answer", "v1", "v1").output == "answer v1 and v1 say the same.\n"


def test_a_stored_version_is_pushed_pinned_and_rolled_back(folder: Path) -> None:
    first = pushed(folder, "s1").output
    assert first.startswith("Stored expand s1 in ")
    assert "Use it: python -m tools.prompts pin expand s1" in first
    assert "is in" in pushed(folder, "s1").output
    pushed(folder, "s2")
    told("pin", "expand", "s1")
    assert "It is not used: PROMPT_ORIGIN is code, set it to store." in told("pin", "expand", "s2").output

    done = told("rollback", "expand")

    assert done.output.startswith("expand s1 is current again in ")
    history = told("history", "expand").output
    assert "Current: s1" in history
    assert [line.split()[-2:] for line in history.splitlines()[-3:]] == [
        ["pin", "s1"],
        ["pin", "s2"],
        ["rollback", "s1"],
    ]
    assert told("rollback", "expand").exit_code == 1


def test_with_the_store_as_origin_it_says_when_a_pin_is_used(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPT_ORIGIN", "store")
    pushed(folder, "s1")

    assert "Running services use it within 60 s." in told("pin", "expand", "s1").output


def test_of_a_prompt_that_is_not_stored_there_is_no_history() -> None:
    assert told("history", "answer").output.startswith("No version of answer is in ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: expand", "holds no template: version: Field required; messages: Field required"),
        ("- a", "holds no template: the file: "),
        ("a: [", "holds no template: "),
        (TEMPLATE.format(version="s1").replace("{question}", "{quest}"), "Did you mean 'question'"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(folder: Path, text: str, message: str) -> None:
    (folder / "mine.yaml").write_text(text, encoding="utf-8")

    done = told("push", "mine.yaml")

    assert done.exit_code == 1
    assert message in done.output
