"""SentenceTransformerEmbedder keeps the promises of the Embedder port, whatever model it has."""

import pytest

from llm_engineering.application.ports import Embedder
from llm_engineering.infrastructure.embedders.sentence_transformer import SentenceTransformerEmbedder
from tests.contracts.embedder import EmbedderContract
from tests.support.tiny_model import saved_tiny_model

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def packaged_model() -> Embedder:
    return SentenceTransformerEmbedder.from_model_id("sentence-transformers/all-MiniLM-L6-v2")


@pytest.fixture(scope="module")
def model_with_prompts(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    folder = saved_tiny_model(tmp_path_factory.mktemp("model"), {"query": "query: ", "document": "text: "})
    return SentenceTransformerEmbedder.from_model_id(str(folder))


class TestPackagedModel(EmbedderContract):
    """Its tokenizer.json was saved to cut at 128 tokens and to pad, though the model reads 256."""

    @pytest.fixture
    def embedder(self, packaged_model: Embedder) -> Embedder:
        return packaged_model

    def test_it_reads_256_tokens(self, embedder: Embedder) -> None:
        assert (embedder.tokenizer.max_tokens, embedder.tokenizer.special_tokens) == (256, 2)


class TestModelWithPrompts(EmbedderContract):
    """The words of the prompt take the place of words of the text."""

    @pytest.fixture
    def embedder(self, model_with_prompts: Embedder) -> Embedder:
        return model_with_prompts

    def test_its_prompt_takes_two_of_its_32_tokens(self, embedder: Embedder) -> None:
        assert (embedder.tokenizer.max_tokens, embedder.tokenizer.special_tokens) == (32, 4)
