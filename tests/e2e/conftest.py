"""The command lines as a user has them: in processes of their own, with empty folders for home, data and ZenML."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Twin:
    """An installation with its own data."""

    folder: Path
    zenml: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        """Start `python -m ARGUMENTS` in the repository; both outputs come as one."""
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str, exit_code: int = 0) -> str:
        """Run `python -m ARGUMENTS` to its end and return what it printed."""
        process = self.started(*arguments)
        try:
            output, _ = process.communicate(timeout=280)
        finally:
            process.kill()
        assert process.returncode == exit_code, output
        return output

    def config(self, name: str, text: str) -> str:
        """Write a YAML file and return its path."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def _environment(self) -> dict[str, str]:
        own = {
            "HOME": str(self.folder),
            "DATA_FOLDER": str(self.data),
            "ZENML_CONFIG_PATH": str(self.zenml),
            "ZENML_ANALYTICS_OPT_IN": "false",
            "ZENML_LOGGING_COLORS_DISABLED": "true",
            "HF_HUB_OFFLINE": "1",
            "COLUMNS": "200",
        }
        return {"PATH": os.environ["PATH"], **own, **self.environment}


@pytest.fixture(scope="session")
def zenml_config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the runs of this test process share, since making ZenML's database takes seconds."""
    return tmp_path_factory.mktemp("zenml")


@pytest.fixture
def twin(tmp_path: Path, zenml_config: Path) -> Twin:
    return Twin(tmp_path, zenml_config)


def figures(output: str, artifact: str) -> dict[str, str]:
    """Return the figures of an artifact from the summary that a run prints of its metadata."""
    lines: Sequence[str] = output.splitlines()
    start = next(number for number, line in enumerate(lines) if line.rstrip().endswith(f"/ {artifact}"))
    found = {}
    for line in lines[start + 1 :]:
        if not line.startswith("  "):
            break
        name, _, value = line.strip().partition("  ")
        found[name] = value.strip()
    return found


def table(output: str, title: str) -> dict[str, dict[str, str]]:
    """Return the rows of the last table in a printed text whose first column has this title."""
    lines = [re.split(r" {2,}", line.strip()) for line in output.splitlines()]
    start = max(number for number, cells in enumerate(lines) if cells[0] == title)
    heads = lines[start][1:] or [""]
    rows = takewhile(lambda cells: len(cells) == len(heads) + 1, lines[start + 1 :])
    return {name: dict(zip(heads, values, strict=True)) for name, *values in rows}
