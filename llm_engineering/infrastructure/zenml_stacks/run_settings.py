"""Checks `settings:` and `steps:` of a run by the classes of ZenML, which itself passes over what it does not know."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from zenml.config import DockerSettings, ResourceSettings
from zenml.enums import StackComponentType

from llm_engineering.domain.suggestions import did_you_mean

_GENERAL: Final[Mapping[str, type[BaseModel]]] = {"docker": DockerSettings, "resources": ResourceSettings}
_NUMBERED: Final = "_"


def setting_faults(settings: Mapping[str, Any], place: str, *, is_sagemaker: bool) -> list[str]:
    """Return what is wrong with settings, a line for each fault.

    Args:
        settings: By their key: "docker", "resources", or a kind of component, also with its flavor or name.
        place: Where they stand, such as "settings".
        is_sagemaker: Whether the stack that is active runs steps in SageMaker; settings of other components are not
            looked into.
    """
    return [fault for key, values in settings.items() for fault in _faults(key, values, f"{place}.{key}", is_sagemaker)]


def _faults(key: str, values: object, place: str, is_sagemaker: bool) -> Iterator[str]:
    kinds = [str(kind) for kind in StackComponentType]
    kind = key.partition(".")[0].partition(":")[0]
    if key not in _GENERAL and kind not in kinds:
        known = [*_GENERAL, *sorted(kinds)]
        yield f"unknown key {place!r}.{did_you_mean(key, known)} Known are: {', '.join(known)}"
        return
    if not isinstance(values, Mapping):
        yield f"{place!r} has to be a mapping, got {type(values).__name__}"
        return
    model = _GENERAL.get(key) or _sagemaker_settings(kind, is_sagemaker)
    if model is not None:
        yield from _value_faults(model, values, place)


def _sagemaker_settings(kind: str, is_sagemaker: bool) -> type[BaseModel] | None:
    if not is_sagemaker:
        return None
    from zenml.integrations.aws.flavors.sagemaker_orchestrator_flavor import SagemakerOrchestratorSettings
    from zenml.integrations.aws.flavors.sagemaker_step_operator_flavor import SagemakerStepOperatorSettings

    of_kinds: Mapping[str, type[BaseModel]] = {
        str(StackComponentType.ORCHESTRATOR): SagemakerOrchestratorSettings,
        str(StackComponentType.STEP_OPERATOR): SagemakerStepOperatorSettings,
    }
    return of_kinds.get(kind)


def _value_faults(model: type[BaseModel], values: Mapping[str, Any], place: str) -> Iterator[str]:
    known = sorted(model.model_fields)
    for key in values.keys() - model.model_fields.keys():
        yield f"unknown key '{place}.{key}'.{did_you_mean(str(key), known)} Known are: {', '.join(known)}"
    try:
        model(**values)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            location = ".".join(map(str, (place, *detail["loc"])))
            yield f"{location!r}: {detail['msg'].removeprefix('Value error, ')}"


def invocations_of(name: str, known: Sequence[str], given: Sequence[str]) -> list[str]:
    """Return the steps of a pipeline that a name in `steps:` stands for.

    ZenML numbers further calls of a step (`crawl_links`, `crawl_links_2`): the plain name stands for all of them that
    are not named themselves.

    Args:
        name: As given.
        known: All steps of the pipeline.
        given: All names in `steps:`.
    """
    numbered = [each for each in known if each not in given and _is_call_of(name, each)]
    return [name, *numbered] if name in known else []


def _is_call_of(name: str, invocation: str) -> bool:
    base, _, number = invocation.rpartition(_NUMBERED)
    return base == name and number.isdigit()
