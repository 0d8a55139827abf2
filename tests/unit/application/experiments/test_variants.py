import pytest
from pydantic import ValidationError

from llm_engineering.application.answer.configuration import Answering
from llm_engineering.application.experiments.configuration import OfflineExperiment
from llm_engineering.application.experiments.variants import AnswerChanges, fingerprint
from llm_engineering.domain.errors import InvalidInputError

RULE = {"primary_metric": "ndcg", "smallest_effect": 0.05}


def changes(**fields: object) -> AnswerChanges:
    return AnswerChanges.model_validate(fields)


def test_only_what_is_set_changes_also_inside_of_what_is_configured() -> None:
    base = Answering.model_validate({"temperature": 0.7, "retrieval": {"depth": 50, "fusion": {"words_weight": 0.2}}})

    answering = changes(prompts={"answer": "v2"}, retrieval={"fusion": {"meaning_weight": 0.9}}).over(base)

    assert (answering.temperature, answering.retrieval.depth, answering.prompts.answer) == (0.7, 50, "v2")
    assert (answering.retrieval.fusion.words_weight, answering.retrieval.fusion.meaning_weight) == (0.2, 0.9)


def test_what_is_set_survives_being_written_as_json() -> None:
    variant = changes(retrieval={"depth": 100}, temperature=0.0)

    again = AnswerChanges.model_validate_json(variant.model_dump_json())

    assert variant.model_dump_json() == '{"retrieval":{"depth":100},"temperature":0.0}'
    assert again == variant
    assert again.named == {"retrieval.depth": 100, "temperature": 0.0}


def test_to_set_a_default_is_a_change() -> None:
    assert changes(temperature=0.0) != changes()
    assert changes(temperature=0.0).over(Answering(temperature=0.5)).temperature == 0


@pytest.mark.parametrize(
    "fields", [{"temperature_": 1}, {"retrieval": {"dept": 5}}, {"prompts": {"answer_": "v2"}}, {"temperature": 3}]
)
def test_unknown_keys_and_wrong_values_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AnswerChanges.model_validate(fields)


def test_a_fingerprint_follows_from_all_that_answers_depend_on() -> None:
    prints = {
        fingerprint(Answering(), "index 1"),
        fingerprint(Answering(), "index 2"),
        fingerprint(Answering(temperature=1), "index 1"),
    }

    assert len(prints) == 3


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"a": {}, "b": {"temperature": 0.0}}, "A and B change the same"),  # the default is 0
        ({"b": {"temperature": 1}, "metrics": ["length_", "ndcg"]}, "Did you mean 'length'"),
        ({"b": {"temperature": 1}, "metrics": ["length"]}, "There is no metric 'ndcg'"),
        ({"b": {"temperature": 1}, "name": "../up"}, "String should match"),
        ({"b": {"temperature": 1}, "questions": {"file": "q.jsonl", "golden_version": "1"}}, "are both set"),
        ({"b": {"temperature": 1}, "rule": {"primary_metric": "ndcg", "smallest_effect": 0}}, "greater than 0"),
    ],
)
def test_an_experiment_that_cannot_be_decided_is_refused(fields: dict[str, object], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        OfflineExperiment.model_validate({"name": "one", "rule": RULE, **fields})


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"judge": {"mode": "x"}}, "Extra inputs are not permitted"),
        ({"judge": {"samples": 3}}, "a model says the same each time"),
        ({"metrics": ["style_scor"]}, "Did you mean 'style_score'"),
        ({"rule": {"primary_metric": "judge_style", "smallest_effect": 0.1}}, "There is no metric 'judge_style'"),
    ],
)
def test_a_judge_and_a_style_that_cannot_be_are_refused(fields: dict[str, object], fault: str) -> None:
    with pytest.raises((ValidationError, InvalidInputError), match=fault):
        OfflineExperiment.model_validate({"name": "x", "b": {"temperature": 0.5}, "rule": RULE, **fields})


def test_a_judge_can_decide() -> None:
    rule = {"primary_metric": "judge_style", "smallest_effect": 0.1}
    experiment = OfflineExperiment.model_validate({"name": "x", "b": {"temperature": 0.5}, "rule": rule, "judge": {}})

    assert experiment.measured[-2:] == ("judge_accuracy", "judge_style")
