import pytest

from llm_engineering.infrastructure.zenml_stacks.run_settings import invocations_of, setting_faults

STEPS = ["get_or_create_user", "crawl_links", "crawl_links_2", "crawl_links_10", "crawl", "load_to_vector_db"]


@pytest.mark.parametrize("is_sagemaker", [True, False])
def test_what_zenml_knows_has_no_fault(is_sagemaker: bool) -> None:
    settings = {
        "docker": {"parent_image": "twin:1", "skip_build": True},
        "resources": {"cpu_count": 8},
        "orchestrator": {"instance_type": "ml.m5.large", "synchronous": False},
        "orchestrator.sagemaker": {"volume_size_in_gb": 60},
        "step_operator": {"estimator_args": {"instance_type": "ml.g5.xlarge"}},
    }

    assert setting_faults(settings, "settings", is_sagemaker=is_sagemaker) == []


def test_a_misspelt_key_is_told_with_the_closest_one() -> None:
    (fault,) = setting_faults({"orchestrator": {"instance_typ": "x"}}, "settings", is_sagemaker=True)

    assert fault.startswith(
        "unknown key 'settings.orchestrator.instance_typ'. Did you mean 'instance_type'? Known are:"
    )


def test_a_kind_that_there_is_not_is_told() -> None:
    (fault,) = setting_faults({"orchestrater": {}}, "steps.crawl_links.settings", is_sagemaker=False)

    assert fault.startswith("unknown key 'steps.crawl_links.settings.orchestrater'. Did you mean 'orchestrator'?")


def test_a_value_of_another_type_is_told() -> None:
    faults = setting_faults({"resources": {"cpu_count": "many"}, "docker": []}, "settings", is_sagemaker=False)

    assert faults == [
        "'settings.resources.cpu_count': Input should be a valid number, unable to parse string as a number",
        "'settings.docker' has to be a mapping, got list",
    ]


def test_settings_of_sagemaker_are_not_looked_into_on_another_stack() -> None:
    assert setting_faults({"orchestrator": {"instance_typ": "x"}}, "settings", is_sagemaker=False) == []


def test_a_name_stands_for_all_calls_of_a_step() -> None:
    assert invocations_of("crawl_links", STEPS, ["crawl_links"]) == ["crawl_links", "crawl_links_2", "crawl_links_10"]
    assert invocations_of("crawl", STEPS, ["crawl"]) == ["crawl"]


def test_a_call_that_is_named_itself_is_left_to_that() -> None:
    given = ["crawl_links", "crawl_links_2"]

    assert invocations_of("crawl_links", STEPS, given) == ["crawl_links", "crawl_links_10"]
    assert invocations_of("crawl_links_2", STEPS, given) == ["crawl_links_2"]


def test_an_unknown_name_stands_for_nothing() -> None:
    assert invocations_of("embed", STEPS, ["embed"]) == []
