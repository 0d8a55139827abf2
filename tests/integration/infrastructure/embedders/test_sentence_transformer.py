"""What SentenceTransformerEmbedder does beyond its port, on small models that are made for it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from llm_engineering.domain.chunks import EmbeddingIdentity
from llm_engineering.infrastructure.embedders.model_folder import ModelUnreadableError
from llm_engineering.infrastructure.embedders.sentence_transformer import SentenceTransformerEmbedder
from tests.support.tiny_model import saved_tiny_model

pytestmark = pytest.mark.integration

USE_OF_THE_TOKENIZER: Final = """
import sys
from llm_engineering.infrastructure.factory import embedder
from llm_engineering.settings import Settings

model = embedder(Settings())
heavy = {"sentence_transformers", "torch", "transformers"} & set(sys.modules)
print(model.identity.dimension, len(model.tokenizer.offsets("one two")), sorted(heavy))
"""


@pytest.fixture(scope="module")
def saved_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_tiny_model(tmp_path_factory.mktemp("model"), prompts={})


@pytest.fixture
def folder(saved_model: Path, tmp_path: Path) -> Path:
    """Return a copy of the model that a test may change."""
    return shutil.copytree(saved_model, tmp_path / "tiny")


def with_prompts(folder: Path, prompts: dict[str, str]) -> SentenceTransformerEmbedder:
    changed(folder / "config_sentence_transformers.json", {"prompts": prompts})
    return SentenceTransformerEmbedder.from_model_id(str(folder))


def changed(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def test_the_identity_is_the_name_of_the_model_without_its_place(folder: Path) -> None:
    identity = SentenceTransformerEmbedder.from_model_id(f"{folder}/").identity

    assert identity == EmbeddingIdentity(model="tiny", dimension=16, precision="float32")


def test_until_a_text_is_embedded_the_heavy_libraries_are_not_imported() -> None:
    finished = subprocess.run([sys.executable, "-c", USE_OF_THE_TOKENIZER], check=True, capture_output=True, text=True)

    assert finished.stdout == "384 2 []\n"


@pytest.mark.parametrize("name", ["document", "passage"])
def test_the_prompt_is_put_before_each_document(name: str, folder: Path) -> None:
    plain = with_prompts(folder, {})
    expected = plain.embed_documents(["text: a b", "text: c"])

    rows = with_prompts(folder, {name: "text: "}).embed_documents(["a b", "c"])

    assert rows == pytest.approx(expected, abs=1e-6)
    assert np.abs(rows - plain.embed_documents(["a b", "c"])).max() > 1e-3


def test_the_prompt_of_questions_is_put_before_questions_only(folder: Path) -> None:
    plain = with_prompts(folder, {})
    question, document = plain.embed_query("query: a b"), plain.embed_documents(["a b"])

    embedder = with_prompts(folder, {"query": "query: "})

    assert embedder.embed_query("a b") == pytest.approx(question, abs=1e-6)
    assert embedder.embed_documents(["a b"]) == pytest.approx(document, abs=1e-6)
    assert embedder.tokenizer.special_tokens == 2


def test_vectors_of_another_length_than_the_files_say_are_refused(folder: Path) -> None:
    # Two ways of pooling side by side make vectors twice as long as the file says.
    changed(folder / "1_Pooling" / "config.json", {"pooling_mode": ["cls", "mean"]})
    embedder = SentenceTransformerEmbedder.from_model_id(str(folder))

    with pytest.raises(ModelUnreadableError, match="its files say 16 values, it has 32"):
        embedder.embed_query("a")


def test_a_model_without_a_fast_tokenizer_is_refused_before_it_is_loaded(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    embedder = SentenceTransformerEmbedder.from_model_id(str(folder))

    with pytest.raises(ModelUnreadableError, match=r"tokenizer\.json is missing.*Use a sentence-transformers model"):
        _ = embedder.tokenizer


def test_a_tokenizer_that_is_broken_is_told_with_its_folder(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{", encoding="utf-8")

    with pytest.raises(ModelUnreadableError, match=r"tokenizer\.json cannot be read \(") as refused:
        _ = SentenceTransformerEmbedder.from_model_id(str(folder)).tokenizer

    assert refused.value.folder == folder
