"""Stores the results of shards: each shard is a file of its own, which a mapped step reads without the others."""

import json
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any, ClassVar, TypeVar

from zenml.enums import VisualizationType

from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Result
from steps.materializers import ResultMaterializer

_SHARDS = "shards"
"""Field of a result that holds what there is of each shard; in its file stands their number instead."""

ResultT = TypeVar("ResultT", bound=Result)
ShardT = TypeVar("ShardT", bound=FrozenModel)


class ShardMaterializer(ResultMaterializer):
    """Keeps a `Result` as JSON; what its field `shards` holds, if it has one, lies in files that can be mapped over.

    There is no page for the dashboard: the figures say what a person wants to know of shards.
    """

    SKIP_REGISTRATION: ClassVar[bool] = True  # a result whose step names no materializer is none of shards

    def save(self, data: Result) -> None:
        """Write the result."""
        fields = data.model_dump(mode="json", exclude={_SHARDS})
        shards = _shards(data)
        for number, shard in enumerate(shards):
            with self.artifact_store.open(self._shard_file(number), "w") as file:
                file.write(shard.model_dump_json())
        with self.artifact_store.open(self._file, "w") as file:
            file.write(json.dumps({**fields, _SHARDS: len(shards)} if shards else fields, ensure_ascii=False))

    def load(self, data_type: type[ResultT]) -> ResultT:
        """Read a result of the given type, with all shards."""
        with self.artifact_store.open(self._file, "r") as file:
            fields = json.loads(file.read())
        if _SHARDS in data_type.model_fields:
            fields[_SHARDS] = [self._record(number) for number in range(fields[_SHARDS])]
        return data_type.model_validate(fields)

    def get_item_count(self, data: Result) -> int | None:
        """Return how many shards there are; None for a result that has none."""
        return len(_shards(data)) or None

    def load_item(self, data_type: type[ShardT], index: int) -> ShardT:
        """Read one shard."""
        return data_type.model_validate(self._record(index))

    def save_visualizations(self, data: Result) -> dict[str, VisualizationType]:  # noqa: ARG002 - there is none
        """Return nothing."""
        return {}

    def _record(self, number: int) -> dict[str, Any]:
        with self.artifact_store.open(self._shard_file(number), "r") as file:
            record: dict[str, Any] = json.loads(file.read())
            return record

    def _shard_file(self, number: int) -> str:
        return str(PurePosixPath(self.uri) / f"shard-{number:04}.json")


def _shards(result: Result) -> Sequence[FrozenModel]:
    found: Sequence[FrozenModel] = getattr(result, _SHARDS, ())
    return found
