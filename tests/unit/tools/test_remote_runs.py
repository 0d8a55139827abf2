import json
from typing import Any

import pytest
from zenml.enums import ExecutionMode

from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.zenml_stacks.remote_stack import RemoteStack
from llm_engineering.infrastructure.zenml_stacks.sending import RunWaitEndedError
from pipelines.parameters import FeatureEngineering
from tests.support.zenml_stacks import IMAGE
from tools.remote_runs import UnfitForTheStackError, placed_options
from tools.run_configuration import RunConfiguration, StepOptions

STEPS = ["query_data_warehouse", "clean_documents", "chunk_documents", "load_to_vector_db", "switch_index"]
PARAMETERS = FeatureEngineering(author_full_names=("Ada Lovelace",))


def stack(**changes: Any) -> RemoteStack:
    values: dict[str, Any] = {
        "name": "llm-twin-aws",
        "flavor": "sagemaker",
        "is_synchronous": False,
        "region": "eu-west-1",
        "bucket": "llm-twin-123456789012-eu-west-1",
        "instance_type": "ml.m5.large",
        "image": IMAGE,
        "is_own": True,
        "step_operator": "llm-twin-aws-step-operator",
        "execution_mode": ExecutionMode.CONTINUE_ON_FAILURE,
        "variables": {},
    }
    return RemoteStack(**{**values, **changes})


def configuration(settings: dict[str, Any], **steps: StepOptions) -> RunConfiguration[FrozenModel]:
    return RunConfiguration(PARAMETERS, settings, steps)


def names() -> list[str]:
    return STEPS


def test_what_a_run_does_not_say_comes_from_the_stack() -> None:
    placed = placed_options(configuration({}), stack(), names)

    assert placed.settings == {
        "docker": {
            "parent_image": IMAGE,
            "skip_build": True,
            "install_stack_requirements": False,
            "allow_including_files_in_images": False,
            "allow_download_from_code_repository": False,
            "allow_download_from_artifact_store": False,
        }
    }
    assert placed.steps == {}
    assert placed.execution_mode is ExecutionMode.CONTINUE_ON_FAILURE


def test_an_image_of_the_run_counts_more() -> None:
    docker = {"parent_image": "other:1", "skip_build": True}

    assert placed_options(configuration({"docker": docker}), stack(), names).settings == {"docker": docker}


def test_a_stack_of_others_gets_what_the_file_says_and_nothing_else() -> None:
    assert placed_options(configuration({}), stack(is_own=False), names).settings == {}


def test_the_instance_of_the_stack_is_not_replaced_by_one_of_zenml() -> None:
    placed = placed_options(
        configuration(
            {"orchestrator": {"synchronous": True}},
            load_to_vector_db=StepOptions(settings={"orchestrator": {"volume_size_in_gb": 60}}),
        ),
        stack(),
        names,
    )

    assert placed.settings["orchestrator"] == {"instance_type": "ml.m5.large", "synchronous": True}
    assert placed.steps == {
        "load_to_vector_db": {"settings": {"orchestrator": {"instance_type": "ml.m5.large", "volume_size_in_gb": 60}}}
    }


def test_a_step_has_the_instance_of_its_run_if_it_names_none() -> None:
    placed = placed_options(
        configuration(
            {"orchestrator": {"instance_type": "ml.c5.xlarge"}},
            clean_documents=StepOptions(settings={"orchestrator": {"volume_size_in_gb": 60}}),
            chunk_documents=StepOptions(settings={"orchestrator": {"instance_type": "ml.c5.4xlarge"}}),
        ),
        stack(),
        names,
    )

    assert placed.steps["clean_documents"]["settings"]["orchestrator"]["instance_type"] == "ml.c5.xlarge"
    assert placed.steps["chunk_documents"]["settings"]["orchestrator"]["instance_type"] == "ml.c5.4xlarge"


def test_a_step_goes_to_the_step_operator_where_there_is_one() -> None:
    asked = configuration({}, load_to_vector_db=StepOptions(step_operator=True))

    assert placed_options(asked, stack(), names).steps["load_to_vector_db"]["step_operator"] == (
        "llm-twin-aws-step-operator"
    )
    assert placed_options(asked, None, names).steps == {"load_to_vector_db": {"settings": {}}}
    with pytest.raises(UnfitForTheStackError, match=r"'steps\.load_to_vector_db\.step_operator': the stack has none"):
        placed_options(asked, stack(step_operator=None), names)


def test_all_faults_are_told_together() -> None:
    with pytest.raises(UnfitForTheStackError) as caught:
        placed_options(
            configuration({"dockr": {}}, chunk=StepOptions(settings={"resources": {"cpus": 2}})), stack(), names
        )

    assert [fault.split(".")[0] for fault in caught.value.faults] == [
        "unknown key 'settings",
        "unknown step 'steps",
        "unknown key 'steps",
    ]
    assert caught.value.remedy == "Nothing was sent. Correct the file of the run and try again."


def test_on_this_machine_the_same_file_is_taken_as_it_is() -> None:
    settings = {"orchestrator": {"instance_type": "ml.c5.xlarge"}}
    placed = placed_options(configuration(settings, chunk_documents=StepOptions(settings=settings)), None, names)

    assert json.loads(json.dumps([placed.settings, placed.steps])) == [
        settings,
        {"chunk_documents": {"settings": settings}},
    ]
    assert placed.execution_mode is None


def test_names_of_steps_are_asked_for_only_where_some_are_given() -> None:
    def no_names() -> list[str]:
        raise AssertionError("drawing the pipeline takes time")

    assert placed_options(configuration({}), None, no_names).steps == {}


def test_a_run_that_was_waited_for_in_vain_is_told_with_what_sagemaker_says() -> None:
    error = RunWaitEndedError("end_to_end_data_1", ["pipeline end-to-end-data-1: Failed"])

    assert "SageMaker says: pipeline end-to-end-data-1: Failed." in error.problem
    assert "zenml pipeline runs refresh end_to_end_data_1" in error.remedy
    assert "nothing that could be read" in RunWaitEndedError("x", None).problem
