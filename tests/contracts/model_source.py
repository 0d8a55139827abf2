"""What every `ModelSource` promises, as tests: a suite subclasses this and defines the fixture `source`.

It knows the model "base" of the folder "models/base", which can say how likely texts are.
"""

import asyncio

import pytest

from llm_engineering.application.answer.asking import AnswerDone, Question
from llm_engineering.application.evaluate.model_scoring.configuration import EvaluatedModel
from llm_engineering.application.evaluate.model_scoring.source import ModelSource

BASE = EvaluatedModel(name="base", folder="models/base")


async def _answered(source: ModelSource, times: int) -> list[tuple[str, str, str]]:
    """Return name, fingerprint and answer of a model that is opened anew for each question."""
    found = []
    for _ in range(times):
        async with source.answerer(BASE) as running:
            events = [event async for event in running.answerer.events(Question(query="What is the tide?", limit=1))]
        last = events[-1]
        assert isinstance(last, AnswerDone)
        found.append((running.name, running.fingerprint, last.answer.text))
    return found


class ModelSourceContract:
    """Holds for everything that opens the models of an evaluation."""

    @pytest.fixture
    def source(self) -> ModelSource:
        raise NotImplementedError

    def test_a_model_can_be_opened_again_and_is_still_the_same(self, source: ModelSource) -> None:
        first, second = asyncio.run(_answered(source, 2))

        assert first == second
        assert first[0] == "base"
        assert first[2]

    def test_it_says_where_and_which_the_weights_are(self, source: ModelSource) -> None:
        assert source.place(BASE) == "models/base"
        assert source.weights_hash(BASE) == source.weights_hash(BASE)
        assert source.weights_hash(BASE)

    def test_it_reads_texts(self, source: ModelSource) -> None:
        assert source.reading_fingerprint(BASE) == source.reading_fingerprint(BASE)
        assert source.reader(BASE).likelihood("The tide.").nats > 0
