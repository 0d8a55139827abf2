"""Looks after trained models: `python -m tools.models --help`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tools.console import configured_console, told_errors
from tools.model_parts import (
    chosen_model,
    opened_registry,
    print_model,
    print_models,
    publication_of,
    registration_of,
)

if TYPE_CHECKING:
    from llm_engineering.domain.registered_models import RegisteredModel

_version = click.argument("version", default="latest", required=False)


@click.group(
    context_settings={"max_content_width": 120},
    help="""Look after trained models: versions, stages, the one that is served, the Hugging Face Hub.

    \b
    Examples:
      python -m tools.models register data/models/twin/dpo/merged
      python -m tools.models list twin
      python -m tools.models show twin 3
      python -m tools.models promote twin 3
      python -m tools.models promote twin 3 --force "the judge was down; I read 50 answers"
      python -m tools.models rollback twin
      python -m tools.models archive twin 1
      python -m tools.models push twin production --to me/my-twin
      HF_MODEL_ID=$(python -m tools.models path twin) python -m tools.ml_service

    VERSION is a number, "latest" (what is taken if you name none), "staging" or "production". A version comes into
    production only if the evaluation of exactly its weights says that it is better; the one before becomes archived,
    and `rollback` brings it back. The page docs/models.md says more.""",
)
def main() -> None:
    """Choose a command."""
    configured_console(level="WARNING")


@main.command("list")
@click.argument("name", required=False)
@told_errors
def list_models(name: str | None) -> None:
    """List all versions, or those of one NAME."""
    registry = opened_registry()
    names = [name] if name else registry.names()
    found = [each for known in names for each in reversed(registry.versions(known))]
    if not found:
        click.echo(
            f"No model is registered{f' as {name}' if name else ''}. A training run registers what it made; "
            "`python -m tools.models register FOLDER` adds a model that is there."
        )
        return
    print_models(found)


@main.command()
@click.argument("name")
@_version
@told_errors
def show(name: str, version: str) -> None:
    """Show what a version was made of, how it was evaluated, whether it may be promoted, and its stages so far."""
    from llm_engineering.application.train.promotion import gate_objections
    from llm_engineering.infrastructure.models.folders import folder_evidence

    model = chosen_model(opened_registry(), name, version)
    evidence = folder_evidence(Path(model.folder))
    is_whole = evidence.weights_hash == model.weights_hash
    print_model(model, is_whole=is_whole, objections=gate_objections(model, evidence.evaluation))


@main.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--name", default="twin", show_default=True, help="Under which name.")
@click.option("--no-copy", is_flag=True, help="Refer to the folder where it is, instead of keeping a copy.")
@told_errors
def register(folder: Path, name: str, no_copy: bool) -> None:
    """Register the model in FOLDER, which a training run wrote; the same weights twice are one version."""
    from llm_engineering.infrastructure.models.folders import read_trained_model
    from llm_engineering.infrastructure.models.registering import registered_folder
    from llm_engineering.settings import Settings

    registration = registration_of(name, keep_copy=not no_copy)
    registry = opened_registry()
    model = registered_folder(registry, read_trained_model(folder), registration, Settings().data_folder)
    click.echo(f"{model.name} {model.version} ({model.stage.value}) lies in {model.folder}.")


@main.command()
@click.argument("name")
@_version
@click.option("--force", "forced", metavar="WHY", help="Promote it whatever the evaluation says; WHY is kept.")
@click.option("--staging", is_flag=True, help="To staging, which has no gate, instead of production.")
@told_errors
def promote(name: str, version: str, forced: str | None, staging: bool) -> None:
    """Put a version into production, if the evaluation of its weights lets it pass."""
    from llm_engineering.application.train.promotion import promoted, put_to_stage
    from llm_engineering.domain.registered_models import ModelStage
    from llm_engineering.infrastructure.models.folders import folder_evidence

    if forced is not None and not forced.strip():
        raise click.UsageError('--force needs a reason: --force "why it goes into production all the same".')
    registry = opened_registry()
    model = chosen_model(registry, name, version)
    now = datetime.now(UTC)
    if staging:
        after = put_to_stage(registry, model, ModelStage.STAGING, at=now)
    else:
        after = promoted(registry, model, folder_evidence(Path(model.folder)), at=now, forced=forced)
    was = " already" if model.stage is after.stage else ""
    click.echo(f"{after.name} {after.version} is in {after.stage.value}{was}.{_instead(after, model)}")


@main.command()
@click.argument("name")
@told_errors
def rollback(name: str) -> None:
    """Put the version into production again that was there before."""
    from llm_engineering.application.train.promotion import rollback_target, rolled_back
    from llm_engineering.infrastructure.models.folders import folder_evidence

    registry = opened_registry()
    before = rollback_target(registry, name)
    after = rolled_back(registry, before, folder_evidence(Path(before.folder)), at=datetime.now(UTC))
    click.echo(f"{after.name} {after.version} is in production again ({after.history[-1].reason}).")
    click.echo("A service that runs has to be started again to use it.")


@main.command()
@click.argument("name")
@click.argument("version")
@click.option("--why", default="", help="Kept with the version.")
@told_errors
def archive(name: str, version: str, why: str) -> None:
    """Put a version aside; nothing is deleted, and it can be promoted again."""
    from llm_engineering.application.train.promotion import put_to_stage
    from llm_engineering.domain.registered_models import ModelStage

    registry = opened_registry()
    model = chosen_model(registry, name, version)
    put_to_stage(registry, model, ModelStage.ARCHIVED, at=datetime.now(UTC), reason=why)
    click.echo(f"{model.name} {model.version} is archived. Its folder stays: {model.folder}")


@main.command()
@click.argument("name")
@click.argument("version", default="production", required=False)
@told_errors
def path(name: str, version: str) -> None:
    """Print the folder of a version and nothing else, by default of the one in production."""
    from llm_engineering.infrastructure.models.folders import whole_folder

    click.echo(whole_folder(chosen_model(opened_registry(), name, version)))


@main.command(
    help="""Push a version with its card to the Hugging Face Hub, as REPOSITORY (owner/name): private, unless --public
    and a licence are named. It needs HUGGINGFACE_ACCESS_TOKEN, with the right to write. training.json goes with it: it
    names the data sets and all parameters."""
)
@click.argument("name")
@click.argument("version", default="production", required=False)
@click.option("--to", "repository", required=True, metavar="REPOSITORY", help="Where to, as owner/name.")
@click.option("--public", is_flag=True, help="Everybody may see it; ask the author first.")
@click.option("--licence", help="As the Hub names it, such as cc-by-4.0.")
@click.option("--title", help="Of the card.")
@click.option("--language", "languages", multiple=True, help="As ISO 639-1, such as en; several times for several.")
@click.option("--dataset", "datasets", multiple=True, help="Of the Hub, as owner/name, for the card.")
@told_errors
def push(name: str, version: str, repository: str, public: bool, **said: str | tuple[str, ...] | None) -> None:
    """Push a version to the Hugging Face Hub."""
    from llm_engineering.infrastructure.hub import required_token
    from llm_engineering.infrastructure.models.folders import whole_folder
    from llm_engineering.infrastructure.models.hub import push_model_to_huggingface
    from llm_engineering.settings import Settings

    publication = publication_of({"repository": repository, "private": not public, **said})
    token = required_token(publication, Settings().huggingface_access_token, "model")
    model = chosen_model(opened_registry(), name, version)
    pushed = push_model_to_huggingface(whole_folder(model), publication, token)
    seen = "private" if pushed.private else "public"
    click.echo(f"{model.name} {model.version} is at {pushed.url} ({seen}), commit {pushed.commit}.")


def _instead(after: "RegisteredModel", before: "RegisteredModel") -> str:
    if after.stage is before.stage or not after.history or after.history[-1].replaced is None:
        return ""
    return f" {after.name} {after.history[-1].replaced} is archived; `rollback {after.name}` brings it back."


if __name__ == "__main__":
    main()
