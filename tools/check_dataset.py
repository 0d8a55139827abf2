"""Checks a data set: `python -m tools.check_dataset --help`."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tools.console import configured_console, told_errors

if TYPE_CHECKING:
    from llm_engineering.application.datasets.configuration import DatasetGates
    from llm_engineering.application.datasets.survey import DatasetSurvey
    from llm_engineering.domain.samples import GatedDataset

GATES = "dataset_gates.yaml"
_EXAMPLES = 3


@click.command(
    context_settings={"max_content_width": 120},
    help="""Check a set of training data against what its author wrote.

    \b
    Examples:
      python -m tools.check_dataset --dataset instruct.json --warehouse data/warehouse
      python -m tools.check_dataset --dataset owner/name --warehouse data/warehouse --evaluation exam.jsonl
      python -m tools.check_dataset --dataset set.parquet --warehouse data/warehouse --embed > report.json

    DATASET is a JSON, JSON Lines or Parquet file, a folder of them, or a data set of the Hugging Face Hub as
    owner/name. Its samples have `instruction` and `answer` (also `prompt`, `output`, `messages` and the like), or
    `instruction`, `chosen` and `rejected`. The warehouse is a folder that
    `poetry poe run-export-data-warehouse-to-json` wrote.

    The report goes to standard output as JSON: what the set is like as it is given, what the gates keep, and why they
    reject the rest. The exit code is 0 if enough is kept, else 1; 2 if the command line cannot be understood.
    What each gate does: docs/datasets.md.""",
)
@click.option("--dataset", required=True, metavar="DATASET", help="The set: a file, a folder, or owner/name.")
@click.option(
    "--warehouse",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the exported warehouse.",
)
@click.option("--gates", default=GATES, show_default=True, help="What is demanded: a path, or a file in configs/.")
@click.option(
    "--evaluation",
    multiple=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File with texts of an evaluation set, which no sample may have; may be given several times.",
)
@click.option("--embed", is_flag=True, help="Compare answers with their sources by meaning, too; takes minutes.")
@click.option("--rejected", type=click.Path(dir_okay=False, path_type=Path), help="Write all rejected samples here.")
@told_errors
def main(
    *,
    dataset: str,
    warehouse: Path,
    gates: str,
    evaluation: tuple[Path, ...],
    embed: bool,
    rejected: Path | None,
) -> None:
    """Print the report on a data set."""
    configured_console(level="WARNING")
    from llm_engineering.application.datasets.configuration import DatasetGates
    from llm_engineering.application.datasets.gates.sources import Sources
    from llm_engineering.application.datasets.gating import gated_dataset
    from llm_engineering.application.datasets.survey import dataset_survey
    from llm_engineering.application.preprocess.cleaning import cleaned_documents
    from llm_engineering.application.warehouse.exported import exported_documents
    from llm_engineering.infrastructure.datasets.detectors import dataset_detectors
    from llm_engineering.infrastructure.datasets.reading import read_samples, read_texts
    from llm_engineering.infrastructure.factory import embedder
    from llm_engineering.settings import Settings
    from steps.progress import progress_bar
    from tools.run_configuration import configuration_path, run_configuration

    demanded = run_configuration(configuration_path(gates), DatasetGates).parameters
    texts = {str(path): read_texts(path) for path in evaluation}
    documents = cleaned_documents(exported_documents(warehouse)).items
    samples = read_samples(dataset)
    detectors = dataset_detectors()
    survey = dataset_survey(samples, Sources(documents, detectors.encoder))
    with progress_bar("samples", len(samples)) as advance:
        gated = gated_dataset(
            samples,
            documents,
            demanded,
            detectors,
            texts,
            embedder=embedder(Settings()) if embed else None,
            on_progress=advance,
        )
    if rejected is not None:
        _write_rejected(gated, rejected)
    report = _report(dataset, survey, gated, demanded)
    click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    if not report["passes"]:
        click.echo(
            f"{dataset} fails: {len(gated.kept)} of {gated.total} samples are kept ({gated.kept_share:.1%}), needed "
            f"are {demanded.min_kept_share:.0%} and at least {demanded.min_kept}.",
            err=True,
        )
        sys.exit(1)


def _report(
    dataset: str, survey: "DatasetSurvey", gated: "GatedDataset", demanded: "DatasetGates"
) -> Mapping[str, Any]:
    examples: dict[str, list[dict[str, str]]] = {}
    for rejection in gated.rejected:
        of_reason = examples.setdefault(str(rejection.reason), [])
        if len(of_reason) < _EXAMPLES:
            of_reason.append({"id": rejection.sample.id, "detail": rejection.detail})
    return {
        "dataset": dataset,
        "kind": str(gated.kind),
        "passes": gated.kept_share >= demanded.min_kept_share and len(gated.kept) >= demanded.min_kept,
        "given": survey.model_dump(mode="json"),
        "samples": gated.total,
        "kept": {"samples": len(gated.kept), "train": len(gated.train), "test": len(gated.test)},
        "kept_share": round(gated.kept_share, 4),
        "min_kept_share": demanded.min_kept_share,
        "min_kept": demanded.min_kept,
        "rejected": {str(reason): count for reason, count in gated.rejections().items()},
        "examples": examples,
        "flagged": len(gated.flagged),
        "figures": {name: round(value, 4) for name, value in gated.figures.items()},
    }


def _write_rejected(gated: "GatedDataset", path: Path) -> None:
    lines = [rejection.model_dump_json() for rejection in gated.rejected]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
