"""The stack that is active, if it runs steps on other machines, and whether a run can work there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final, Self

from zenml.client import Client
from zenml.enums import ExecutionMode, StackComponentType
from zenml.models import StackResponse

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.aws.errors import AwsExtraMissingError
from llm_engineering.infrastructure.zenml_stacks.components import IMAGE_LABEL, LABEL
from llm_engineering.infrastructure.zenml_stacks.exported_settings import is_here

SAGEMAKER: Final = "sagemaker"
_HERE: Final = ("local", "local_docker")
"""Flavors of orchestrators that run steps on this machine."""
_LIBRARIES: Final = ("boto3", "sagemaker", "s3fs")
"""Of the extra `aws`: what ZenML needs for its parts of AWS."""
_STORES: Final[Mapping[str, tuple[str, str]]] = {
    "documents": ("DATABASE_HOST", "the connection string of MongoDB"),
    "vectors": ("QDRANT_URL", "the address of a Qdrant server"),
}


class StoresOutOfReachError(InvalidInputError):
    """Steps on other machines would work on stores of their own, which are gone when they end."""

    def __init__(self, stack: str, missing: Collection[str], local: Collection[str], secret: str) -> None:
        faults = [f"{name} is not in its secret" for name in missing]
        faults += [f"{name} in its secret is an address of this machine" for name in local]
        names = " and ".join(f"{name} ({what})" for name, what in _STORES.values() if name in {*missing, *local})
        super().__init__(
            f"The stack {stack!r} runs steps on other machines, which do not see the stores of this one: "
            f"{'; '.join(faults)}. Nothing was sent.",
            remedy=f"Set {names} in .env and run `poetry poe export-settings-to-zenml`, which brings the secret "
            f"{secret!r} to what .env says; or go back with `poetry poe set-local-stack`.",
        )
        self.missing = tuple(missing)
        self.local = tuple(local)


class ServerOutOfReachError(InvalidInputError):
    """Steps on other machines report to a server of ZenML, and there is none."""

    def __init__(self, stack: str) -> None:
        super().__init__(
            f"The stack {stack!r} runs steps on other machines, and ZenML keeps its records on this one, where they "
            "cannot report to. Nothing was sent.",
            remedy="Connect to a ZenML server that they can reach (`zenml login <address>`), then run `poetry poe "
            "set-aws-stack` there; or go back with `poetry poe set-local-stack`.",
        )


@dataclass(frozen=True, slots=True)
class RemoteStack:
    """A stack that runs steps on other machines."""

    name: str
    flavor: str
    """Of its orchestrator."""
    is_synchronous: bool
    """Whether a run is waited for, if its file says nothing else."""
    region: str | None
    bucket: str | None
    instance_type: str | None
    """Of a step whose run says nothing else."""
    image: str | None
    """That steps run in, if this project registered the stack and it names one."""
    is_own: bool
    """Whether this project registered it."""
    step_operator: str | None
    """Name of it."""
    execution_mode: ExecutionMode
    """What it does after a failure: the strictest that its orchestrator knows."""
    variables: Mapping[str, str]
    """What its secrets give to a step. Not for showing."""

    @classmethod
    def of(cls, stack: StackResponse) -> Self | None:
        """Return what the stack that is active is; None if it runs steps on this machine."""
        orchestrator = stack.components[StackComponentType.ORCHESTRATOR][0]
        if orchestrator.flavor_name in _HERE:
            return None
        operators = stack.components.get(StackComponentType.STEP_OPERATOR) or []
        labels = stack.labels or {}
        return cls(
            name=stack.name,
            flavor=orchestrator.flavor_name,
            is_synchronous=bool(orchestrator.configuration.get("synchronous", True)),
            region=orchestrator.configuration.get("region"),
            bucket=orchestrator.configuration.get("bucket"),
            instance_type=orchestrator.configuration.get("instance_type"),
            image=labels.get(IMAGE_LABEL) or None,
            is_own=LABEL in labels,
            step_operator=operators[0].name if operators else None,
            execution_mode=_strictest_mode(),
            variables=_variables(stack),
        )

    def __repr__(self) -> str:
        """Leave out what the secrets hold."""
        return f"{type(self).__name__}(name={self.name!r}, flavor={self.flavor!r})"

    def waits(self, settings: Mapping[str, Any]) -> bool:
        """Whether a run with these settings is waited for."""
        for key, values in settings.items():
            if key.startswith("orchestrator") and isinstance(values, Mapping) and "synchronous" in values:
                return bool(values["synchronous"])
        return self.is_synchronous


def active_remote_stack() -> RemoteStack | None:
    """Return the stack that is active, if it runs steps on other machines."""
    return RemoteStack.of(Client().active_stack_model)


def check_extra(stack_flavor: str = SAGEMAKER) -> None:
    """See that the libraries of AWS are installed.

    Raises:
        AwsExtraMissingError: One of them is not.
    """
    missing = [name for name in _LIBRARIES if not _is_installed(name)]
    if stack_flavor == SAGEMAKER and missing:
        raise AwsExtraMissingError(missing[0])


def check_reach(stack: RemoteStack, stores: Collection[str], secret: str) -> None:
    """See that steps on a stack can report, and that the stores that they need are servers.

    Args:
        stack: Where they run.
        stores: What they need: "documents", "vectors".
        secret: Name of the secret that should say where the stores are.

    Raises:
        ServerOutOfReachError: ZenML keeps its records on this machine.
        StoresOutOfReachError: A store is not set, or lies on this machine.
    """
    if Client().zen_store.is_local_store():
        raise ServerOutOfReachError(stack.name)
    needed = [name for kind, (name, _) in _STORES.items() if kind in stores]
    missing = [name for name in needed if not stack.variables.get(name)]
    local = [name for name in needed if name not in missing and is_here(stack.variables[name])]
    if missing or local:
        raise StoresOutOfReachError(stack.name, missing, local, secret)


def _strictest_mode() -> ExecutionMode:
    """Return what the active stack does after a failure.

    The pipelines want to fail fast, which SageMaker does not know: there the steps that do not need the failed one run.
    """
    known = Client().active_stack.orchestrator.supported_execution_modes
    return next(mode for mode in ExecutionMode if mode in known)


def _variables(stack: StackResponse) -> dict[str, str]:
    client = Client()
    values: dict[str, str] = dict(stack.environment or {})
    for secret in stack.secrets or ():
        values.update(client.get_secret(secret).secret_values)
    return values


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ValueError:  # a module without a specification, such as one that was taken away
        return False
