"""How many planted faults the gates of training data find: `python -m benchmarks.planted_faults --help`.

1,000 samples are made of paragraphs of real articles: as they stand, in other words, or shortened. Each kind of fault
has 50 of them, in several styles. A fault counts as found if the sample is rejected for a reason that names it; of a
sample and its repetition it does not matter which one goes.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from benchmarks.planted.faults import held_out_injections, planted_set
from benchmarks.planted.kinds import REASONS, Fault, PlantedSet
from benchmarks.planted.material import articles
from llm_engineering.application.datasets.configuration import DatasetGates
from llm_engineering.application.datasets.detectors import Detectors
from llm_engineering.application.datasets.gating import gated_dataset
from llm_engineering.domain.samples import GatedDataset, RejectionReason

_DATA: Final = Path("../shared/data")

Style = tuple[Fault, str]


@dataclass
class Found:
    """What the gates found of the faults of some sets."""

    planted: Counter[Style] = field(default_factory=Counter)
    named: Counter[Style] = field(default_factory=Counter)
    """Rejected for a reason that names the fault."""
    rejected: Counter[Style] = field(default_factory=Counter)
    """Rejected for any reason."""
    clean: int = 0
    falsely: Counter[RejectionReason] = field(default_factory=Counter)
    """Samples without a fault that were rejected."""

    def recall(self, fault: Fault) -> float:
        """Return the share of the samples with a fault that were rejected for a reason that names it."""
        return _of(self.named, fault) / _of(self.planted, fault)

    @property
    def false_share(self) -> float:
        """Share of the samples without a fault that were rejected."""
        return sum(self.falsely.values()) / self.clean

    def add(self, planted: PlantedSet, gated: GatedDataset) -> None:
        """Add what became of a set."""
        reasons = {rejection.sample.id: rejection.reason for rejection in gated.rejected}
        excused = set()
        for sample_id, style in planted.faults.items():
            original = planted.originals.get(sample_id)
            # Where the repetition stays, its original has to go instead.
            went = sample_id if sample_id in reasons or original is None else original
            excused.add(went)
            self.planted[style] += 1
            self.rejected[style] += went in reasons
            self.named[style] += reasons.get(went) in REASONS[style[0]]
        clean = [sample.id for sample in planted.samples if sample.id not in planted.faults]
        self.clean += len(clean)
        self.falsely += Counter(reasons[each] for each in clean if each in reasons and each not in excused)


def _of(counts: Mapping[Style, int], fault: Fault) -> int:
    return sum(count for (kind, _), count in counts.items() if kind is fault)


def found_faults(data: Path, seeds: Sequence[int], detectors: Detectors) -> Found:
    """Return what the gates, as they are by default, find in sets of some seeds."""
    documents = articles(data / "warehouse")
    published = json.loads((data / "ungrounded-datasets/instruct_datasets.json").read_text(encoding="utf-8"))
    generic = [sample["answer"] for sample in published["train"]["articles"]["samples"]]
    found = Found()
    for seed in seeds:
        planted = planted_set(documents, seed, generic_answers=generic)
        gated = gated_dataset(planted.samples, planted.documents, DatasetGates(), detectors, planted.evaluation)
        found.add(planted, gated)
    return found


@click.command(context_settings={"max_content_width": 120})
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True, help="How many sets of 1,000.")
@click.option("--first-seed", default=1, show_default=True)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=_DATA,
    show_default=True,
    help="Folder with warehouse/ and ungrounded-datasets/.",
)
def main(seeds: int, first_seed: int, data: Path) -> None:
    """Print the table of docs/datasets.md."""
    from llm_engineering.infrastructure.datasets.detectors import dataset_detectors

    detectors = dataset_detectors()
    found = found_faults(data, range(first_seed, first_seed + seeds), detectors)
    print("| fault | style | planted | named | rejected |\n|---|---|---:|---:|---:|")
    for fault in Fault:
        counts = (_of(each, fault) for each in (found.planted, found.named, found.rejected))
        print(f"| **{fault}** | all | {' | '.join(map(str, counts))} |")
        for style, planted in found.planted.items():
            if style[0] is fault:
                print(f"| | {style[1]} | {planted} | {found.named[style]} | {found.rejected[style]} |")
    falsely = ", ".join(f"{reason} {count}" for reason, count in found.falsely.most_common())
    print(f"\nRejected without a fault: {found.false_share:.2%} of {found.clean} ({falsely}).")
    held_out = held_out_injections(articles(data / "warehouse"), first_seed)
    gated = gated_dataset(held_out.samples, held_out.documents, DatasetGates(), detectors)
    print(f"Injections that the rules were not written for: {len(gated.rejected)} of {gated.total} are found.")


if __name__ == "__main__":
    main()
