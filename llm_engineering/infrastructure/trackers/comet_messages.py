"""What the training process tells the process that speaks with Comet: one JSON object a line."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter

from llm_engineering.application.tracing.redaction import REDACTED, Redactor, is_secret_name
from llm_engineering.application.train.tracking import TrackedSample
from llm_engineering.domain.models import FrozenModel


class Start(FrozenModel):
    """The first message."""

    kind: Literal["start"] = "start"
    folder: str
    """Where the ZIP goes."""
    name: str
    """What Comet calls the run."""
    project: str
    workspace: str | None = None
    key: str | None = None
    """None: the run is kept in a ZIP. It goes through the pipe, because arguments and environments can be read."""
    watched_process: int
    """Whose use of the machine is recorded."""
    seconds_between_looks: float


class Parameters(FrozenModel):
    """What a run was started with."""

    kind: Literal["parameters"] = "parameters"
    values: dict[str, JsonValue]


class Step(FrozenModel):
    """Figures of one step."""

    model_config = ConfigDict(ser_json_inf_nan="constants")  # a loss that is no number is what people look for
    kind: Literal["step"] = "step"
    step: int
    epoch: float
    values: dict[str, float]


class RunFigures(FrozenModel):
    """Figures of the whole run: numbers become metrics, the rest is kept as text."""

    model_config = ConfigDict(ser_json_inf_nan="constants")
    kind: Literal["figures"] = "figures"
    values: dict[str, JsonValue]


class Samples(FrozenModel):
    """What the model of a stage says."""

    kind: Literal["samples"] = "samples"
    stage: str
    samples: tuple[TrackedSample, ...]


class Finish(FrozenModel):
    """The last message; the end of the pipe says the same."""

    kind: Literal["finish"] = "finish"


Message = Start | Parameters | Step | RunFigures | Samples | Finish
MESSAGES: Final[TypeAdapter[Message]] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


class Told(FrozenModel):
    """What the other process answers at its end."""

    place: str | None = None
    """Address, or path of the ZIP; None: nothing was kept."""
    failures: dict[str, int] = Field(default_factory=dict)
    """By the name of the error."""


def flat(values: Mapping[str, object], redactor: Redactor, prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Yield values with the names of nested ones joined by dots; secrets are redacted, lists become text."""
    for name, value in values.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from flat(value, redactor, f"{path}.")
        elif isinstance(value, str):
            yield path, REDACTED if is_secret_name(str(name)) else redactor.text(value)
        elif value is None or isinstance(value, bool | int | float):
            yield path, value
        else:
            yield path, redactor.text(str(list(value) if isinstance(value, Sequence) else value))
