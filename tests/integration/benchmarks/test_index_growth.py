from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from benchmarks.index_growth import main

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def test_both_stores_grow_and_are_drawn(tmp_path: Path) -> None:
    plot = tmp_path / "growth.svg"

    result = CliRunner().invoke(main, ["--sizes", "30,60", "--local-up-to", "30", "--plot", str(plot)])

    assert result.exit_code == 0, result.output
    lines = [line.split() for line in result.output.splitlines()]
    assert [line[2] for line in lines if line[:2] == ["Qdrant", "Edge"]] == ["30", "60"]
    assert [line[2] for line in lines if line[:2] == ["qdrant-client,", "local"]] == ["30"]
    assert [line[-4:] for line in lines if "Edge" in line] == [["100.0"] * 4] * 2
    assert ElementTree.parse(plot).getroot().tag.endswith("svg")
