"""Which pipeline a file of the feature pipeline starts."""

from pathlib import Path

import pytest

from pipelines.parameters import FeatureEngineering, ShardedFeatureEngineering
from tools.pipeline_start import prepared_run
from tools.run_configuration import ConfigurationError


def file_with(folder: Path, shards: str) -> str:
    path = folder / "feature_engineering.yaml"
    path.write_text(f"parameters: {{author_full_names: [Ada Lovelace]{shards}}}", encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("shards", ["", ", shards: 1"])
def test_one_shard_is_the_pipeline_without_shards(tmp_path: Path, shards: str) -> None:
    run = prepared_run("feature_engineering", file_with(tmp_path, shards), "FeatureEngineering")

    assert run.name == "feature_engineering"
    assert "shards" not in run.configuration.parameters.model_dump()


def test_more_shards_are_the_sharded_one_with_the_same_parameters(tmp_path: Path) -> None:
    run = prepared_run("feature_engineering", file_with(tmp_path, ", shards: 8"), "FeatureEngineering")

    assert run.name == "sharded_feature_engineering"
    assert isinstance(run.configuration.parameters, ShardedFeatureEngineering)
    assert run.configuration.parameters.model_dump() == {
        **FeatureEngineering(author_full_names=("Ada Lovelace",)).model_dump(),
        "shards": 8,
    }


@pytest.mark.parametrize("shards", [0, 1_001])
def test_a_number_that_cannot_be_is_refused(tmp_path: Path, shards: int) -> None:
    with pytest.raises(ConfigurationError, match=r"parameters\.shards"):
        prepared_run("feature_engineering", file_with(tmp_path, f", shards: {shards}"), "FeatureEngineering")
