"""Lets models answer inside of a job; what their answers are worth is reckoned where the job was started."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel, Speaking
from llm_engineering.application.evaluate.model_scoring.evaluation import Tools, answered_models
from llm_engineering.application.evaluate.model_scoring.questions import EvaluationMaterial
from llm_engineering.application.evaluate.model_scoring.records import record_lines, take_records
from llm_engineering.application.experiments.style_metric import style_score
from llm_engineering.application.ports import DocumentStore
from llm_engineering.domain.models import FrozenModel
from llm_engineering.infrastructure.aws.container_layout import JOB_CHANNEL, ContainerLayout
from llm_engineering.infrastructure.evaluation.model_source import SettingsModelSource
from llm_engineering.infrastructure.evaluation.rouge import RougeOverlap
from llm_engineering.infrastructure.factory import opened_document_store
from llm_engineering.settings import Settings

MATERIAL_FILE: Final = "material.json"
RECORDS_FILE: Final = "records.jsonl"
"""What models said, in the output of the job, and between attempts among its checkpoints."""
PRINTS_FILE: Final = "fingerprints.json"
"""`ModelPrints` by model, in the output of the job."""
_KEEP_SECONDS: Final = 60.0


class EvaluationOrder(FrozenModel):
    """What a job lets models do."""

    models: tuple[EvaluatedModel, ...]
    """Those whose weights are loaded; a folder is named as on the person's machine, and came as a channel."""
    speaking: Speaking
    window_tokens: int | None = None
    """None: likelihoods are not wanted."""


class ModelPrints(FrozenModel):
    """By what the records of a model are found."""

    answers: str
    likelihoods: str | None


def model_channel(name: str) -> str:
    """Return the channel that a model's folder comes as."""
    return f"model-{name}"


async def answered_in_container(
    layout: ContainerLayout, settings: Settings, on_progress: Callable[[str, int, int], None]
) -> dict[str, ModelPrints]:
    """Let the models of a job answer and read, and return by what their records are found.

    Records lie where AWS looks for the output of the job. What an interrupted attempt had is not computed again.

    Args:
        layout: The places of the job.
        settings: Its token is for models of the Hub.
        on_progress: Is told a title, how many items are done, and of how many.

    Raises:
        TwinError: A model or the material cannot be used.
    """
    order = EvaluationOrder.model_validate({
        name: layout.parameters[name] for name in EvaluationOrder.model_fields if name in layout.parameters
    })
    text = (layout.channel(JOB_CHANNEL) / MATERIAL_FILE).read_text(encoding="utf-8")
    material = EvaluationMaterial.model_validate_json(text)
    models = [_placed(layout, model) for model in order.models]
    source = SettingsModelSource(settings, layout.contract, order.speaking, order.window_tokens)
    kept = layout.checkpoints / RECORDS_FILE
    with TemporaryDirectory() as folder, opened_document_store(Settings(data_folder=Path(folder))) as store:
        _restore(store, kept)
        keeping = _Keeping(store, kept, on_progress)
        try:
            tools = Tools(
                source=source,
                store=store,
                overlap=RougeOverlap(),
                style=style_score(store, None),
                judges=None,
                progress=keeping.progress,
                now=lambda: datetime.now(UTC),
            )
            await answered_models(models, material, tools)
        finally:
            write_records(store, kept)
        prints = {model.name: await model_prints(source, model) for model in models}
        write_records(store, layout.output_data / RECORDS_FILE)
    written = {name: each.model_dump() for name, each in prints.items()}
    (layout.output_data / PRINTS_FILE).write_text(json.dumps(written, indent=2), encoding="utf-8")
    return prints


async def model_prints(source: SettingsModelSource, model: EvaluatedModel) -> ModelPrints:
    """Return by what the records of a model are found; its weights are hashed, not loaded."""
    async with source.answerer(model) as running:
        return ModelPrints(answers=running.fingerprint, likelihoods=source.reading_fingerprint(model))


def read_prints(path: Path) -> dict[str, ModelPrints]:
    """Return what a job has written of its models.

    Raises:
        ValueError: The file is something else.
    """
    content: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return {name: ModelPrints.model_validate(each) for name, each in content.items()}


def write_records(store: DocumentStore, path: Path) -> None:
    """Write the records of a store to a file, which is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}")
    with beside.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in record_lines(store))
    beside.replace(path)


def _restore(store: DocumentStore, path: Path) -> None:
    if path.is_file():
        take_records(store, path.read_text(encoding="utf-8").splitlines())


def _placed(layout: ContainerLayout, model: EvaluatedModel) -> EvaluatedModel:
    """Return a model with its folder where it lies in the container: the one folder of its channel."""
    if model.folder is None:
        return model
    (folder,) = (path for path in layout.channel(model_channel(model.name)).iterdir() if path.is_dir())
    return model.model_copy(update={"folder": str(folder)})


@dataclass(slots=True)
class _Keeping:
    """Keeps what was had so far among the checkpoints, about once a minute."""

    store: DocumentStore
    path: Path
    on_progress: Callable[[str, int, int], None]
    kept_at: float = field(default_factory=time.monotonic)

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        done = 0

        def advance(number: int) -> None:
            nonlocal done
            done += number
            self.on_progress(title, done, total)
            if time.monotonic() - self.kept_at >= _KEEP_SECONDS:
                write_records(self.store, self.path)
                self.kept_at = time.monotonic()

        yield advance
