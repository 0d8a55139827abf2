"""Shows a run before it is made: what changes something is shown, and only what reads is asked."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from llm_engineering.infrastructure.aws.calls import AwsCalls
from llm_engineering.infrastructure.aws.errors import AwsNotThereError

EXAMPLE_ACCOUNT: Final = "000000000000"
"""Stands for the account of somebody who is not signed in."""
MADE_BY_AWS: Final = "<made by AWS>"
_READING: Final = ("describe_", "list_", "get_")
_NAMES: Final[Mapping[str, str]] = {
    "model": "ModelName",
    "endpoint_config": "EndpointConfigName",
    "endpoint": "EndpointName",
    "inference_component": "InferenceComponentName",
    "role": "RoleName",
    "user": "UserName",
}
"""The parameter that names a thing, by its kind."""
_SECRET_NAME: Final = re.compile(r"(token|secret|password|credential|api_?key|access_?key)$", re.IGNORECASE)


class DryRunCalls:
    """Calls that change nothing.

    What would have been made, changed or deleted in this run counts as such for what comes after it, so that the calls
    of a whole run are shown in their order.

    Args:
        show: Is given the text of each call.
        asked: Answers what is only read; None if nobody is signed in, and then nothing is there.
        region: Region that is shown.
    """

    def __init__(self, show: Callable[[str], None], asked: AwsCalls | None, region: str) -> None:
        self._show = show
        self._asked = asked
        self._region = region
        self._things: dict[tuple[str, str], dict[str, Any] | None] = {}
        """What this run would have made, and None for what it would have deleted."""

    @property
    def region(self) -> str:
        """Region that calls would go to."""
        return self._region

    def call(self, service: str, operation: str, **parameters: object) -> Mapping[str, Any]:
        """Return what the call would give; one that changes something is not made."""
        self._show(shown_call(service, operation, parameters))
        verb, _, kind = operation.partition("_")
        key = (kind, str(parameters.get(_NAMES.get(kind, ""), "")))
        if not operation.startswith(_READING):
            return self._changed(verb, key, parameters)
        if key in self._things:
            return self._simulated(service, operation, key)
        if self._asked is not None:
            return self._asked.call(service, operation, **parameters)
        if operation == "get_caller_identity":
            return {"Account": EXAMPLE_ACCOUNT, "Arn": f"arn:aws:iam::{EXAMPLE_ACCOUNT}:user/you"}
        raise AwsNotThereError(f"{service}.{operation}", "DryRun", "nobody is signed in")

    def pages(self, service: str, operation: str, items: str, **parameters: object) -> list[Any]:
        """Return what is there now."""
        self._show(shown_call(service, operation, parameters))
        if self._asked is None or self._is_of_this_run(parameters):
            return []
        return self._asked.pages(service, operation, items, **parameters)

    def _is_of_this_run(self, parameters: Mapping[str, object]) -> bool:
        """Whether a call is about something that this run would have made: AWS does not know it."""
        if EXAMPLE_ACCOUNT in str(parameters.get("ResourceArn")):
            return True
        return any(self._things.get((kind, str(parameters.get(name)))) for kind, name in _NAMES.items())

    def _changed(self, verb: str, key: tuple[str, str], parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        kind, name = key
        if kind in _NAMES and verb == "delete":
            self._things[key] = None
        elif kind in _NAMES:
            self._things[key] = {**(self._things.get(key) or {}), **parameters}
        arn = f"arn:aws:{kind}:{self._region}:{EXAMPLE_ACCOUNT}:{name}"
        title = "".join(part.capitalize() for part in kind.split("_"))
        return {
            f"{title}Arn": arn,
            "PolicyARN": MADE_BY_AWS,
            "Role": {"Arn": f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/{name}"},
            "AccessKey": {"AccessKeyId": MADE_BY_AWS, "SecretAccessKey": MADE_BY_AWS},
        }

    def _simulated(self, service: str, operation: str, key: tuple[str, str]) -> Mapping[str, Any]:
        thing = self._things[key]
        if thing is None:
            raise AwsNotThereError(f"{service}.{operation}", "DryRun", f"{key[1]} would have been deleted")
        kind, name = key
        title = "".join(part.capitalize() for part in kind.split("_"))
        arn = f"arn:aws:sagemaker:{self._region}:{EXAMPLE_ACCOUNT}:{kind.replace('_', '-')}/{name}"
        role = {"Role": {"Arn": f"arn:aws:iam::{EXAMPLE_ACCOUNT}:role/{name}", **thing}} if kind == "role" else {}
        return {**thing, **role, f"{title}Status": "InService", f"{title}Arn": arn}


def shown_call(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """Return a call as text: its name, and its parameters as JSON. Values of names that say that they are secret, are
    left out.
    """  # noqa: D205 - one sentence would not say it
    body = json.dumps(_without_secrets(parameters), ensure_ascii=False, indent=2, default=str)
    return f"{service}.{operation}" if not parameters else f"{service}.{operation} {body}"


def _without_secrets(value: Any, name: str = "") -> Any:  # noqa: ANN401 - any parameter of AWS
    if isinstance(value, Mapping):
        return {key: _without_secrets(each, str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_secrets(each) for each in value]
    return "****" if isinstance(value, str) and _SECRET_NAME.search(name) else value
