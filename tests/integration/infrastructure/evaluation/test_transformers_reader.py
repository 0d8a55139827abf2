"""Likelihoods of texts by a model with random weights, beside a direct computation."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from llm_engineering.infrastructure.evaluation.transformers_reader import TransformersReader, windows
from llm_engineering.infrastructure.language_models.transformers_chat import UnusableChatModelError
from tests.support.tiny_chat_model import saved_tiny_chat_model

pytestmark = pytest.mark.integration

TEXT = "The glass tide comes in twice a day. What is the tide? It rises and it falls by the moon."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_tiny_chat_model(tmp_path_factory.mktemp("model") / "tiny")


def loaded(folder: Path) -> Any:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()  # type: ignore[no-untyped-call]


def nats_by_hand(folder: Path, text: str, seen: int) -> tuple[int, float]:
    """Return tokens and -ln p, each token predicted by a call of its own from all or at most `seen` tokens."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = loaded(folder)
    row = [tokenizer.eos_token_id, *tokenizer(text, add_special_tokens=False)["input_ids"]]
    total = 0.0
    with torch.no_grad():
        for place in range(1, len(row)):
            before = torch.tensor([row[max(0, place - seen) : place]])
            total -= float(torch.log_softmax(model(before).logits[0, -1].double(), -1)[row[place]])
    return len(row) - 1, total


def test_within_one_window_it_is_the_sum_over_all_tokens(folder: Path) -> None:
    tokens, nats = nats_by_hand(folder, TEXT, seen=10_000)

    found = TransformersReader(folder, 256).likelihood(TEXT)

    assert tokens == 24
    assert found.tokens == tokens
    assert found.nats == pytest.approx(nats, rel=1e-5)
    assert found.utf8_bytes == 89


def test_over_windows_each_token_is_predicted_once_from_what_its_window_shows(folder: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = loaded(folder)
    row = [tokenizer.eos_token_id, *tokenizer(TEXT, add_special_tokens=False)["input_ids"]][:21]
    text = str(tokenizer.decode(row[1:]))
    total = 0.0
    # 21 tokens in windows of 8: the first shows 0 to 7; each later one shows four tokens again and predicts four more.
    for begin, first, end in [(0, 1, 8), (4, 8, 12), (8, 12, 16), (12, 16, 20), (16, 20, 21)]:
        with torch.no_grad():
            logits = torch.log_softmax(model(torch.tensor([row[begin:end]])).logits[0].double(), -1)
        total -= sum(float(logits[place - 1 - begin, row[place]]) for place in range(first, end))

    found = TransformersReader(folder, 8).likelihood(text)

    assert found.tokens == 20
    assert found.nats == pytest.approx(total, rel=1e-5)


@pytest.mark.parametrize(("length", "window"), [(2, 2), (2, 8), (9, 8), (21, 8), (100, 7), (57, 2), (300, 256)])
def test_windows_predict_every_token_once_from_half_a_window_or_more(length: int, window: int) -> None:
    found = windows(length, window)

    assert [place for _, first, end in found for place in range(first, end)] == list(range(1, length))
    assert all(end - begin <= window for begin, _, end in found)
    assert all(first - begin >= window // 2 for begin, first, _ in found[1:])


def test_a_window_is_no_longer_than_the_context(folder: Path) -> None:
    long = TEXT * 12

    assert TransformersReader(folder, 4096).likelihood(long) == TransformersReader(folder, 256).likelihood(long)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnusableChatModelError, match="its tokenizer cannot be loaded"):
        TransformersReader(tmp_path, 64).likelihood(TEXT)
