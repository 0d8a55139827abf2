"""What the commands of `tools.models` share: the registry, what a person asked for, and tables."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from tools.tables import print_table

if TYPE_CHECKING:
    from llm_engineering.application.train.registry import ModelRegistry, Registration
    from llm_engineering.domain.outcomes import Figures
    from llm_engineering.domain.registered_models import RegisteredModel
    from llm_engineering.infrastructure.models.hub import ModelPublication

_HASH_DIGITS = 12


def opened_registry() -> "ModelRegistry":
    """Return the registry of the active ZenML project.

    Raises:
        ZenmlServerSilentError: It lies on a server that does not answer.
    """
    from zenml.client import Client

    from llm_engineering.infrastructure.models.zenml_registry import ZenmlModelRegistry
    from tools.zenml_server import checked_zenml_server

    checked_zenml_server()
    return ZenmlModelRegistry(Client())


def chosen_model(registry: "ModelRegistry", name: str, version: str) -> "RegisteredModel":
    """Return a version by its number, its stage or as the latest.

    Raises:
        UnknownModelError: There is none.
    """
    from llm_engineering.application.train.registry import chosen_version

    return chosen_version(registry, name, version)


def registration_of(name: str, *, keep_copy: bool) -> "Registration":
    """Return how a model is to be registered.

    Raises:
        click.BadParameter: The name cannot be that of a model.
    """
    from pydantic import ValidationError

    from llm_engineering.application.train.registry import Registration

    try:
        return Registration(name=name, keep_copy=keep_copy)
    except ValidationError as error:
        raise click.BadParameter(f"{name!r}: {error.errors()[0]['msg']}", param_hint="--name") from error


def publication_of(said: Mapping[str, Any]) -> "ModelPublication":
    """Return where a model goes on the Hub; what is None was not said.

    Raises:
        click.UsageError: A value cannot be used.
    """
    from pydantic import ValidationError

    from llm_engineering.infrastructure.models.hub import ModelPublication

    try:
        return ModelPublication.model_validate({name: value for name, value in said.items() if value is not None})
    except ValidationError as error:
        (first, *_) = error.errors()
        raise click.UsageError(f"{first['loc'][0]} {first['input']!r}: {first['msg']}") from error


def print_models(models: "Sequence[RegisteredModel]") -> None:
    """Print a row for each version."""
    rows: list[tuple[str | int, ...]] = [
        (
            each.name,
            each.version,
            each.stage.value,
            f"{each.history[-1].at:%Y-%m-%d %H:%M}" if each.history else "",
            each.kind.value,
            each.base_model,
            " + ".join(each.datasets) or "",
            str(each.evaluation.get("verdict") or "not evaluated"),
            each.weights_hash[:_HASH_DIGITS],
        )
        for each in models
    ]
    columns = ("name", "version", "stage", "since (UTC)", "holds", "base model", "trained by", "gate", "weights")
    print_table("Models", columns, rows)


def print_model(model: "RegisteredModel", *, is_whole: bool, objections: "Sequence[str]") -> None:
    """Print all that is known of a version.

    Args:
        model: The version.
        is_whole: Whether its folder still holds its weights.
        objections: What speaks against it in production; nothing: it may be promoted.
    """
    there = "" if is_whole else "  (NOT THERE ANY MORE, or with other weights)"
    rows: list[tuple[str | int, ...]] = [
        ("stage", model.stage.value),
        ("folder", f"{model.folder}{there}"),
        ("weights", model.weights_hash),
        ("contract", model.contract_hash),
        ("holds", model.kind.value),
        ("base model", model.base_model),
        *((f"data of {stage}", content) for stage, content in model.datasets.items()),
        ("gate", "; ".join(objections) or "open"),
    ]
    print_table(f"{model.name} {model.version}", ("what", "value"), rows)
    for title, figures in (("Training", model.training), ("Evaluation", model.evaluation)):
        _print_figures(title, figures)
    if model.history:
        changes = [
            (f"{each.at:%Y-%m-%d %H:%M:%S}", each.kind.value, each.stage.value, each.reason) for each in model.history
        ]
        print_table("\nStages", ("when (UTC)", "what", "stage", "why"), changes)


def _print_figures(title: str, figures: "Figures") -> None:
    from steps.figures import shown_value

    rows = [(name, shown_value(value)) for name, value in figures.items()]
    if rows:
        print_table(f"\n{title}", ("figure", "value"), rows)
