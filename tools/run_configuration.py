"""Reads the YAML file of a run and refuses what its pipeline does not know, before anything is started."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from yaml.constructor import ConstructorError

from llm_engineering.application.crawl.links import without_credentials
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.suggestions import did_you_mean

ParametersT_co = TypeVar("ParametersT_co", bound=FrozenModel, covariant=True)

CONFIGS = Path("configs")
_SECTIONS = ("parameters", "settings", "steps")
_NAMED_SECTIONS = "`parameters:`, `settings:` and `steps:`"
_NAMED_FAULTS = 10


class ConfigurationError(InvalidInputError):
    """A YAML file cannot be used for a run."""

    def __init__(self, path: Path, faults: Sequence[str]) -> None:
        more = [f"and {len(faults) - _NAMED_FAULTS} more"] if len(faults) > _NAMED_FAULTS else []
        lines = "".join(f"\n  - {fault}" for fault in [*faults[:_NAMED_FAULTS], *more])
        super().__init__(f"{path} cannot be used:{lines}", remedy="Nothing was run; correct the file and try again.")
        self.path = path
        self.faults = tuple(faults)


class StepOptions(FrozenModel):
    """What one step of a pipeline gets on a stack that runs it elsewhere."""

    settings: Mapping[str, Any] = {}
    """As those of the run, for this step."""
    step_operator: bool = False
    """Whether the step operator of the stack runs it; a stack on this machine passes over that."""


@dataclass(frozen=True, slots=True)
class RunConfiguration(Generic[ParametersT_co]):
    """One run of a pipeline."""

    parameters: ParametersT_co
    settings: dict[str, Any]
    """ZenML's settings of the stack (Docker, resources, orchestrator), handed on as they are."""
    steps: dict[str, StepOptions] = field(default_factory=dict)
    """The same for single steps, by their name."""


def configuration_path(name: str) -> Path:
    """Return the path of a configuration: a file as given, else one of that name in `configs/`.

    Raises:
        ConfigurationError: There is no such file.
    """
    candidates = (Path(name), CONFIGS / name)
    for path in candidates:
        if path.is_file():
            return path
    known = sorted(path.name for path in CONFIGS.glob("*.yaml"))
    raise ConfigurationError(
        Path(name), [f"there is no such file, here or in {CONFIGS}/.{did_you_mean(name, known)} There is: {known}"]
    )


def run_configuration(path: Path, parameters_type: type[ParametersT_co]) -> RunConfiguration[ParametersT_co]:
    """Return what a YAML file says, checked against the parameters of its pipeline.

    Raises:
        ConfigurationError: The file cannot be read, or has unknown keys or wrong values; all are named.
    """
    document = _document(path)
    faults = _section_faults(document)
    steps = _steps(document.get("steps") or {}, faults)
    try:
        parameters = parameters_type.model_validate(document.get("parameters") or {})
    except ValidationError as error:
        raise ConfigurationError(path, [*faults, *_faults(error, parameters_type, "parameters")]) from error
    if faults:
        raise ConfigurationError(path, faults)
    return RunConfiguration(parameters, document.get("settings") or {}, steps)


def _steps(section: object, faults: list[str]) -> dict[str, StepOptions]:
    """Return what a file says of single steps; what is wrong is added to the faults."""
    if not isinstance(section, dict):
        faults.append(f"'steps' has to be a mapping, got {type(section).__name__}")
        return {}
    steps = {}
    for name, options in section.items():
        try:
            steps[str(name)] = StepOptions.model_validate(options or {})
        except ValidationError as error:
            faults += _faults(error, StepOptions, f"steps.{name}")
    return steps


def _document(path: Path) -> dict[str, Any]:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigurationError(path, [f"it is no readable YAML: {without_credentials(str(error))}"]) from error
    if not isinstance(document, dict):
        raise ConfigurationError(path, [f"it has to be a mapping, got {type(document).__name__}"])
    return document


class _UniqueKeyLoader(yaml.SafeLoader):
    """Refuses a key that a mapping has twice, where PyYAML would drop the first value without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = []
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise ConstructorError(None, None, f"the key {key!r} stands there twice", key_node.start_mark)
            seen.append(key)
        return super().construct_mapping(node, deep)


def _section_faults(document: Mapping[str, Any]) -> list[str]:
    faults = [
        f"unknown section {key!r}.{did_you_mean(str(key), _SECTIONS)} A file has {_NAMED_SECTIONS}"
        for key in document
        if key not in _SECTIONS
    ]
    settings = document.get("settings") or {}
    if not isinstance(settings, dict):
        faults.append(f"'settings' has to be a mapping, got {type(settings).__name__}")
    return faults


def _faults(error: ValidationError, model: type[BaseModel], section: str) -> list[str]:
    return [
        _fault(detail["type"], (section, *detail["loc"]), detail["msg"], detail["input"], model)
        for detail in error.errors()
        if not _follows_from_others(detail)
    ]


def _follows_from_others(detail: ErrorDetails) -> bool:
    """Whether a list is too short only without its faulty items, which are named on their own."""
    return detail["type"] == "too_short" and detail["ctx"]["actual_length"] < len(detail["input"])


def _fault(kind: str, location: tuple[str | int, ...], message: str, value: object, model: type[BaseModel]) -> str:
    place = ".".join(map(str, location))
    if kind == "extra_forbidden":
        allowed = _fields_at(model, location[1:-1])
        return f"unknown key {place!r}.{did_you_mean(str(location[-1]), allowed)} Known are: {', '.join(allowed)}"
    if kind == "missing":
        return f"{place!r} is missing"
    if kind == "tuple_type":
        return f"{place!r} has to be a list (got {without_credentials(repr(value)):.80}). Each item begins with a dash"
    if kind == "value_error":  # an error of the project, which shows the value itself
        return f"{place!r}: {message.removeprefix('Value error, ')}"
    return f"{place!r}: {message} (got {without_credentials(repr(value)):.80})"


def _fields_at(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """Return the fields of the model that lies at a location inside another one."""
    for name in location:
        if isinstance(name, str):
            model = _model_in(model.model_fields[name].annotation) or model
    return sorted(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    """Return the model that an annotation such as `tuple[Model, ...]` holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for model in map(_model_in, get_args(annotation)) if model), None)
