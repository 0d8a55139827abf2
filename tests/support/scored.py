"""Models of an evaluation that say what a test tells them to, and readers that know how likely texts are."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from llm_engineering.application.evaluate.model_scoring.answering import ModelAnswerer
from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel, ModelEvaluating, Speaking
from llm_engineering.application.evaluate.model_scoring.likelihood import EmptyTextError, Likelihood, TextReader
from llm_engineering.application.evaluate.model_scoring.overlap import Rouge
from llm_engineering.application.evaluate.model_scoring.questions import EvaluatedQuestion, QuestionOrigin
from llm_engineering.application.experiments.running import RunningVariant
from llm_engineering.domain.prompt_contracts import PromptContract
from tests.support.scripted_model import Script, ScriptedModel

ANSWERS = (
    "Silk is what a worm spins around itself before it becomes a moth.",
    "Wool is what a sheep grows, and what a shepherd shears in spring.",
)
QUESTIONS = tuple(
    EvaluatedQuestion(
        id=f"q{number}", text=f"What of {subject}?", origin=QuestionOrigin.HELD_OUT, reference=ANSWERS[number]
    )
    for number, subject in enumerate(("silk", "wool"))
)


def evaluating(**changes: Any) -> ModelEvaluating:
    """Return an evaluation of "base" and "sft", without perplexity."""
    fields: dict[str, Any] = {
        "models": [{"name": name, "folder": f"models/{name}"} for name in ("base", "sft")],
        "baseline": "base",
        "candidate": "sft",
        "perplexity": None,
    }
    return ModelEvaluating.model_validate({**fields, **changes})


class LetterReader:
    """Finds each byte as likely as another one of 256: eight bits for each."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def likelihood(self, text: str) -> Likelihood:
        self.read.append(text)
        if not text:
            raise EmptyTextError
        number = len(text.encode())
        return Likelihood(tokens=number, utf8_bytes=number, nats=number * 5.545177444479562)


class WordSetOverlap:
    """Compares the sets of words: the share of those that both have, the same for all three figures."""

    def rouge(self, expected: str, said: str) -> Rouge:
        one, other = set(expected.lower().split()), set(said.lower().split())
        share = 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
        return Rouge(rouge_1=share, rouge_2=share, rouge_l=share)


@dataclass
class ScriptedSource:
    """Opens scripted models; counts how many are open at a time."""

    says: Mapping[str, Callable[[str], Script]]
    """What each model says to a question."""
    readers: Mapping[str, LetterReader] = field(default_factory=dict)
    models: dict[str, ScriptedModel] = field(default_factory=dict)
    """The ones that were opened, by name."""
    open_now: int = 0
    most_open: int = 0

    def place(self, model: EvaluatedModel) -> str:
        return str(model.folder)

    def weights_hash(self, model: EvaluatedModel) -> str | None:
        return f"hash of {model.name}"

    @asynccontextmanager
    async def answerer(self, model: EvaluatedModel) -> AsyncIterator[RunningVariant]:
        says = self.says[model.name]
        scripted = ScriptedModel(otherwise=lambda request: says(request.question or ""), name=model.name)
        self.models[model.name] = scripted
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            answerer = ModelAnswerer(scripted, PromptContract(), Speaking(), lambda: 0.0)
            yield RunningVariant(model.name, f"print of {model.name}", answerer, 1)
        finally:
            self.open_now -= 1
            await scripted.close()

    def reading_fingerprint(self, model: EvaluatedModel) -> str | None:
        return f"print of {model.name}" if model.name in self.readers else None

    def reader(self, model: EvaluatedModel) -> TextReader:
        return self.readers[model.name]


@contextmanager
def quiet_progress(_title: str, _total: int) -> Iterator[Callable[[int], None]]:
    """Show nothing."""
    yield lambda _advanced: None


def asked_of(source: ScriptedSource, name: str) -> Sequence[str]:
    """Return what a model was asked."""
    return [request.messages[-1].content for request in source.models[name].requests]
