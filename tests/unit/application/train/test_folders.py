from pathlib import Path

import pytest

from llm_engineering.application.train.folders import partial_folder, whole_folder


def test_a_folder_takes_the_place_of_another_one(tmp_path: Path) -> None:
    place = tmp_path / "model"
    place.mkdir()
    (place / "old").touch()

    with whole_folder(place) as new:
        (new / "weights").write_text("1")
        assert (place / "old").exists()

    assert [path.name for path in place.iterdir()] == ["weights"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_that_cannot_be_filled_leaves_the_old_one(tmp_path: Path) -> None:
    place = tmp_path / "model"
    place.mkdir()
    (place / "old").touch()

    def fill() -> None:
        with whole_folder(place) as new:
            (new / "weights").write_text("1")
            with Path("/dev/full").open("w", encoding="utf-8") as full:  # a device on which there is never room
                full.write("2" * 100_000)

    with pytest.raises(OSError, match="No space left on device"):
        fill()
    assert [path.name for path in place.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_what_a_killed_writer_left_is_cleared_away(tmp_path: Path) -> None:
    place = tmp_path / "model"
    rest = partial_folder(place)
    rest.mkdir()
    (rest / "half").touch()

    with whole_folder(place) as new:
        (new / "weights").touch()

    assert [path.name for path in place.iterdir()] == ["weights"]
