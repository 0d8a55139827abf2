from zenml.config import DockerSettings
from zenml.integrations.aws.flavors.sagemaker_orchestrator_flavor import SagemakerOrchestratorConfig

from llm_engineering.infrastructure.zenml_stacks.components import Component, components_of, docker_settings
from tests.support.zenml_stacks import IMAGE, placed

ROLE = "arn:aws:iam::123456789012:role/llm-twin-execution"


def parts(**changes: object) -> dict[str, Component]:
    return {str(component.kind): component for component in components_of(placed(**changes))}


def test_a_stack_has_four_parts_and_none_of_them_holds_a_key() -> None:
    found = parts()

    assert {kind: (part.name, part.flavor) for kind, part in found.items()} == {
        "orchestrator": ("llm-twin-aws-sagemaker", "sagemaker"),
        "artifact_store": ("llm-twin-aws-s3", "s3"),
        "container_registry": ("llm-twin-aws-ecr", "aws"),
        "image_builder": ("llm-twin-aws-docker", "local"),
    }
    assert found["artifact_store"].configuration["path"] == "s3://llm-twin-123456789012-eu-west-1/zenml"
    assert not {"key", "secret", "token", "aws_access_key_id", "aws_secret_access_key"} & {
        name for part in found.values() for name in part.configuration
    }


def test_the_orchestrator_says_how_steps_run() -> None:
    found = parts(instance_type="ml.c5.xlarge", volume_gb=50, max_hours=1.5, synchronous=True, tags={"team": "ada"})

    assert found["orchestrator"].configuration == {
        "execution_role": ROLE,
        "region": "eu-west-1",
        "bucket": "llm-twin-123456789012-eu-west-1",
        "synchronous": True,
        "use_training_step": False,
        "instance_type": "ml.c5.xlarge",
        "volume_size_in_gb": 50,
        "max_runtime_in_seconds": 5400,
        "tags": {"team": "ada", "llm-twin": "pipeline"},
        "pipeline_tags": {"team": "ada", "llm-twin": "pipeline"},
    }


def test_the_mark_by_which_rights_are_given_cannot_be_set_to_something_else() -> None:
    assert parts(tags={"llm-twin": "mine"})["orchestrator"].configuration["tags"] == {"llm-twin": "pipeline"}


def test_an_instance_that_waits_is_that_of_a_training_job() -> None:
    configuration = SagemakerOrchestratorConfig(**parts(warm_seconds=600)["orchestrator"].configuration)

    assert (configuration.use_training_step, configuration.keep_alive_period_in_seconds) == (True, 600)


def test_another_builder_is_another_part() -> None:
    builder = parts(image_builder={"code_build_project": "twin"})["image_builder"]

    assert (builder.name, builder.flavor) == ("llm-twin-aws-codebuild", "aws")
    assert builder.configuration == {"code_build_project": "twin", "custom_env_vars": {"DOCKER_BUILDKIT": "1"}}


def test_a_step_operator_is_a_fifth_part() -> None:
    operator = parts(step_operator={"instance_type": "ml.g5.xlarge"})["step_operator"]

    assert (operator.name, operator.flavor) == ("llm-twin-aws-step-operator", "sagemaker")
    assert operator.configuration == {
        "role": ROLE,
        "bucket": "llm-twin-123456789012-eu-west-1",
        "estimator_args": {"instance_type": "ml.g5.xlarge", "tags": [{"Key": "llm-twin", "Value": "pipeline"}]},
    }


def test_an_image_that_is_there_is_used_as_it_is() -> None:
    settings = DockerSettings(**docker_settings(IMAGE))

    assert (settings.parent_image, settings.skip_build) == (IMAGE, True)
    assert settings.allow_download_from_artifact_store is False


def test_without_one_the_dockerfile_of_the_project_is_built() -> None:
    settings = DockerSettings(**docker_settings(None))

    assert (settings.dockerfile, settings.build_context_root) == ("Dockerfile", ".")
    build = settings.parent_image_build_config
    assert build is not None
    assert build.dockerignore == ".dockerignore"
    assert build.build_options is not None
    assert build.build_options.to_docker_cli_options() == ["--build-arg", "EXTRAS=aws,files", "--target", "pipelines"]
