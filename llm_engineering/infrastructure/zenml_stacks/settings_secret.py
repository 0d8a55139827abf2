"""The secret in ZenML from which steps on other machines have their settings.

ZenML itself gives the values of a secret that belongs to a stack to each step, as variables of its environment, when
the step runs: `Settings` reads them there, and they stand neither in the request for a job nor in the image.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.zenml_stacks.calls import ZenmlCalls, only
from llm_engineering.infrastructure.zenml_stacks.components import AWS_KIND, LABEL
from llm_engineering.infrastructure.zenml_stacks.exported_settings import ExportedSettings


class UnfinishedSecretError(TwinError):
    """A change of the secret ended before it was done: the cause, and what exists now."""

    def __init__(self, cause: TwinError, name: str, keys: Sequence[str] | None) -> None:
        if keys is None:
            told = f"  Whether the secret {name} exists is not known, because ZenML cannot be asked."
        elif keys:
            told = f"  The secret {name} exists, with {', '.join(keys)}."
        else:
            told = f"  There is no secret {name}."
        super().__init__(f"{cause.problem}\n{told}", remedy=cause.remedy)
        self.cause = cause
        self.keys = keys


def secret_names(calls: ZenmlCalls, name: str) -> tuple[str, ...] | None:
    """Return the names of the values of a secret, in alphabetical order; None if there is no such secret.

    Raises:
        ZenmlRefusedError: ZenML cannot be asked.
    """
    found = only(calls.call("list_secrets", name=name).items)
    if found is None:
        return None
    return tuple(sorted(calls.call("get_secret", name_id_or_prefix=found.id).values))


def export_settings(calls: ZenmlCalls, name: str, exported: ExportedSettings, say: Callable[[str], None]) -> None:
    """Bring the secret to what is exported, and let the AWS stacks of this project use it.

    Args:
        calls: How ZenML is called.
        name: Of the secret.
        exported: What is to be in it; what else is in it is taken out.
        say: Is given a line for each step, without values.

    Raises:
        UnfinishedSecretError: ZenML refused something; a further run goes on.
    """
    try:
        _write(calls, name, {key: value.get_secret_value() for key, value in exported.values.items()}, say)
        for stack in _stacks_without(calls, name):
            calls.call("update_stack", name_id_or_prefix=stack, add_secrets=[name])
            say(f"stack {stack} uses it")
    except TwinError as error:
        raise _unfinished(calls, name, error) from error


def delete_settings(calls: ZenmlCalls, name: str, say: Callable[[str], None]) -> None:
    """Delete the secret; stacks that use it use it no longer.

    Raises:
        UnfinishedSecretError: ZenML refused something; a further run goes on.
    """
    try:
        found = only(calls.call("list_secrets", name=name).items)
        if found is None:
            say(f"there is no secret {name}")
            return
        users = [stack.name for stack in _own_stacks(calls) if found.id in stack.secrets]
        for stack in users:
            calls.call("update_stack", name_id_or_prefix=stack, remove_secrets=[name])
            say(f"stack {stack} uses it no longer; runs on it are refused until it has settings again")
        calls.call("delete_secret", name_id_or_prefix=name)
        say(f"secret {name} is deleted")
    except TwinError as error:
        raise _unfinished(calls, name, error) from error


def _write(calls: ZenmlCalls, name: str, values: Mapping[str, str], say: Callable[[str], None]) -> None:
    found = only(calls.call("list_secrets", name=name).items)
    if found is None:
        calls.call("create_secret", name=name, values=dict(values))
        say(f"secret {name} is made")
        return
    current = calls.call("get_secret", name_id_or_prefix=found.id).secret_values
    changed = {key: value for key, value in values.items() if current.get(key) != value}
    gone = sorted(current.keys() - values.keys())
    if not changed and not gone:
        say(f"secret {name} says already what it should")
        return
    calls.call(
        "update_secret", name_id_or_prefix=name, add_or_update_values=changed or None, remove_values=gone or None
    )
    if changed:
        say(f"secret {name} has new values: {', '.join(changed)}")
    if gone:
        say(f"secret {name} has no longer: {', '.join(gone)}")


def _stacks_without(calls: ZenmlCalls, secret: str) -> list[str]:
    found = only(calls.call("list_secrets", name=secret).items)
    return [stack.name for stack in _own_stacks(calls) if found is None or found.id not in stack.secrets]


def _own_stacks(calls: ZenmlCalls) -> list[Any]:
    """Return the AWS stacks that this project registered."""
    stacks = calls.call("list_stacks", size=1000, hydrate=True).items
    return [stack for stack in stacks if (stack.labels or {}).get(LABEL) == AWS_KIND]


def _unfinished(calls: ZenmlCalls, name: str, error: TwinError) -> UnfinishedSecretError:
    keys: Sequence[str] | None = None
    with suppress(TwinError):
        keys = secret_names(calls, name) or ()
    return UnfinishedSecretError(error, name, keys)
