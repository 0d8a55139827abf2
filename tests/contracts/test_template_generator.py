"""The generator without a model keeps the promises of the SampleGenerator port."""

import pytest

from llm_engineering.application.datasets.template_generator import TemplateGenerator
from llm_engineering.infrastructure.factory import term_encoder
from tests.contracts.sample_generator import MakeGenerator, SampleGeneratorContract
from tests.support.datasets import CONTRACT


class TestTemplateGenerator(SampleGeneratorContract):
    @pytest.fixture
    def made_generator(self) -> MakeGenerator:
        return lambda kind: TemplateGenerator(kind, term_encoder(), lambda _: "en", CONTRACT)
