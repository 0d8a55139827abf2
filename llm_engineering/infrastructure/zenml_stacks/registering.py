"""Registers a stack in ZenML, or brings the one that is there to what the configuration says."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from llm_engineering.domain.errors import TwinError
from llm_engineering.infrastructure.zenml_stacks.calls import ZenmlCalls, only
from llm_engineering.infrastructure.zenml_stacks.components import AWS_KIND, IMAGE_LABEL, LABEL, Component

_OPTIONAL: Final = ("step_operator",)
"""Kinds that a stack may lose again."""


class UnfinishedStackError(TwinError):
    """A registration ended before it was done: the cause, and what exists now.

    Args:
        cause: Why it ended.
        existing: What exists of the stack; None if ZenML cannot be asked any more.
    """

    def __init__(self, cause: TwinError, existing: Sequence[str] | None) -> None:
        if existing is None:
            told = "  What exists is not known, because ZenML cannot be asked."
        elif existing:
            told = "\n    ".join(["  What exists now:", *existing])
        else:
            told = "  Nothing of the stack exists in ZenML."
        super().__init__(f"{cause.problem}\n{told}", remedy=cause.remedy)
        self.cause = cause
        self.existing = existing


@dataclass(frozen=True, slots=True)
class StackWanted:
    """A stack as it should be."""

    name: str
    components: tuple[Component, ...]
    secret: str
    """Name of the secret from which steps have their settings; it exists."""
    image: str | None = None
    labels: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", {LABEL: AWS_KIND, IMAGE_LABEL: self.image or ""})


def registered(calls: ZenmlCalls, wanted: StackWanted, say: Callable[[str], None]) -> None:
    """Make a stack and its parts, or bring them to what is wanted, and make it the active one.

    Args:
        calls: How ZenML is called.
        wanted: The stack.
        say: Is given a line for each step.

    Raises:
        UnfinishedStackError: ZenML refused something; a further run goes on.
    """
    try:
        for component in wanted.components:
            _registered_component(calls, component, say)
        _registered_stack(calls, wanted, say)
        calls.call("activate_stack", stack_name_id_or_prefix=wanted.name)
        say(f"stack {wanted.name} is the active one")
    except TwinError as error:
        existing: Sequence[str] | None = None
        with suppress(TwinError):
            existing = existing_parts(calls, wanted)
        raise UnfinishedStackError(error, existing) from error


def existing_parts(calls: ZenmlCalls, wanted: StackWanted) -> list[str]:
    """Return a line for each part of a stack that exists.

    Raises:
        ZenmlRefusedError: ZenML cannot be asked.
    """
    lines = [
        f"{component.kind}: {component.name}" for component in wanted.components if _found_component(calls, component)
    ]
    stack = _found_stack(calls, wanted.name)
    return [*lines, f"stack: {wanted.name}"] if stack else lines


def _found_component(calls: ZenmlCalls, component: Component) -> Any:  # noqa: ANN401 - a model of ZenML, or None
    return only(calls.call("list_stack_components", name=component.name, type=str(component.kind), hydrate=True).items)


def _found_stack(calls: ZenmlCalls, name: str) -> Any:  # noqa: ANN401 - a model of ZenML, or None
    return only(calls.call("list_stacks", name=name, hydrate=True).items)


def _registered_component(calls: ZenmlCalls, component: Component, say: Callable[[str], None]) -> None:
    found = _found_component(calls, component)
    told = f"{component.kind} {component.name}"
    if found is None:
        calls.call(
            "create_stack_component",
            name=component.name,
            flavor=component.flavor,
            component_type=component.kind,
            configuration=dict(component.configuration),
        )
        say(f"{told} is made")
        return
    change = _change(found.configuration, component.configuration)
    if not change:
        say(f"{told} is there already")
        return
    calls.call(
        "update_stack_component",
        name_id_or_prefix=component.name,
        component_type=component.kind,
        configuration=change,
    )
    say(f"{told} is changed: {', '.join(sorted(change))}")


def _change(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that differ; None for those that have to go."""
    gone = dict.fromkeys(found.keys() - wanted.keys())
    return {**gone, **{key: value for key, value in wanted.items() if key not in found or found[key] != value}}


def _registered_stack(calls: ZenmlCalls, wanted: StackWanted, say: Callable[[str], None]) -> None:
    found = _found_stack(calls, wanted.name)
    components = {component.kind: component.name for component in wanted.components}
    if found is None:
        calls.call(
            "create_stack",
            name=wanted.name,
            components=components,
            labels=dict(wanted.labels),
            secrets=[wanted.secret],
        )
        say(f"stack {wanted.name} is made")
        return
    secret = only(calls.call("list_secrets", name=wanted.secret).items)
    changes: dict[str, Any] = {}
    current = {str(kind): parts[0].name for kind, parts in found.components.items() if parts}
    if current != {str(kind): name for kind, name in components.items()}:
        gone: dict[Any, list[str]] = {
            kind: [] for kind in found.components if str(kind) in _OPTIONAL and kind not in components
        }
        changes["component_updates"] = {**components, **gone}
    if any((found.labels or {}).get(key) != value for key, value in wanted.labels.items()):
        changes["labels"] = dict(wanted.labels)
    if secret is None or secret.id not in found.secrets:
        changes["add_secrets"] = [wanted.secret]
    if not changes:
        say(f"stack {wanted.name} is there already")
        return
    calls.call("update_stack", name_id_or_prefix=wanted.name, **changes)
    say(f"stack {wanted.name} is changed: {', '.join(sorted(changes))}")
