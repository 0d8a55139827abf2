"""Stores a data set as one JSON Lines file; the dashboard shows its figures and a page with plots."""

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, ClassVar, Final

from pydantic import BaseModel, TypeAdapter
from zenml.enums import ArtifactType, VisualizationType
from zenml.materializers.base_materializer import BaseMaterializer
from zenml.metadata.metadata_types import MetadataType

from llm_engineering.application.datasets.card_html import dataset_html
from llm_engineering.domain.outcomes import Figures
from llm_engineering.domain.samples import FlaggedSample, GatedDataset, Rejection, Sample, Split

_LISTS: Final[Mapping[str, TypeAdapter[Any]]] = {
    "train": TypeAdapter(Sample),
    "test": TypeAdapter(Sample),
    "rejected": TypeAdapter(Rejection),
    "flagged": TypeAdapter(FlaggedSample),
}
"""The fields of a data set that are written line by line."""


class DatasetMaterializer(BaseMaterializer):
    """Keeps a `GatedDataset`: its other fields are the first line, then come samples, rejections and flags, one a line.

    Plain text and no pickle, so that reading a foreign artifact runs no code; not compressed, so that what is forgotten
    can be found in it by the ids of documents. The figures become the artifact's metadata.
    """

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (GatedDataset,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    @property
    def _file(self) -> str:
        return str(PurePosixPath(self.uri) / "dataset.jsonl")

    def save(self, data: GatedDataset) -> None:
        """Write the data set."""
        with self.artifact_store.open(self._file, "w") as file:
            file.writelines(f"{line}\n" for line in dataset_lines(data))

    def load(self, data_type: type[GatedDataset]) -> GatedDataset:
        """Read a data set."""
        with self.artifact_store.open(self._file, "r") as file:
            return dataset_of(iter(file), data_type)

    def save_visualizations(self, data: GatedDataset) -> dict[str, VisualizationType]:
        """Write the page that the dashboard shows and return where it lies."""
        page = str(PurePosixPath(self.uri) / "report.html")
        with self.artifact_store.open(page, "w") as file:
            file.write(dataset_html(data))
        return {page: VisualizationType.HTML}

    def extract_metadata(self, data: GatedDataset) -> dict[str, MetadataType]:
        """Return the figures of the data set."""
        return dataset_figures(data)


def dataset_lines(dataset: GatedDataset) -> Iterator[str]:
    """Yield a data set as JSON lines: its fields, then each sample, rejection and flag with the list that it is in."""
    yield _json(dataset.model_dump(mode="json", exclude=set(_LISTS)))
    for name in _LISTS:
        items: tuple[BaseModel, ...] = getattr(dataset, name)
        for item in items:
            yield _json({"in": name, "item": item.model_dump(mode="json")})


def dataset_of(lines: Iterator[str], data_type: type[GatedDataset] = GatedDataset) -> GatedDataset:
    """Return the data set that `dataset_lines` made lines of.

    Raises:
        pydantic.ValidationError: The lines hold something else.
    """
    fields = json.loads(next(lines))
    lists: dict[str, list[Any]] = {name: [] for name in _LISTS}
    for line in lines:
        record = json.loads(line)
        lists[record["in"]].append(_LISTS[record["in"]].validate_python(record["item"]))
    return data_type.model_validate({**fields, **lists})


def dataset_json(dataset: GatedDataset) -> str:
    """Return a data set as one JSON object for other programs, with its figures."""
    content = {"type": "GatedDataset", **dataset.model_dump(mode="json"), "figures": dataset_figures(dataset)}
    return json.dumps(content, ensure_ascii=False, indent=2)


def dataset_figures(dataset: GatedDataset) -> Figures:
    """Return what a person wants to know of a data set at a glance."""
    documents = {
        split: {sample.provenance.source.document_id for sample in samples if sample.provenance}
        for split, samples in ((Split.TRAIN, dataset.train), (Split.TEST, dataset.test))
    }
    return {
        "kind": dataset.kind.value,
        "samples": dataset.total,
        "kept": len(dataset.kept),
        "yield": round(dataset.kept_share, 4),
        "train": len(dataset.train),
        "test": len(dataset.test),
        "train_documents": len(documents[Split.TRAIN]),
        "test_documents": len(documents[Split.TEST]),
        "documents_on_both_sides": len(documents[Split.TRAIN] & documents[Split.TEST]),
        "rejected": {reason.value: count for reason, count in dataset.rejections().items()},
        "flagged": len(dataset.flagged),
        "contract": dataset.contract_hash or "none",
        **{name: round(value, 4) for name, value in dataset.figures.items()},
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
