"""The generator that asks a language model keeps the promises of the SampleGenerator port."""

import pytest

from llm_engineering.application.datasets.generation import Writing
from llm_engineering.application.datasets.model_generator import ModelGenerator
from llm_engineering.application.datasets.replies import RepliesInMemory
from llm_engineering.application.prompts.registry import code_prompts
from llm_engineering.domain.samples import SampleKind
from tests.contracts.sample_generator import MakeGenerator, SampleGeneratorContract
from tests.support.datasets import CONTRACT, asked_about, good_reply
from tests.support.scripted_model import ScriptedModel


class TestModelGenerator(SampleGeneratorContract):
    @pytest.fixture
    def made_generator(self) -> MakeGenerator:
        def made(kind: SampleKind) -> ModelGenerator:
            return ModelGenerator(
                kind=kind,
                model=ScriptedModel(otherwise=lambda request: good_reply(kind, asked_about(request))),
                prompts=code_prompts(),
                replies=RepliesInMemory(),
                writing=Writing(),
                language_of=lambda _: "en",
                contract_hash=CONTRACT,
            )

        return made
