"""Trains a model without ZenML: `python -m tools.train --help`. Accelerate and training jobs start it so."""

import json
from contextlib import nullcontext
from pathlib import Path

import click

from tools.console import configured_console, told_errors


@click.command(
    context_settings={"max_content_width": 120},
    help="""Fine-tune a model as a YAML file says: the program of `tools.run --run-training`, without ZenML around it.

    \b
    Examples:
      python -m tools.train --config training.yaml --check
      python -m tools.train --config my_training.yaml
      accelerate launch --config_file configs/accelerate/fsdp.yaml -m tools.train --config training.yaml --only sft

    A run that was killed goes on from its last checkpoint when the same command is given again.""",
)
@click.option("--config", required=True, metavar="FILE", help="A path, or a name in configs/.")
@click.option(
    "--check",
    is_flag=True,
    help="Check libraries, devices, base model and data, say what was found, and train nothing.",
)
@click.option(
    "--only",
    type=click.Choice(["sft"]),
    help="End after this stage; the same command without it then goes on with DPO. For DeepSpeed and FSDP, which "
    "are set up for one stage in a process.",
)
@told_errors
def main(config: str, check: bool, only: str | None) -> None:
    """Read the file, check everything, then train."""
    configured_console()
    from llm_engineering.application.train.checks import training_data
    from llm_engineering.application.train.program import checked_stages, trained_model
    from llm_engineering.infrastructure.aws.job_configuration import Where
    from llm_engineering.infrastructure.trackers.choice import experiment_tracker
    from llm_engineering.infrastructure.training.surroundings import current_contract, trained_by
    from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
    from llm_engineering.settings import Settings
    from pipelines.parameters import Training
    from steps.progress import training_progress
    from steps.training.sources import exact_sources, stage_sources
    from tools.run_configuration import configuration_path, run_configuration

    parameters = run_configuration(configuration_path(config), Training).parameters
    plan = parameters.plan
    if parameters.where is not Where.LOCAL:
        click.echo(
            f"`where` is {parameters.where}: `tools.run --run-training` goes there, this command stays.", err=True
        )
    settings = Settings()
    trainer = TrlTrainer(plan, token=settings.huggingface_access_token)
    contract = current_contract(settings)
    sources = exact_sources(plan)
    stages = checked_stages(plan, stage_sources(sources, settings.data_folder), trainer, contract)
    if trainer.is_main:
        click.echo(json.dumps(training_data(sources, stages).figures, indent=2))
    if check:
        return
    if only is not None:
        stages = tuple(stage for stage in stages if stage.method.value == only)
    with training_progress() if trainer.is_main else nullcontext(lambda _progress: None) as show:
        model = trained_model(
            plan,
            stages,
            trainer=trainer,
            contract=contract,
            folder=settings.data_folder / plan.saving.folder,
            tracker=experiment_tracker(settings, Path(plan.saving.folder).name) if trainer.is_main else None,
            on_progress=show,
            code_version=trained_by(),
        )
    if trainer.is_main:
        click.echo(json.dumps(model.figures, indent=2))
        click.echo(f"The model lies in {model.folder}")
        click.echo(f"To register it as a version: python -m tools.models register {model.folder}")


if __name__ == "__main__":
    main()
