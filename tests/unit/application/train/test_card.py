import re

import yaml

from llm_engineering.application.train.card import ModelCardDetails, model_card
from llm_engineering.domain.model_scores import ModelEvaluation
from llm_engineering.domain.training import TrainedModel, WeightsKind
from tests.support.model_registry import CONTRACT, HASH_A, HASH_B, evaluated, trained


def card(model: TrainedModel | None = None, evaluation: ModelEvaluation | None = None, **details: object) -> str:
    said = ModelCardDetails.model_validate(details)
    return model_card(model or trained(), said, weights_hash=HASH_A, evaluation=evaluation)


def front(text: str) -> dict[str, object]:
    found: dict[str, object] = yaml.safe_load(text.split("---\n", 2)[1])
    return found


def test_the_front_matter_is_what_the_hub_reads() -> None:
    text = card(licence="cc-by-4.0", languages=("en", "de"), datasets=("me/twin-instruct",), title="Ada: a twin")

    assert front(text) == {
        "license": "cc-by-4.0",
        "language": ["en", "de"],
        "library_name": "peft",
        "pipeline_tag": "text-generation",
        "base_model": "acme/tiny-llama",
        "base_model_relation": "adapter",
        "datasets": ["me/twin-instruct"],
        "tags": ["llm-twin", "sft", "dpo", "lora"],
    }


def test_the_hub_s_own_library_reads_the_card() -> None:
    from huggingface_hub import ModelCard

    data = ModelCard(card(trained(kind=WeightsKind.MERGED), licence="mit")).data

    read = [data.get(name) for name in ("license", "library_name", "base_model")]
    assert read == ["mit", "transformers", "acme/tiny-llama"]
    assert data.get("base_model_relation") == "finetune"


def test_a_base_model_in_a_folder_is_named_without_its_path() -> None:
    local = trained().model_copy(update={"base_model": "/home/ada/private/tiny", "base_revision": None})
    relative = trained().model_copy(update={"base_model": "models/tiny", "base_revision": "e" * 64})

    for text in (card(local), card(relative)):
        assert "base_model" not in front(text)
        assert "/home/ada" not in text
        assert "made of `tiny` by supervised fine-tuning" in text


def test_it_says_how_the_model_is_loaded() -> None:
    adapter, merged = card(repository="me/ada"), card(trained(kind=WeightsKind.MERGED))

    assert 'AutoPeftModelForCausalLM.from_pretrained("me/ada")' in adapter
    assert "set `HF_MODEL_ID=me/ada`" in adapter
    assert 'AutoModelForCausalLM.from_pretrained("path/to/this/folder")' in merged
    assert "peft" not in merged


def test_it_says_what_the_model_is_made_of() -> None:
    text = card()

    assert "| sft | 120 | 30 | 2 | 60 | 100 | float32 | 2.5 to 1.25 | 2 to 1.5 |" in text
    assert "| dpo | 120 | 30 | 2 | 60 | 100 | float32 | 0.69 | not measured |" in text
    assert f"| sft | datasets/instruct | 120 | 12 | {'1' * 64} | {CONTRACT} |" in text
    assert f"| Weights (SHA-256) | {HASH_A} |" in text
    assert f"| Prompt contract | {CONTRACT} |" in text
    assert '"learning_rate": 0.0002' in text
    assert "The base model is under apache-2.0, which binds this one too." in text


def test_scores_stand_in_it_only_if_they_are_of_these_weights() -> None:
    assert "It has not been evaluated." in card()
    assert "is about other weights" in card(evaluation=evaluated(HASH_B))
    assert "0.8" not in card(evaluation=evaluated(HASH_B))

    text = card(evaluation=evaluated(HASH_A, is_promoted=False, reasons=("style | 0.4 < 0.6",)))

    assert "| Score | base | dpo |" in text
    assert "| perplexity | not measured | 0.8 (0.7 to 0.9) |" in text
    assert "`dpo`, compared with `base`, **did not pass** the gate:" in text
    assert r"- style \| 0.4 \< 0.6" in text
    assert r"- dpo, perplexity: 2 empty\_answer" in text


def test_an_evaluation_without_a_rule_says_so() -> None:
    assert "No rule of promotion was set." in card(evaluation=evaluated(HASH_A).model_copy(update={"verdict": None}))


def test_limits_are_told() -> None:
    text = card()

    assert "It learned from 120 samples." in text
    assert "repeat passages of its training texts word by word" in text
    assert "ask the author before you do" in text
    assert "licence of the base model is not known" in card(trained().model_copy(update={"base_licence": None}))


def test_parameters_cannot_break_out_of_their_fence() -> None:
    text = card(trained().model_copy(update={"parameters": {"note": "```\n# Owned", "long": "x" * 9_000}}))

    assert text.count("```json") == 1
    assert not re.search(r"^# Owned", text, re.MULTILINE)
    assert len(text) < 9_000


def test_a_base_model_without_a_stage_has_a_card() -> None:
    assert "## Training" not in card(trained().model_copy(update={"stages": ()}))
