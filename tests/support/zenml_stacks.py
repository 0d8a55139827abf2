"""The AWS stack for tests, in the ZenML of the test process."""

import json
import warnings
from typing import Any, Final

from zenml.client import Client
from zenml.enums import StackComponentType

from llm_engineering.infrastructure.zenml_stacks.calls import ClientCalls, ZenmlRefusedError
from llm_engineering.infrastructure.zenml_stacks.components import components_of
from llm_engineering.infrastructure.zenml_stacks.configuration import AwsStack, PlacedStack
from llm_engineering.infrastructure.zenml_stacks.registering import StackWanted
from tests.support.aws import ROLE, client_at
from tests.support.sagemaker_control import ACCOUNT, REGION

SECRET: Final = "llm-twin-settings"
BUCKET: Final = f"llm-twin-{ACCOUNT}-{REGION}"
REPOSITORY: Final = "llm-twin-pipelines"
IMAGE: Final = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{REPOSITORY}:0.1.0"


def make_bucket(moto: str) -> None:
    """Let moto have the bucket of the stack."""
    client_at(moto, "s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})


def push_image(moto: str) -> None:
    """Let moto have the image, in the repository that is there."""
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {},
        "layers": [],
    }
    client_at(moto, "ecr").put_image(
        repositoryName=REPOSITORY, imageManifest=json.dumps(manifest), imageTag=IMAGE.rpartition(":")[2]
    )


class RefusingCalls:
    """Calls ZenML for real, but for one operation."""

    def __init__(self, refused: str) -> None:
        self._refused = refused
        self._calls = ClientCalls()

    def call(self, operation: str, **parameters: object) -> Any:
        if operation == self._refused:
            raise ZenmlRefusedError(operation, "AuthorizationException", "token expired")
        return self._calls.call(operation, **parameters)


def placed(**changes: Any) -> PlacedStack:
    return PlacedStack.of(AwsStack.model_validate(changes), account=ACCOUNT, region=REGION, role=ROLE)


def wanted(**changes: Any) -> StackWanted:
    stack = placed(**changes)
    return StackWanted(stack.stack.name, components_of(stack), SECRET, stack.image)


def clear_stacks() -> None:
    """Let the ZenML of this process have nothing but what it began with, and be on its own stack."""
    client = Client()
    client.activate_stack("default")
    with warnings.catch_warnings():
        # ZenML deletes the rows that belong to a stack twice.
        warnings.filterwarnings("ignore", "DELETE statement on table 'stack_composition'")
        for stack in client.list_stacks(size=100).items:
            if stack.name != "default":
                client.delete_stack(stack.id)
    for component in client.list_stack_components(size=100).items:
        if component.name != "default":
            client.delete_stack_component(component.id, StackComponentType(component.type))
    for secret in client.list_secrets(size=100).items:
        client.delete_secret(str(secret.id))
