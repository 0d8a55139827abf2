"""What a shard hands on lies in a file of its own."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from zenml.client import Client

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result
from steps.shard_materializer import ShardMaterializer

pytestmark = pytest.mark.integration


class Part(FrozenModel):
    number: int
    words: str


class Whole(Result):
    name: str
    shards: tuple[Part, ...]

    @property
    def figures(self) -> Figures:
        return {"shards": len(self.shards), "unknown": None}


class Single(Result):
    name: str

    @property
    def figures(self) -> Figures:
        return {}


WHOLE = Whole(name="Ünï", shards=(Part(number=0, words="a\nb"), Part(number=3, words="c")))


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of ZenML's artifact store, which writes nowhere else."""
    with TemporaryDirectory(dir=Client().active_stack.artifact_store.path) as folder:
        yield Path(folder)


@pytest.fixture
def materializer(folder: Path) -> ShardMaterializer:
    return ShardMaterializer(str(folder))


def test_a_result_comes_back_whole_and_shard_by_shard(materializer: ShardMaterializer, folder: Path) -> None:
    materializer.save(WHOLE)

    assert materializer.load(Whole) == WHOLE
    assert materializer.get_item_count(WHOLE) == 2
    assert [materializer.load_item(Part, place) for place in (0, 1)] == list(WHOLE.shards)
    assert sorted(path.name for path in folder.iterdir()) == ["result.jsonl", "shard-0000.json", "shard-0001.json"]
    assert "words" not in (folder / "result.jsonl").read_text(encoding="utf-8")
    assert materializer.extract_metadata(WHOLE) == {"shards": 2}
    assert materializer.save_visualizations(WHOLE) == {}


def test_a_result_without_shards_cannot_be_mapped_over(materializer: ShardMaterializer) -> None:
    materializer.save(Single(name="one"))

    assert materializer.load(Single) == Single(name="one")
    assert materializer.get_item_count(Single(name="one")) is None
