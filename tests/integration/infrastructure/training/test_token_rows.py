"""What is trained, what an evaluation asks and what is served are the same tokens."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from llm_engineering.application.train.checks import asked
from llm_engineering.application.train.program import checked_stages
from llm_engineering.application.train.trainer import StageJob
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.domain.samples import InstructSample, PreferenceSample
from llm_engineering.infrastructure.language_models.transformers_chat import TransformersChat
from llm_engineering.infrastructure.training.checkpoints import Checkpoints
from llm_engineering.infrastructure.training.models import without_known_warnings
from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer
from tests.support.tiny_chat_model import TEMPLATE, WITHOUT_SYSTEM, chat_tokenizer, saved_tiny_chat_model
from tests.support.training import NotedTraining, one_thread, sources, tiny_dpo, tiny_plan, tiny_sft

__all__ = ["one_thread"]

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("one_thread")]
CONTRACT = PromptContract(system_prompt="Speak of tides.", formats={"instruction": "Asked: {instruction}"})
ENDS_IN_NEWLINE = TEMPLATE.replace("<|end|>", "<|end|>\n")
"""Like that of ChatML: what stands behind the end of a reply is no part of it."""


@pytest.fixture(
    scope="module", params=[TEMPLATE, WITHOUT_SYSTEM, ENDS_IN_NEWLINE], ids=["plain", "no-system", "newline"]
)
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved_tiny_chat_model(tmp_path_factory.mktemp("base"), template=request.param)


def jobs(base: Path, folder: Path) -> list[StageJob]:
    plan = tiny_plan(base, folder, sft=tiny_sft(batch_size=12), dpo=tiny_dpo(batch_size=12))
    stages = checked_stages(plan, sources(plan), TrlTrainer(plan), CONTRACT)
    return [
        StageJob(
            method=stage.method,
            settings=plan.stages[stage.method],
            dataset=stage.dataset,
            train=stage.train,
            test=stage.test,
            start=None,
            folder=folder / stage.method,
        )
        for stage in stages
    ]


def batch(base: Path, job: StageJob, folder: Path) -> dict[str, list[list[int]]]:
    """Return the first batch as the model gets it: all samples of the training side."""
    plan = tiny_plan(base, folder, sft=tiny_sft(batch_size=12), dpo=tiny_dpo(batch_size=12))
    with without_known_warnings():
        trainer, _ = TrlTrainer(plan)._trainer(job, NotedTraining(), Checkpoints(folder / "checkpoints"))
    return {name: values.tolist() for name, values in next(iter(trainer.get_train_dataloader())).items()}


def served(base: Path, sample: InstructSample | PreferenceSample) -> list[int]:
    """Return the tokens that the model is asked with where it is served."""
    tokens: list[int] = TransformersChat(base)._prompt(asked(sample, CONTRACT))[0].tolist()
    return tokens


def replied(text: str) -> list[int]:
    """Return the tokens of a reply that ends."""
    return [*chat_tokenizer(None).encode(text), chat_tokenizer(None).convert_tokens_to_ids("<|end|>")]


def without_padding(rows: Sequence[Sequence[int]], mask: Sequence[Sequence[int]]) -> list[list[int]]:
    return [
        [token for token, is_read in zip(row, read, strict=True) if is_read]
        for row, read in zip(rows, mask, strict=True)
    ]


def test_sft_learns_the_reply_to_what_is_served(base: Path, tmp_path: Path) -> None:
    sft, _ = jobs(base, tmp_path)
    plan = tiny_plan(base, tmp_path)
    samples = [each for each in sources(plan)[sft.method].samples if each.split == "train"]
    expected = sorted((served(base, sample), replied(sample.answers[0])) for sample in samples)

    found = batch(base, sft, tmp_path)

    rows = without_padding(found["input_ids"], found["attention_mask"])
    assert sorted(rows) == sorted(prompt + reply for prompt, reply in expected)
    labels = without_padding(found["labels"], found["attention_mask"])
    assert sorted(labels) == sorted([-100] * len(prompt) + reply for prompt, reply in expected)


def test_dpo_compares_replies_to_what_is_served(base: Path, tmp_path: Path) -> None:
    _, dpo = jobs(base, tmp_path)
    plan = tiny_plan(base, tmp_path)
    samples = [each for each in sources(plan)[dpo.method].samples if each.split == "train"]
    expected = sorted((served(base, sample), replied(answer)) for sample in samples for answer in sample.answers)

    found = batch(base, dpo, tmp_path)

    rows = without_padding(found["input_ids"], found["attention_mask"])
    assert sorted(rows) == sorted(prompt + reply for prompt, reply in expected)
    marks = without_padding(found["completion_mask"], found["attention_mask"])
    assert sorted(marks) == sorted([0] * len(prompt) + [1] * len(reply) for prompt, reply in expected)


def test_a_system_prompt_is_read_whether_the_template_takes_it_or_not(base: Path, tmp_path: Path) -> None:
    sft, _ = jobs(base, tmp_path)

    text = str(chat_tokenizer(None).decode(list(sft.train[0].prompt)))

    assert "Speak of tides." in text
    assert "Asked: What is the" in text
    assert text.endswith("<|assistant|>")
