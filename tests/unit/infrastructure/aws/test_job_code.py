import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from llm_engineering.infrastructure.aws.job_code import UnpinnedCodeError, code_archive
from llm_engineering.infrastructure.aws.job_configuration import JobSource

ROOT = Path(__file__).parents[4]
PINNED = JobSource(constraints=str(ROOT / "constraints.txt"))


def test_the_same_code_is_the_same_archive(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()

    first, again = code_archive(PINNED, tmp_path), code_archive(PINNED, tmp_path / "again")

    assert first.digest == again.digest
    assert list(first.files) == ["sourcedir.tar.gz"]


def test_the_archive_starts_as_the_toolkit_of_aws_starts_it(tmp_path: Path) -> None:
    code_archive(PINNED, tmp_path)
    with tarfile.open(tmp_path / "sourcedir.tar.gz") as archive:
        archive.extractall(tmp_path / "code", filter="data")
    (tmp_path / "ml/input/config").mkdir(parents=True)
    parameters = json.dumps({"program": '"dance"'})
    (tmp_path / "ml/input/config/hyperparameters.json").write_text(parameters, encoding="utf-8")

    done = subprocess.run(
        [sys.executable, "sagemaker_entry.py", "--program", "dance", "--seed", "42"],
        cwd=tmp_path / "code",
        env={"SAGEMAKER_BASE_DIR": str(tmp_path / "ml"), "HOME": str(tmp_path)},
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "program is 'dance', known are train, evaluate" in done.stderr
    failure = (tmp_path / "ml/output/failure").read_text(encoding="utf-8")
    assert failure.startswith("program is 'dance'")
    lines = (tmp_path / "code/requirements.txt").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "-c constraints.txt"
    assert {"trl", "peft", "torch", "zenml[local]"} <= set(lines)
    assert {"opik", "playwright", "boto3"} & set(lines) == set()
    assert (tmp_path / "code/constraints.txt").read_bytes() == (ROOT / "constraints.txt").read_bytes()


@pytest.mark.parametrize(
    ("text", "problem"), [(None, "there is no file"), ("torch==2.13.0\ntrl>=1\n", "leaves the version of trl>=1 open")]
)
def test_versions_that_are_not_pinned_are_refused(tmp_path: Path, text: str | None, problem: str) -> None:
    path = tmp_path / "constraints.txt"
    if text is not None:
        path.write_text(text, encoding="utf-8")

    with pytest.raises(UnpinnedCodeError, match=problem):
        code_archive(JobSource(constraints=str(path)), tmp_path)
