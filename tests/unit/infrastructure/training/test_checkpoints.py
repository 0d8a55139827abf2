from pathlib import Path

import pytest

from llm_engineering.infrastructure.training.checkpoints import Checkpoints


def write(checkpoints: Checkpoints, step: int, keep: Path | None = None) -> None:
    with checkpoints.writing(is_main=True) as folder:
        (folder / f"checkpoint-{step}").mkdir(parents=True)
        (folder / f"checkpoint-{step}" / "weights").write_text(str(step), encoding="utf-8")
        checkpoints.put(step, keep)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_checkpoint_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.last is None

    write(checkpoints, 9)
    write(checkpoints, 10)

    assert names(tmp_path) == ["checkpoint-10"]
    assert checkpoints.last == tmp_path / "checkpoint-10"


def test_the_best_one_stays(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    write(checkpoints, 5)

    write(checkpoints, 10, keep=checkpoints.of(5))
    write(checkpoints, 15, keep=checkpoints.of(5))

    assert names(tmp_path) == ["checkpoint-15", "checkpoint-5"]
    assert checkpoints.last == tmp_path / "checkpoint-15"


def test_a_checkpoint_that_could_not_be_written_is_none(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    write(checkpoints, 5)

    def fail() -> None:
        with checkpoints.writing(is_main=True) as folder:
            (folder / "checkpoint-10").mkdir(parents=True)
            with Path("/dev/full").open("w", encoding="utf-8") as full:  # a device on which there is never room
                full.write("x" * 100_000)

    with pytest.raises(OSError, match="No space left"):
        fail()
    assert names(tmp_path) == ["checkpoint-5"]


def test_what_a_killed_writer_left_is_no_checkpoint_and_is_cleared_away(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    (checkpoints.being_written / "checkpoint-5").mkdir(parents=True)
    assert checkpoints.last is None

    write(checkpoints, 5)

    assert names(tmp_path) == ["checkpoint-5"]


def test_a_step_can_be_written_again(tmp_path: Path) -> None:
    checkpoints = Checkpoints(tmp_path)
    write(checkpoints, 5)

    write(checkpoints, 5)

    assert names(tmp_path) == ["checkpoint-5"]
