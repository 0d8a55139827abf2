from pathlib import Path

import pytest

from llm_engineering.infrastructure.embedders.backends import Backend
from llm_engineering.infrastructure.embedders.measurement import Measurement
from llm_engineering.infrastructure.embedders.verdicts import Verdict, keep_verdict, kept_verdicts


def verdict(processor: str = "chip", backend: Backend = Backend.CPU_BFLOAT16) -> Verdict:
    measured = Measurement(backend=backend, texts_per_second=57.5, agreement=0.9999)
    return Verdict(
        processor=processor, accelerators=("card",), torch="2.13.0", model="0f", backend=backend, measured=(measured,)
    )


def test_a_verdict_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    keep_verdict(tmp_path / "new" / "verdicts.json", verdict())

    assert kept_verdicts(tmp_path / "new" / "verdicts.json") == {("chip", ("card",), "2.13.0", "0f"): verdict()}


def test_those_of_other_machines_stay_and_an_older_one_goes(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.json"
    for each in (verdict("other"), verdict(), verdict(backend=Backend.CPU_FLOAT32)):
        keep_verdict(path, each)

    assert {key[0]: kept.backend for key, kept in kept_verdicts(path).items()} == {
        "other": Backend.CPU_BFLOAT16,
        "chip": Backend.CPU_FLOAT32,
    }
    assert [file.name for file in tmp_path.iterdir()] == ["verdicts.json"]


@pytest.mark.parametrize("content", ["", "{", "[{}]", '"text"', "[1]"])
def test_a_damaged_file_is_as_good_as_none_and_is_written_anew(content: str, tmp_path: Path) -> None:
    path = tmp_path / "verdicts.json"
    path.write_text(content, encoding="utf-8")
    assert kept_verdicts(path) == {}

    keep_verdict(path, verdict())

    assert list(kept_verdicts(path).values()) == [verdict()]


def test_where_nothing_can_be_written_the_work_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    keep_verdict(tmp_path / "file" / "verdicts.json", verdict())

    assert kept_verdicts(tmp_path / "no" / "verdicts.json") == {}
