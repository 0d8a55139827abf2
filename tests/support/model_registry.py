"""A registry in memory, and models to put into it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from llm_engineering.application.train.registry import NewVersion
from llm_engineering.domain.model_scores import ModelEvaluation, ModelScores, PromotionVerdict, ScoreInterval
from llm_engineering.domain.outcomes import Figures
from llm_engineering.domain.registered_models import ModelStage, RegisteredModel, StageChange
from llm_engineering.domain.training import (
    DatasetReference,
    StageFigures,
    StepFigures,
    TrainedModel,
    TrainingMethod,
    WeightsKind,
)

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
HASH_A, HASH_B, HASH_C = "a" * 64, "b" * 64, "c" * 64
CONTRACT = "d" * 64


class ModelsInMemory:
    """Passes the suite of the port."""

    def __init__(self) -> None:
        self._models: dict[str, list[RegisteredModel]] = {}

    def names(self) -> Sequence[str]:
        return sorted(self._models)

    def versions(self, name: str) -> Sequence[RegisteredModel]:
        return tuple(self._models.get(name, ()))

    def register(self, new: NewVersion) -> RegisteredModel:
        versions = self._models.setdefault(new.name, [])
        for each in versions:
            if each.weights_hash == new.weights_hash:
                return self._replace(each.model_copy(update={"folder": new.folder}))
        added = RegisteredModel(
            name=new.name,
            version=len(versions) + 1,
            folder=new.folder,
            weights_hash=new.weights_hash,
            kind=new.model.kind,
            base_model=new.model.base_model,
            contract_hash=new.model.contract_hash,
            datasets={each.method.value: each.dataset.content_hash for each in new.model.stages},
            training=new.model.figures,
        )
        versions.append(added)
        return added

    def change_stage(self, model: RegisteredModel, change: StageChange) -> RegisteredModel:
        for each in self._models[model.name]:
            is_taken = each.stage is change.stage and change.stage in {ModelStage.STAGING, ModelStage.PRODUCTION}
            if is_taken and each.version != model.version:
                self._replace(each.model_copy(update={"stage": ModelStage.ARCHIVED}))
        current = self._models[model.name][model.version - 1]
        return self._replace(current.model_copy(update={"stage": change.stage, "history": (*current.history, change)}))

    def note_evaluation(self, model: RegisteredModel, figures: Figures) -> RegisteredModel:
        current = self._models[model.name][model.version - 1]
        return self._replace(current.model_copy(update={"evaluation": figures}))

    def _replace(self, model: RegisteredModel) -> RegisteredModel:
        self._models[model.name][model.version - 1] = model
        return model


def trained(folder: str | Path = "out/dpo", *, kind: WeightsKind = WeightsKind.ADAPTER) -> TrainedModel:
    """Return what training says of a model of two stages."""
    return TrainedModel(
        folder=str(folder),
        kind=kind,
        base_model="acme/tiny-llama",
        base_revision="0123456789abcdef0123456789abcdef01234567",
        base_licence="apache-2.0",
        contract_hash=CONTRACT,
        stages=(
            _stage(TrainingMethod.SFT, "datasets/instruct", "1" * 64, (2.5, 1.25), (2.0, 1.5)),
            _stage(TrainingMethod.DPO, "datasets/preference", "2" * 64, (0.69,), ()),
        ),
        parameters={"learning_rate": 0.0002, "lora": {"r": 8}},
        code_version="abc123+dirty",
    )


def _stage(
    method: TrainingMethod, name: str, content: str, loss: Sequence[float], eval_loss: Sequence[float]
) -> StageFigures:
    steps = [StepFigures(step=index, epoch=index, values={"loss": value}) for index, value in enumerate(loss, 1)]
    evaluated = [StepFigures(step=i, epoch=i, values={"eval_loss": value}) for i, value in enumerate(eval_loss, 1)]
    return StageFigures(
        method=method,
        dataset=DatasetReference(name=name, content_hash=content, train=120, test=12, contract_hash=CONTRACT),
        steps=30,
        epochs=2,
        seconds=60,
        tokens=6000,
        precision="float32",
        history=(*steps, *evaluated),
    )


def evaluated(
    weights_hash: str | None, *, is_promoted: bool = True, reasons: Sequence[str] = ("style 0.8 >= 0.6",)
) -> ModelEvaluation:
    """Return an evaluation that lets the model of some weights pass, or not."""
    score = ScoreInterval(value=0.8, low=0.7, high=0.9, count=20)
    return ModelEvaluation(
        models=(
            ModelScores(model="base", place="acme/tiny-llama", scores={"style_score": score}),
            ModelScores(
                model="dpo",
                place="out/dpo",
                weights_hash=weights_hash,
                scores={"style_score": score, "perplexity": score},
                missing={"perplexity": {"empty_answer": 2}},
            ),
        ),
        verdict=PromotionVerdict(candidate="dpo", baseline="base", is_promoted=is_promoted, reasons=tuple(reasons)),
        questions=20,
        texts=5,
    )
