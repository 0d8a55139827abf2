"""The page on a trained model: how each stage went, curves, replies and what it was trained with."""

from collections.abc import Iterable
from html import escape
from typing import Final

from llm_engineering.domain.training import SampleReply, StageFigures, TrainedModel, TrainingMethod
from steps.figures import shown_value
from steps.training.plots import Points, curve_plot

_CURVES: Final = {
    TrainingMethod.SFT: {
        "Loss": {"training": "loss", "test side": "eval_loss"},
        "Share of tokens that are the likeliest ones": {
            "training": "mean_token_accuracy",
            "test side": "eval_mean_token_accuracy",
        },
        "Learning rate": {"learning rate": "learning_rate"},
    },
    TrainingMethod.DPO: {
        "Loss": {"training": "loss", "test side": "eval_loss"},
        "Preference margin": {"training": "rewards/margins", "test side": "eval_rewards/margins"},
        "Share of pairs whose good answer is preferred": {
            "training": "rewards/accuracies",
            "test side": "eval_rewards/accuracies",
        },
        "Rewards of the training side": {"good answer": "rewards/chosen", "worse answer": "rewards/rejected"},
        "Learning rate": {"learning rate": "learning_rate"},
    },
}
_STYLE: Final = """
:root { color-scheme: light dark; --accent: #1a66b3; --second: #c2660a; }
@media (prefers-color-scheme: dark) { :root { --accent: #7db8f5; --second: #f0a860; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 1.5rem; max-width: 62rem; }
h1 { font-size: 1.3rem; } h2 { font-size: 1.05rem; margin-top: 1.8rem; }
.quiet { opacity: .7; } figure { margin: 1.2rem 0; } figcaption { font-weight: 600; margin-bottom: .3rem; }
svg { max-width: 100%; height: auto; } svg text { fill: currentColor; font-size: 13px; }
.grid { stroke: currentColor; opacity: .3; } polyline { fill: none; stroke-width: 2; }
.line0 { stroke: var(--accent); } .line1 { stroke: var(--second); }
.dot0 { fill: var(--accent); } .dot1 { fill: var(--second); }
.table { overflow-x: auto; } table { border-collapse: collapse; }
tr { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
th, td { padding: .25rem 1.2rem .25rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; font: inherit; }
"""


def training_html(model: TrainedModel) -> str:
    """Return a page on a model. All text of others is escaped: it comes from the web and from models."""
    stages = "".join(map(_stage, model.stages))
    body = f"{_head(model)}{stages}{_replies(model.replies)}{_parameters(model)}"
    title = f"Trained model: {model.name}, {model.kind.value}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{body}</body></html>"
    )


def _head(model: TrainedModel) -> str:
    return _table([
        ("folder", model.folder),
        ("base model", model.base_model),
        ("its revision", model.base_revision or "unknown"),
        ("its licence", model.base_licence or "its card names none"),
        ("prompt contract", model.contract_hash),
        ("code", model.code_version or "unknown"),
    ])


def _stage(stage: StageFigures) -> str:
    data, memory = stage.dataset, stage.peak_memory_bytes
    notes = [
        *(["It stopped early: the loss on the test side had stopped falling."] if stage.stopped_early else []),
        *([f"It went on from step {stage.resumed_from_step:,}."] if stage.resumed_from_step is not None else []),
    ]
    rows = [
        ("data", f"{data.name}: {data.train:,} samples for training, {data.test:,} for testing"),
        ("its SHA-256", data.content_hash),
        ("its prompt contract", data.contract_hash or "it does not say"),
        ("steps", f"{stage.steps:,} ({stage.epochs:.2f} epochs)"),
        ("time", f"{stage.seconds:,.1f} s, {stage.tokens:,} tokens, {stage.tokens_per_second:,.0f} tokens/s"),
        ("memory", "unknown" if memory is None else f"{memory / 1e6:,.0f} MB at most"),
        ("precision", stage.precision),
    ]
    plots = "".join(
        curve_plot(title, {name: _points(stage, figure) for name, figure in curves.items()})
        for title, curves in _CURVES[stage.method].items()
    )
    said = "".join(f"<p>{escape(note)}</p>" for note in notes)
    return f"<h2>{stage.method.value.upper()}</h2>{said}{_table(rows)}{plots}{_last(stage)}"


def _points(stage: StageFigures, name: str) -> Points:
    return [(each.step, each.values[name]) for each in stage.history if name in each.values]


def _last(stage: StageFigures) -> str:
    last = {name: value for each in stage.history for name, value in each.values.items()}
    rows = _table((name, f"{value:.6g}") for name, value in sorted(last.items()))
    return f"<details><summary>All figures as they were measured last</summary>{rows}</details>"


def _replies(replies: Iterable[SampleReply]) -> str:
    shown = "".join(
        f"<h3>{escape(reply.method.value.upper())}: {escape(reply.instruction)}</h3>"
        f"{_table([('the model', reply.said or '(nothing)'), ('the author', reply.expected)])}"
        for reply in replies
    )
    return f"<h2>What the models say to instructions of the test side</h2>{shown}" if shown else ""


def _parameters(model: TrainedModel) -> str:
    rows = [(name, shown_value(value)) for name, value in _flat(model.parameters)]
    return f"<h2>Parameters</h2>{_table(rows)}" if rows else ""


def _flat(values: object, name: str = "") -> Iterable[tuple[str, object]]:
    if isinstance(values, dict):
        for key, value in values.items():
            yield from _flat(value, f"{name}.{key}" if name else str(key))
    else:
        yield name, values


def _table(rows: Iterable[tuple[str, str]]) -> str:
    lines = "".join(f"<tr><td>{escape(name)}</td><td><pre>{escape(value)}</pre></td></tr>" for name, value in rows)
    return f'<div class="table"><table>{lines}</table></div>'
