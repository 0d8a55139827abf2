import json
from pathlib import Path

import pytest

from llm_engineering.infrastructure.aws.container_checkpoints import CarriedCheckpoints


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Return the folder of a training with two checkpoints and a finished stage."""
    for folder in ("sft-1/trained", "dpo-2/checkpoints/checkpoint-2", "dpo-2/checkpoints/checkpoint-4"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "weights").write_bytes(b"12345")
        (tmp_path / folder / "state.json").write_bytes(b"{}")
    CarriedCheckpoints(tmp_path).keep()
    return tmp_path


def test_what_came_back_whole_stays(work: Path) -> None:
    before = sorted(work.rglob("*"))

    CarriedCheckpoints(work).restore()

    assert sorted(work.rglob("*")) == before
    listed = json.loads((work / "sft-1/trained.files.json").read_text(encoding="utf-8"))
    assert listed == {"state.json": 2, "weights": 5}


def lose_a_file(folder: Path) -> None:
    (folder / "weights").unlink()


def cut_a_file(folder: Path) -> None:
    (folder / "weights").write_bytes(b"123")


def lose_the_list(folder: Path) -> None:
    folder.with_name(f"{folder.name}.files.json").unlink()


def spoil_the_list(folder: Path) -> None:
    folder.with_name(f"{folder.name}.files.json").write_text("{", encoding="utf-8")


@pytest.mark.parametrize("spoil", [lose_a_file, cut_a_file, lose_the_list, spoil_the_list])
@pytest.mark.parametrize("name", ["sft-1/trained", "dpo-2/checkpoints/checkpoint-4"])
def test_what_came_back_in_part_is_left_out_and_the_rest_stays(work: Path, spoil: object, name: str) -> None:
    assert callable(spoil)
    spoil(work / name)

    CarriedCheckpoints(work).restore()

    assert not (work / name).exists()
    assert (work / "dpo-2/checkpoints/checkpoint-2").is_dir()


def test_what_was_being_written_is_cleared_away(work: Path) -> None:
    (work / "dpo-2/checkpoints/.written.new/checkpoint-6").mkdir(parents=True)
    (work / "sft-1/.trained.new").write_text("half", encoding="utf-8")

    CarriedCheckpoints(work).restore()

    assert [path for path in work.rglob("*") if path.name.startswith(".")] == []


def test_a_checkpoint_that_is_written_again_is_listed_again(work: Path) -> None:
    (work / "sft-1/trained/weights").write_bytes(b"1234567")

    CarriedCheckpoints(work).keep()
    CarriedCheckpoints(work).restore()

    assert (work / "sft-1/trained/weights").read_bytes() == b"1234567"


def test_without_checkpoints_nothing_happens(tmp_path: Path) -> None:
    carried = CarriedCheckpoints(tmp_path / "none")

    carried.restore()
    carried.keep()

    assert list(tmp_path.iterdir()) == []
