"""The commands for experiments on users, on a SQLite of the test's own."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from llm_engineering.application.experiments.exposures import (
    EXPOSURES,
    OUTCOMES,
    record_exposure,
    record_outcome,
    stored_experiment,
)
from llm_engineering.application.feedback.writing import written_feedback
from llm_engineering.application.ports import FEEDBACK, Collection
from llm_engineering.domain.answers import Feedback
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings
from tests.support.experiments import NOW
from tools.experiments import main

pytestmark = pytest.mark.integration

CONFIG = Path(__file__).parents[3] / "configs/online_experiment.yaml"


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "data"))
    return Path(shutil.copy(CONFIG, tmp_path / "mine.yaml"))


def ran(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False, terminal_width=120)


def test_an_experiment_from_start_to_stop(config: Path) -> None:
    begun = ran("start", str(config))
    with opened_document_store(Settings()) as store:
        experiment = stored_experiment(store, "warmer-answers").experiment
        for number in range(60):
            user = f"user {number}"
            exposure = record_exposure(store, experiment, user, NOW)
            assert exposure is not None
            given_at = NOW + timedelta(minutes=number)
            is_helpful = exposure.variant == "B"
            record_outcome(
                store,
                experiment.name,
                Feedback(trace_id="t", is_helpful=is_helpful, user=user, given_at=given_at),
            )

    assert "100% of the users take part, 50% of them see B" in begun.output
    status = ran("status", "warmer-answers")
    assert "B is better." in status.output
    assert "temperature: 0.3" in status.output
    assert "Both hold however often you look." in status.output
    assert "warmer-answers  running" in ran("list").output
    assert "warmer-answers was stopped at" in ran("stop", "warmer-answers").output
    assert "(stopped since" in ran("status", "warmer-answers").output


def test_before_the_first_experiment_the_list_says_how_to_start_one() -> None:
    assert "`python -m tools.experiments start FILE` starts one" in ran("list").output


def test_an_unknown_experiment_is_told_without_a_traceback(config: Path) -> None:
    ran("start", str(config))

    result = ran("status", "warmer")

    assert result.exit_code == 1
    assert "Error: There is no experiment 'warmer'. Did you mean 'warmer-answers'?" in result.output


def test_an_unknown_key_is_named(config: Path) -> None:
    config.write_text(config.read_text(encoding="utf-8").replace("temperature", "temperature_"), encoding="utf-8")

    result = ran("start", str(config))

    assert result.exit_code == 1
    assert "unknown key 'parameters.b.temperature_'. Did you mean 'temperature'?" in result.output


def test_a_user_can_be_forgotten(config: Path) -> None:
    ran("start", str(config))
    with opened_document_store(Settings()) as store:
        experiment = stored_experiment(store, "warmer-answers").experiment
        for user in ("ada@example.org", "bob"):
            record_exposure(store, experiment, user, NOW)
            said = Feedback(trace_id="t", is_helpful=True, comment="Mine.", user=user, given_at=NOW)
            record_outcome(store, experiment.name, said)
            written_feedback(store, said)

    first, again = ran("forget", "ada@example.org"), ran("forget", "ada@example.org")

    assert "what he saw in 1 experiments, 1 outcomes, and feedback on 1 answers" in first.output
    assert (again.exit_code, ran("forget", "").exit_code) == (1, 1)
    assert "Error: Nothing is kept under the name 'ada@example.org'." in again.output

    def users(collection: Collection) -> list[object]:
        with opened_document_store(Settings()) as store:
            return [each["user"] for each in store.find(collection, {})]

    assert users(EXPOSURES) == users(OUTCOMES) == users(FEEDBACK) == ["bob"]
