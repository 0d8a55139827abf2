"""The trackers and the fake keep the promises of the ExperimentTracker port."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from pydantic import SecretStr

from llm_engineering.application.train.tracking import ExperimentTracker
from llm_engineering.infrastructure.trackers.comet_tracker import CometRun, CometTracker
from tests.contracts.experiment_tracker import ExperimentTrackerContract, Recorded
from tests.support.comet_stub import CometStub, comet_stub
from tests.support.trackers import RecordingTracker


class TestRecordingTracker(ExperimentTrackerContract):
    @pytest.fixture
    def tracker(self) -> RecordingTracker:
        return RecordingTracker()

    @pytest.fixture
    def recorded(self, tracker: RecordingTracker) -> Callable[[], Recorded]:
        return lambda: Recorded(
            parameters=tracker.parameters,
            steps=[(f"{stage}/{name}", number, str(value)) for stage, number, name, value in tracker.steps],
            said=repr(tracker.samples),
        )


@pytest.mark.integration
@pytest.mark.slow
class TestCometOffline(ExperimentTrackerContract):
    @pytest.fixture
    def tracker(self, tmp_path: Path) -> ExperimentTracker:
        return CometTracker(CometRun(folder=tmp_path / "comet", name="a run", project="twin"))

    @pytest.fixture
    def recorded(self, tracker: ExperimentTracker, tmp_path: Path) -> Callable[[], Recorded]:
        def read() -> Recorded:
            (kept,) = (tmp_path / "comet").glob("*.zip")
            with ZipFile(kept) as archive:
                lines = [json.loads(line) for line in archive.read("messages.json").splitlines()]
                texts = [archive.read(name).decode() for name in archive.namelist()]
            parameters = [each["payload"]["param"] for each in lines if each["type"] == "parameter_msg"]
            return Recorded(
                parameters={each["paramName"]: str(each["paramValue"]) for each in parameters},
                steps=_steps([each["payload"]["metric"] for each in lines if each["type"] == "metric_msg"]),
                said="\n".join(texts),
            )

        return read


@pytest.mark.integration
@pytest.mark.slow
class TestCometOnline(ExperimentTrackerContract):
    @pytest.fixture
    def server(self) -> Iterator[CometStub]:
        with comet_stub() as server:
            yield server

    @pytest.fixture
    def tracker(self, server: CometStub, tmp_path: Path) -> ExperimentTracker:
        run = CometRun(folder=tmp_path, name="a run", project="twin", key=SecretStr(server.key), url=server.url)
        return CometTracker(run)

    @pytest.fixture
    def recorded(self, tracker: ExperimentTracker, server: CometStub) -> Callable[[], Recorded]:
        return lambda: Recorded(
            parameters={name: str(value) for name, value in server.parameters.items()},
            steps=_steps(server.metrics),
            said="\n".join(server.uploads.values()),
        )


def _steps(metrics: list[dict[str, object]]) -> list[tuple[str, int, str]]:
    """Return what was told of steps: figures of the whole run have no stage before a slash, nor has the machine."""
    return [
        (str(each["metricName"]), int(str(each["step"])), str(each["metricValue"]))
        for each in metrics
        if "/" in str(each["metricName"])
    ]
