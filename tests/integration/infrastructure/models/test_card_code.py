"""What a card says about loading a model is run as it stands there."""

import re
from pathlib import Path
from typing import Any

import pytest

from llm_engineering.application.train.card import ModelCardDetails, model_card
from llm_engineering.domain.training import WeightsKind
from tests.support.model_registry import HASH_A, trained

pytestmark = [
    pytest.mark.integration,
    # peft 0.21 asks transformers 5 by a name that the next one drops.
    pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning"),
]


@pytest.fixture
def adapter(tiny_chat_model: Path, tmp_path: Path) -> Path:
    """Return the folder of a LoRA adapter of the tiny model, with the tokenizer beside it."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    base = AutoModelForCausalLM.from_pretrained(tiny_chat_model)
    model = get_peft_model(base, LoraConfig(r=2, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    model.save_pretrained(str(tmp_path / "adapter"))
    AutoTokenizer.from_pretrained(tiny_chat_model).save_pretrained(tmp_path / "adapter")
    return tmp_path / "adapter"


def loaded(folder: Path, kind: WeightsKind) -> dict[str, Any]:
    text = model_card(trained(folder, kind=kind), ModelCardDetails(), weights_hash=HASH_A)
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    exec(code.replace("path/to/this/folder", str(folder)), names)
    return names


def test_a_merged_model_is_loaded_as_its_card_says(tiny_chat_model: Path) -> None:
    names = loaded(tiny_chat_model, WeightsKind.MERGED)

    assert type(names["model"]).__name__ == "LlamaForCausalLM"
    assert names["tokenizer"].chat_template


def test_an_adapter_is_loaded_as_its_card_says(adapter: Path) -> None:
    names = loaded(adapter, WeightsKind.ADAPTER)

    assert type(names["model"]).__name__ == "PeftModelForCausalLM"
    assert names["model"].peft_config["default"].r == 2
    assert names["tokenizer"].chat_template
