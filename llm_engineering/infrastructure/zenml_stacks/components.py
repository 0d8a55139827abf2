"""The parts of the AWS stack, as ZenML is asked for them: a pure function of its configuration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from zenml.enums import StackComponentType

from llm_engineering.infrastructure.zenml_stacks.configuration import PlacedStack

LABEL: Final = "llm-twin"
"""On each stack that this project registered: the kind of it."""
IMAGE_LABEL: Final = "llm-twin-image"
"""On the same: the image that steps run in; "" if one is built."""
AWS_KIND: Final = "aws"
_SECONDS_PER_HOUR: Final = 3600
_DOCKERFILE: Final = "Dockerfile"
_EXTRAS: Final = "aws,files"
"""Extras of pyproject.toml in an image that is built: what the stack needs, and PDF and DOCX."""


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a stack."""

    kind: StackComponentType
    name: str
    flavor: str
    configuration: Mapping[str, Any]


def components_of(placed: PlacedStack) -> tuple[Component, ...]:
    """Return the parts of a stack.

    None of them holds a key: who is signed in, and in a step its role, is asked for one. A flavor is part
    of a name where it can change, because ZenML changes no flavor of what exists.
    """
    stack = placed.stack
    kinds = StackComponentType
    builder = (
        Component(
            kinds.IMAGE_BUILDER,
            f"{stack.name}-codebuild",
            "aws",
            # The Dockerfile mounts caches, which only BuildKit can.
            {
                "code_build_project": stack.image_builder.code_build_project,
                "custom_env_vars": {"DOCKER_BUILDKIT": "1"},
            },
        )
        if stack.image_builder.code_build_project
        else Component(kinds.IMAGE_BUILDER, f"{stack.name}-docker", "local", {"use_subprocess_call": True})
    )
    parts = (
        Component(kinds.ORCHESTRATOR, f"{stack.name}-sagemaker", "sagemaker", _orchestrator(placed)),
        Component(
            kinds.ARTIFACT_STORE,
            f"{stack.name}-s3",
            "s3",
            {
                "path": f"s3://{placed.bucket}/{stack.prefix.rstrip('/')}",
                "client_kwargs": {"region_name": placed.region},
            },
        ),
        Component(
            kinds.CONTAINER_REGISTRY,
            f"{stack.name}-ecr",
            "aws",
            {"uri": placed.registry, "default_repository": placed.repository},
        ),
        builder,
    )
    if stack.step_operator is None:
        return parts
    operator = {
        "role": placed.role,
        "bucket": placed.bucket,
        "estimator_args": {"instance_type": stack.step_operator.instance_type, "tags": _tags(placed)},
    }
    return (*parts, Component(kinds.STEP_OPERATOR, f"{stack.name}-step-operator", "sagemaker", operator))


def _orchestrator(placed: PlacedStack) -> dict[str, Any]:
    stack = placed.stack
    # A training job can wait for a further step with its instance, which needs a quota that new accounts do not have.
    is_warm = stack.warm_seconds > 0
    return {
        "execution_role": placed.role,
        "region": placed.region,
        "bucket": placed.bucket,
        "synchronous": stack.synchronous,
        "use_training_step": is_warm,
        **({"keep_alive_period_in_seconds": stack.warm_seconds} if is_warm else {}),
        "instance_type": stack.instance_type,
        "volume_size_in_gb": stack.volume_gb,
        "max_runtime_in_seconds": round(stack.max_hours * _SECONDS_PER_HOUR),
        "tags": {**stack.tags, LABEL: "pipeline"},
        "pipeline_tags": {**stack.tags, LABEL: "pipeline"},
    }


def _tags(placed: PlacedStack) -> list[dict[str, str]]:
    tags = {**placed.stack.tags, LABEL: "pipeline"}
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def docker_settings(image: str | None) -> dict[str, Any]:
    """Return how the image of a run comes about, where its file says nothing of it.

    The code of the project is in the image, at a version, so that a step runs what was reviewed and can be read-only.

    Args:
        image: The image that is there; None builds one of the Dockerfile.
    """
    code = {
        "install_stack_requirements": False,
        "allow_including_files_in_images": False,
        "allow_download_from_code_repository": False,
        "allow_download_from_artifact_store": False,
    }
    if image:
        return {"parent_image": image, "skip_build": True, **code}
    options = {"target": "pipelines", "build_args": {"EXTRAS": _EXTRAS}}
    return {
        "dockerfile": _DOCKERFILE,
        "build_context_root": ".",
        "parent_image_build_config": {"build_options": options, "dockerignore": ".dockerignore"},
        **code,
    }
