"""An edit of a prompt is found in a copy of the project, as CI would find it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = Path("llm_engineering/application/prompts")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for package in ("llm_engineering", "tools"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def prompts(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "tools.prompts", *arguments],
        check=False, capture_output=True, cwd=project, encoding="utf-8", env=environment,
    )  # fmt: skip


def edit(project: Path, name: str, before: str, after: str) -> None:
    path = project / FOLDER / name
    text = path.read_text(encoding="utf-8")
    assert text.count(before) == 1
    path.write_text(text.replace(before, after), encoding="utf-8")


@pytest.mark.slow  # each case starts two processes or more
@pytest.mark.integration
class TestEditedPrompt:
    def test_nothing_is_wrong_before(self, project: Path) -> None:
        done = prompts(project, "check")
        assert (done.returncode, done.stderr) == (0, "")

    @pytest.mark.parametrize(
        ("name", "before", "after", "edited"),
        [
            ("answer.py", "Add no knowledge of your own", "Add no knowledge of your own!", {"answer v1"}),
            ("expand.py", "and do not answer.", "and don't answer.", {"expand v1"}),
            (
                "pieces.py",
                '"(none were found)"',
                '"(none was found)"',  # a helper of two versions, in the words that one sample shows
                {"answer v1", "answer v2"},
            ),
            ("languages.py", '"vi": "Vietnamese"', '"vi": "Viet"', {
                "answer v1", "answer v2", "golden_question v1", "instruct_samples v1", "preference_samples v1",
                "summarize_chunk v1", "summarize_chunk v2",
                "summarize_document v1", "summarize_document v2",
            }),  # a constant that no sample shows
        ],
    )  # fmt: skip
    def test_one_edit_fails_with_what_to_do_and_cannot_be_locked(
        self, project: Path, name: str, before: str, after: str, edited: set[str]
    ) -> None:
        edit(project, name, before, after)
        lock_file = project / FOLDER / "prompts.lock.json"
        locked = lock_file.read_bytes()

        checked, relocked = prompts(project, "check"), prompts(project, "lock")

        assert checked.returncode == relocked.returncode == 1
        told = [line for line in checked.stderr.splitlines() if line.startswith("- ")]
        assert {" ".join(line.split()[1:3]) for line in told} == edited
        assert all("was edited, but its version is locked" in line for line in told)
        assert all("poetry poe prompts lock" in line for line in told)
        assert "Nothing was locked" in relocked.stderr
        assert lock_file.read_bytes() == locked

    def test_a_new_version_is_locked_beside_the_old_one(self, project: Path) -> None:
        source = (project / FOLDER / "expand.py").read_text(encoding="utf-8")
        copied = source[source.index("def expand_v1") :].replace("expand_v1", "expand_v2").replace("reword", "rephrase")
        (project / FOLDER / "expand.py").write_text(f"{source}\n\n{copied}", encoding="utf-8")
        line = "    CodePrompt(expand.expand_v1, expand.SAMPLES),\n"
        edit(project, "registry.py", line, line + line.replace("v1", "v2"))

        unlocked = prompts(project, "check")
        locked = prompts(project, "lock")

        assert unlocked.returncode == 1
        assert "expand v2 is new and not locked" in unlocked.stderr
        assert locked.stdout == "Locked expand v2. Commit prompts.lock.json with the code.\n"
        assert prompts(project, "check").returncode == 0
        assert "+You rephrase questions" in prompts(project, "diff", "expand", "v1", "v2").stdout
