"""Runs pipelines: `python -m tools.run --help`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from tools.console import configured_console, told_errors


@dataclass(frozen=True, slots=True)
class Switch:
    """A flag that turns on a parameter of a pipeline, whatever its file says."""

    flag: str
    parameter: str
    """Name of a field of its parameters that is true or false."""
    help: str


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One pipeline as the command line offers it."""

    name: str
    flag: str
    config_flag: str
    default_config: str
    parameters: str
    """Name of its model in `pipelines.parameters`."""
    help: str
    needs: tuple[str, ...]
    """The stores that it uses, checked before it starts."""
    switches: tuple[Switch, ...] = ()
    pipeline_name: str | None = None
    """Name of the module and of the function in it, if it is not `name`."""
    bound_here: str | None = None
    """Why it can run on this machine only; None if each of its steps may run on another one."""
    has_dry_run: bool = False
    """Whether `--dry-run` tells what it would take; tools/dataset_estimate.py and tools/job_dry_run.py do."""

    @property
    def pipeline(self) -> str:
        """Name of the module of the pipeline and of the function in it."""
        return self.pipeline_name or self.name


PIPELINE_RUNS = (
    PipelineRun(
        name="digital_data_etl",
        flag="run-etl",
        config_flag="etl-config-filename",
        default_config="digital_data_etl_maxime_labonne.yaml",
        parameters="DigitalDataEtl",
        help="Collect an author's links into the warehouse.",
        needs=("documents",),
    ),
    PipelineRun(
        name="feature_engineering",
        flag="run-feature-engineering",
        config_flag="feature-engineering-config-filename",
        default_config="feature_engineering.yaml",
        parameters="FeatureEngineering",
        help="Clean, chunk and embed the documents of the warehouse into the index.",
        needs=("documents", "vectors"),
    ),
    PipelineRun(
        name="end_to_end_data",
        flag="run-end-to-end-data",
        config_flag="end-to-end-data-config-filename",
        default_config="end_to_end_data.yaml",
        parameters="EndToEndData",
        help="Both of the above, for several authors.",
        needs=("documents", "vectors"),
    ),
    PipelineRun(
        name="make_golden",
        flag="run-make-golden",
        config_flag="make-golden-config-filename",
        default_config="make_golden.yaml",
        parameters="MakeGolden",
        help="Make questions with known answers out of the documents of the warehouse.",
        needs=("documents",),
        bound_here="it writes its questions to the data folder",
    ),
    PipelineRun(
        name="evaluate_retrieval",
        flag="run-evaluate-retrieval",
        config_flag="evaluate-retrieval-config-filename",
        default_config="evaluate_retrieval.yaml",
        parameters="EvaluateRetrieval",
        help="Measure the index on golden questions; fails if it became worse.",
        needs=("documents", "vectors"),
        bound_here="its questions are files in the data folder",
        switches=(
            Switch(
                flag="accept",
                parameter="accept",
                help="With --run-evaluate-retrieval: accept the figures, also worse ones; later runs are compared "
                "with them.",
            ),
        ),
    ),
    PipelineRun(
        name="compare_answers",
        flag="run-compare-answers",
        config_flag="compare-answers-config-filename",
        default_config="compare_answers.yaml",
        parameters="CompareAnswers",
        help="Let two variants of the answer answer the same questions and name the better one.",
        needs=("documents", "vectors"),
        bound_here="its questions are files in the data folder",
    ),
    PipelineRun(
        name="summarize",
        flag="run-summarize",
        config_flag="summarize-config-filename",
        default_config="summarize.yaml",
        parameters="Summarize",
        help="Summarize documents, by a language model if one is set.",
        needs=("documents",),
    ),
    PipelineRun(
        name="generate_instruct_datasets",
        flag="run-generate-instruct-datasets",
        config_flag="generate-instruct-datasets-config-filename",
        default_config="generate_instruct_datasets.yaml",
        parameters="GenerateDatasets",
        help="Make instructions and answers of the documents, and check them.",
        needs=("documents",),
        pipeline_name="generate_datasets",
        has_dry_run=True,
    ),
    PipelineRun(
        name="generate_preference_datasets",
        flag="run-generate-preference-datasets",
        config_flag="generate-preference-datasets-config-filename",
        default_config="generate_preference_datasets.yaml",
        parameters="GenerateDatasets",
        help="The same with a good and a worse answer to each instruction.",
        needs=("documents",),
        pipeline_name="generate_datasets",
        has_dry_run=True,
    ),
    PipelineRun(
        name="training",
        flag="run-training",
        config_flag="training-config-filename",
        default_config="training.yaml",
        parameters="Training",
        help="Fine-tune a model on an instruct and a preference set; a killed run goes on.",
        needs=("documents",),
        bound_here="a step takes over the folder that the one before has written",
        has_dry_run=True,
    ),
    PipelineRun(
        name="evaluating",
        flag="run-evaluation",
        config_flag="evaluation-config-filename",
        default_config="evaluating.yaml",
        parameters="Evaluating",
        help="Score models beside each other, and say whether one may be promoted.",
        needs=("documents",),
        bound_here="its models are folders on this machine",
        has_dry_run=True,
    ),
    PipelineRun(
        name="export_artifact_to_json",
        flag="run-export-artifact-to-json",
        config_flag="export-artifact-to-json-config-filename",
        default_config="export_artifact_to_json.yaml",
        parameters="ExportArtifactToJson",
        help="Write artifacts of earlier runs to JSON files.",
        needs=(),
        bound_here="it writes files for you to read",
    ),
)
"""The pipelines in the order in which they run where several are asked for."""
_STOPPED = "Stopped. What was done is stored, and the same command goes on with the rest."
_NOT_STOPPED = "Not waited for any longer; a run that was sent goes on there. `zenml pipeline runs stop NAME` ends it."


def _with_pipeline_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one flag and one configuration option per row of the table, and the switches of the row."""
    for run in reversed(PIPELINE_RUNS):
        for switch in run.switches:
            command = click.option(f"--{switch.flag}", is_flag=True, help=switch.help)(command)
        config_help = f"Its file, as a path or a name in configs/.  [default: {run.default_config}]"
        command = click.option(f"--{run.config_flag}", default=run.default_config, metavar="FILE", help=config_help)(
            command
        )
        command = click.option(f"--{run.flag}", is_flag=True, help=run.help)(command)
    return command


@click.command(
    context_settings={"max_content_width": 120},
    help="""Run one or more pipelines, in the order below, each with its YAML file.

    \b
    Examples:
      python -m tools.run --run-etl --etl-config-filename digital_data_etl_paul_iusztin.yaml
      python -m tools.run --run-feature-engineering --no-cache
      python -m tools.run --run-end-to-end-data --end-to-end-data-config-filename my_blog.yaml

    All files are checked before the first pipeline starts. Runs, steps and artifacts are shown by
    `zenml login --local` at http://127.0.0.1:8237.""",
)
@click.option("--no-cache", is_flag=True, help="Run every step, also those whose input did not change.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="With --run-generate-...: say what a language model would be sent and what that would cost. With "
    "--run-training and --run-evaluation: say what was found of the data, and with `where: sagemaker` each call of "
    "AWS. Run nothing.",
)
@_with_pipeline_options
@told_errors
def main(no_cache: bool, dry_run: bool, **options: Any) -> None:  # noqa: ANN401 - flags and file names, by the table
    """Check the files of the chosen pipelines, then run them."""
    chosen = [run for run in PIPELINE_RUNS if options[_field(run.flag)]]
    if not chosen:
        raise click.UsageError(f"Name a pipeline: {', '.join(f'--{run.flag}' for run in PIPELINE_RUNS)}.")
    if dry_run and (without := [f"--{run.flag}" for run in chosen if not run.has_dry_run]):
        raise click.UsageError(f"--dry-run has no meaning with {', '.join(without)}.")
    configured_console()
    from tools.pipeline_start import checked_publication, checked_stores, prepared_run
    from tools.remote_runs import check_remote_runs, tell_run
    from tools.run_summary import print_run

    prepared = [
        prepared_run(run.pipeline, options[_field(run.config_flag)], run.parameters, _switched_on(run, options))
        for run in chosen
    ]
    stores = {store for run in chosen for store in run.needs}
    if dry_run:
        from tools.dataset_estimate import print_estimates
        from tools.job_dry_run import print_jobs

        checked_stores(stores)
        print_jobs(prepared)
        print_estimates(prepared)
        return
    bound = {run.flag: run.bound_here for run in chosen if run.bound_here}
    stack = check_remote_runs([run.configuration for run in prepared], bound, stores)
    if stack is None:
        checked_stores(stores)
    for run in prepared:
        checked_publication(run)
    for run in prepared:
        try:
            tell_run(run.start(use_cache=not no_cache, on_failure=print_run))
        except KeyboardInterrupt:
            click.echo(_STOPPED if stack is None else _NOT_STOPPED, err=True)
            raise


def _switched_on(run: PipelineRun, options: Mapping[str, Any]) -> list[str]:
    return [switch.parameter for switch in run.switches if options[_field(switch.flag)]]


def _field(flag: str) -> str:
    """Return the name that click gives the value of an option."""
    return flag.replace("-", "_")


if __name__ == "__main__":
    main()
