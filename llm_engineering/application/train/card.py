"""The card of a model: Markdown with the front matter that the Hugging Face Hub reads."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import Field

from llm_engineering.application.cards import (
    UNKNOWN_LICENCE,
    Licence,
    markdown_card,
    markdown_line,
    markdown_table,
)
from llm_engineering.domain.model_scores import ModelEvaluation, ModelScores, ScoreInterval
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.training import DatasetReference, StageFigures, TrainedModel, TrainingMethod, WeightsKind

_WHAT: Final[Mapping[TrainingMethod, str]] = {
    TrainingMethod.SFT: "supervised fine-tuning on instructions with the author's answers",
    TrainingMethod.DPO: "direct preference optimization on better and worse answers",
}
_HOLDS: Final[Mapping[WeightsKind, str]] = {
    WeightsKind.ADAPTER: "a LoRA adapter: the base model is needed beside it",
    WeightsKind.MERGED: "all weights, with the adapter added to those of the base model",
    WeightsKind.FULL: "all weights, trained themselves",
}
_MAX_PARAMETERS: Final = 4_000
"""Characters of the parameters that a card shows."""
_SHA256_DIGITS: Final = 64


class ModelCardDetails(FrozenModel):
    """What a card says that does not follow from training."""

    title: str = Field(default="A twin", min_length=1, max_length=120)
    description: str = Field(default="", max_length=4_000)
    """In Markdown, by whoever shares the model."""
    licence: Licence = UNKNOWN_LICENCE
    """Of this model, as the Hub names it; the licence of the base model and the author's consent both bind it."""
    languages: tuple[str, ...] = ()
    """As ISO 639-1; empty: not said."""
    datasets: tuple[str, ...] = ()
    """Repositories on the Hub, as owner/name, that hold what it was trained on; empty: none is named."""
    repository: str | None = None
    """Where it lies on the Hub, as owner/name; None: it is a folder."""


def model_card(
    model: TrainedModel, details: ModelCardDetails, *, weights_hash: str, evaluation: ModelEvaluation | None = None
) -> str:
    """Return the card of a model.

    It has figures, names and hashes, but no word of the texts that the model was trained on.

    Args:
        model: What training says of it.
        details: What a person says of it.
        weights_hash: By which the registry and the evaluation know the weights.
        evaluation: What lies beside it. Its scores stand in the card only if they are about these weights.
    """
    judged = None if evaluation is None else _judged(evaluation, weights_hash)
    sections = (
        _head(model, details),
        _loading(model, details),
        _training(model),
        _parameters(model),
        _evaluation(evaluation, judged),
        _limits(model),
        _licence(model, details),
    )
    return markdown_card(_front_matter(model, details), (*sections[:3], _identity(model, weights_hash), *sections[3:]))


def _front_matter(model: TrainedModel, details: ModelCardDetails) -> dict[str, Any]:
    is_adapter = model.kind is WeightsKind.ADAPTER
    relation = "adapter" if is_adapter else "finetune"
    return {
        "license": details.licence,
        **({"language": list(details.languages)} if details.languages else {}),
        "library_name": "peft" if is_adapter else "transformers",
        "pipeline_tag": "text-generation",
        # The Hub links to a base model by its id; the path of a folder means nothing there.
        **({"base_model": model.base_model, "base_model_relation": relation} if _is_on_hub(model) else {}),
        **({"datasets": list(details.datasets)} if details.datasets else {}),
        "tags": ["llm-twin", *(each.method.value for each in model.stages), *(["lora"] if is_adapter else [])],
    }


def _head(model: TrainedModel, details: ModelCardDetails) -> str:
    made = ", then by ".join(_WHAT[each.method] for each in model.stages) or "nothing: it is the base model"
    text = (
        f"A language model that writes like the author whose texts it was trained on. It was made of "
        f"{_code(_shown_base(model))} by {made}. The folder holds {_HOLDS[model.kind]}."
    )
    return "\n\n".join(
        part for part in (f"# {markdown_line(details.title)}", text, details.description.strip()) if part
    )


def _loading(model: TrainedModel, details: ModelCardDetails) -> str:
    place = details.repository or "path/to/this/folder"
    load = (
        "from peft import AutoPeftModelForCausalLM\nfrom transformers import AutoTokenizer\n\n"
        f'model = AutoPeftModelForCausalLM.from_pretrained("{place}")  # loads the base model too\n'
        if model.kind is WeightsKind.ADAPTER
        else "from transformers import AutoModelForCausalLM, AutoTokenizer\n\n"
        f'model = AutoModelForCausalLM.from_pretrained("{place}")\n'
    )
    return (
        f'## Use\n\n```python\n{load}tokenizer = AutoTokenizer.from_pretrained("{place}")\n```\n\n'
        f"In LLM Twin set `HF_MODEL_ID={place}`: it asks the model with the prompts and the chat template that it was "
        "trained with, and refuses it if `contract.json` says that these were others. With another prompt it was not "
        "trained for what it is asked."
    )


def _training(model: TrainedModel) -> str:
    rows = [_stage(each) for each in model.stages]
    head = ("Stage", "Samples", "Steps", "Epochs", "Seconds", "Tokens/s", "Precision", "Loss", "Loss on the test side")
    data = [_data(each.method, each.dataset) for each in model.stages]
    if not rows:
        return ""
    columns = ("Stage", "Data set", "Training", "Test", "Content (SHA-256)", "Contract")
    stopped = [each.method.value for each in model.stages if each.stopped_early]
    told = f"\n\nStopped early, because the loss did not fall any more: {', '.join(stopped)}." if stopped else ""
    return f"## Training\n\n{markdown_table(head, rows)}{told}\n\n### Data\n\n{markdown_table(columns, data)}"


def _stage(stage: StageFigures) -> tuple[str, ...]:
    return (
        stage.method.value,
        f"{stage.dataset.train:,}",
        f"{stage.steps:,}",
        f"{stage.epochs:g}",
        f"{stage.seconds:,.0f}",
        f"{stage.tokens_per_second:,.0f}",
        stage.precision,
        _first_and_last(stage.values("loss")),
        _first_and_last(stage.values("eval_loss")),
    )


def _data(method: TrainingMethod, dataset: DatasetReference) -> tuple[str, ...]:
    return (
        method.value,
        dataset.name,
        f"{dataset.train:,}",
        f"{dataset.test:,}",
        dataset.content_hash,
        dataset.contract_hash or "not said",
    )


def _first_and_last(values: tuple[float, ...]) -> str:
    if not values:
        return "not measured"
    return f"{values[0]:.4g}" if len(values) == 1 else f"{values[0]:.4g} to {values[-1]:.4g}"


def _identity(model: TrainedModel, weights_hash: str) -> str:
    rows = [
        ("Weights (SHA-256)", weights_hash),
        ("Base model", _shown_base(model)),
        ("Revision of the base model", model.base_revision or "unknown"),
        ("Prompt contract", model.contract_hash),
        ("Version of the program", model.code_version or "unknown"),
    ]
    return f"### Identity\n\n{markdown_table(('What', 'Value'), rows)}"


def _parameters(model: TrainedModel) -> str:
    if not model.parameters:
        return ""
    text = json.dumps(dict(model.parameters), ensure_ascii=False, indent=2, default=str)
    shown = text if len(text) <= _MAX_PARAMETERS else f"{text[:_MAX_PARAMETERS]} ..."
    return (
        "### Parameters\n\nAll of them are in `training.json`.\n\n```json\n" + shown.replace("```", "` ` `") + "\n```"
    )


def _evaluation(evaluation: ModelEvaluation | None, judged: ModelScores | None) -> str:
    if evaluation is None:
        return "## Evaluation\n\nIt has not been evaluated. Nobody knows yet whether it is better than its base model."
    if judged is None:
        return "## Evaluation\n\nThe evaluation that lies beside it is about other weights, so it is not shown here."
    names = sorted({name for each in evaluation.models for name in each.scores})
    head = ("Score", *(each.model for each in evaluation.models))
    rows = [
        (name.replace("_", " "), *(_interval(each.scores.get(name)) for each in evaluation.models)) for name in names
    ]
    verdict = "\n\n".join(_verdict(evaluation))
    return (
        f"## Evaluation\n\nOn {evaluation.questions:,} questions and {evaluation.texts:,} held-out texts; it is "
        f"{_code(judged.model)}. Means, with their bootstrap intervals.\n\n{markdown_table(head, rows)}\n\n{verdict}"
        f"{_missing(evaluation)}"
    )


def _interval(score: ScoreInterval | None) -> str:
    return "not measured" if score is None else f"{score.value:.4g} ({score.low:.4g} to {score.high:.4g})"


def _verdict(evaluation: ModelEvaluation) -> Iterator[str]:
    verdict = evaluation.verdict
    if verdict is None:
        yield "No rule of promotion was set."
        return
    said = "passed" if verdict.is_promoted else "**did not pass**"
    yield f"{_code(verdict.candidate)}, compared with {_code(verdict.baseline)}, {said} the gate:"
    yield "\n".join(f"- {markdown_line(reason)}" for reason in verdict.reasons)


def _missing(evaluation: ModelEvaluation) -> str:
    lines = [
        f"- {markdown_line(each.model)}, {name.replace('_', ' ')}: "
        + ", ".join(f"{count:,} {markdown_line(reason)}" for reason, count in reasons.items())
        for each in evaluation.models
        for name, reasons in each.missing.items()
        if reasons
    ]
    return "\n\nWithout a score:\n\n" + "\n".join(lines) if lines else ""


def _limits(model: TrainedModel) -> str:
    samples = max((each.dataset.train for each in model.stages), default=0)
    few = (
        f"- It learned from {samples:,} samples. That is enough for a way of writing, not for knowledge.\n"
        if samples
        else ""
    )
    return (
        "## Limits\n\n"
        "- It makes statements that nobody has checked, in the words of a real person, who has not made them. Say that "
        "a model wrote them, and let answers that matter cite passages of the author.\n"
        f"{few}"
        "- It can repeat passages of its training texts word by word, personal details included. Do not share it with "
        "people who may not read those texts.\n"
        "- What its base model gets wrong, and whatever prejudice it has, is in it too. It was not tuned to refuse "
        "anything.\n"
        "- Its scores hold for the questions and texts that it was measured on, and for the prompts of its contract."
    )


def _licence(model: TrainedModel, details: ModelCardDetails) -> str:
    own = (
        "Nobody has said under which licence this may be used: ask the author before you do."
        if details.licence == UNKNOWN_LICENCE
        else f"{details.licence}."
    )
    base = (
        f"The base model is under {markdown_line(model.base_licence)}, which binds this one too."
        if model.base_licence
        else "The licence of the base model is not known; it binds this one too."
    )
    return f"## Licence\n\n{own} {base}"


def _judged(evaluation: ModelEvaluation, weights_hash: str) -> ModelScores | None:
    return next((each for each in evaluation.models if each.weights_hash == weights_hash), None)


def _shown_base(model: TrainedModel) -> str:
    """Return the base model without the folders of somebody's machine."""
    return model.base_model if _is_on_hub(model) else re.split(r"[/\\]", model.base_model.rstrip("/\\"))[-1]


def _is_on_hub(model: TrainedModel) -> bool:
    """Whether the base model is a repository: owner/name, and its revision no SHA-256, which only folders have."""
    is_folder = len(model.base_revision or "") == _SHA256_DIGITS
    return not is_folder and re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", model.base_model) is not None


def _code(text: str) -> str:
    return "`" + text.replace("`", "'") + "`"
