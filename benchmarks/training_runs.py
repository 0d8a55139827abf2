"""One run of a training, ours or TRL's plain script, in a process of its own: `benchmarks/training.py` starts it."""

import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from llm_engineering.application.train.checks import StageSource
from llm_engineering.application.train.configuration import DpoStage, SftStage, TrainingPlan
from llm_engineering.application.train.program import checked_stages, trained_model
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.domain.samples import InstructSample, PreferenceSample, Sample
from llm_engineering.domain.training import TrainingMethod

ROLES: Final = ("ours", "plain")
_TEMPLATE: Final = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_MARKS: Final = ("<pad>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>")
_UNKNOWN: Final = "<unk>"
_SEED: Final = 1
_LORA: Final = 16


@dataclass(frozen=True, slots=True)
class Size:
    """A model and what it is trained on."""

    vocabulary: int
    hidden: int
    inner: int
    layers: int
    heads: int
    words: int
    """Of each answer."""
    batch: int
    samples: int


SIZES: Final = {
    "tiny": Size(vocabulary=2_000, hidden=128, inner=352, layers=4, heads=4, words=60, batch=8, samples=160),
    # The shape of Llama 3.2 1B, but for its vocabulary.
    "1b": Size(vocabulary=32_000, hidden=2_048, inner=8_192, layers=16, heads=32, words=400, batch=8, samples=320),
}


class Clock:
    """Measures a stage from the end of its first step, so that neither loading nor warming up counts."""

    def __init__(self) -> None:
        self.first = self.last = 0.0
        self.first_computed = self.last_computed = 0.0
        """Processor seconds, which neighbours do not lengthen."""
        self.steps = 0

    def step(self, number: int) -> None:
        """Note that a step ended."""
        if number == 1:
            self.first, self.first_computed = time.perf_counter(), time.process_time()
        self.last, self.last_computed, self.steps = time.perf_counter(), time.process_time(), number


def prepared(folder: Path, size: Size) -> None:
    """Write the model with random weights to `folder/base`."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    names = [*_MARKS, _UNKNOWN, *(f"w{number}" for number in range(size.vocabulary - len(_MARKS) - 1))]
    words = Tokenizer(models.WordLevel({name: number for number, name in enumerate(names)}, unk_token=_UNKNOWN))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # the library leaves it untyped
        tokenizer_object=words,
        pad_token=_MARKS[0],
        eos_token=_MARKS[1],
        unk_token=_UNKNOWN,
        model_max_length=1024,
    )
    tokenizer.add_special_tokens({"additional_special_tokens": list(_MARKS[2:])})
    tokenizer.chat_template = _TEMPLATE
    torch.manual_seed(_SEED)
    config = LlamaConfig(
        vocab_size=size.vocabulary,
        hidden_size=size.hidden,
        intermediate_size=size.inner,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        num_key_value_heads=size.heads // 4,
        max_position_embeddings=1024,
        bos_token_id=None,
        eos_token_id=1,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder / "base")
    tokenizer.save_pretrained(folder / "base")


def samples(size: Size) -> dict[TrainingMethod, tuple[Sample, ...]]:
    """Return samples of random words: the lengths of their answers lie between half of `size.words` and all of it."""
    import random

    chance = random.Random(_SEED)  # noqa: S311 - no secret

    def text(words: int) -> str:
        return " ".join(f"w{chance.randrange(size.vocabulary - len(_MARKS) - 1)}" for _ in range(words))

    def answer() -> str:
        return text(chance.randint(size.words // 2, size.words))

    numbers = range(size.samples)
    return {
        TrainingMethod.SFT: tuple(InstructSample(id=f"{n}", instruction=text(12), answer=answer()) for n in numbers),
        TrainingMethod.DPO: tuple(
            PreferenceSample(id=f"{n}", instruction=text(12), chosen=answer(), rejected=answer()) for n in numbers
        ),
    }


def ours(size: Size, steps: int, place: Path, base: Path) -> dict[str, Any]:
    """Train by the program of the project."""
    from llm_engineering.infrastructure.training.trl_trainer import TrlTrainer

    common: dict[str, Any] = {
        "max_steps": steps,
        "batch_size": size.batch,
        "accumulation": 1,
        "warmup_share": 0.0,
        "evaluation_steps": None,
        "logging_steps": steps,
        "save_steps": steps // 2 + 1,
    }
    plan = TrainingPlan(
        base_model=str(base),
        lora={"r": _LORA, "alpha": 2 * _LORA, "dropout": 0.0},
        sft=SftStage(**common),
        dpo=DpoStage(**common),
        saving={"folder": str(place), "merged": False, "sample_replies": 0},
    )
    trainer = TrlTrainer(plan)
    contract = PromptContract()
    sources = {method: StageSource(name="random", samples=given) for method, given in samples(size).items()}
    stages = checked_stages(plan, sources, trainer, contract)
    clocks = {method: Clock() for method in sources}
    model = trained_model(
        plan,
        stages,
        trainer=trainer,
        contract=contract,
        folder=place,
        on_progress=lambda progress: clocks[progress.method].step(progress.step),
    )
    return {
        stage.method.value: _figures(clocks[stage.method], stage.tokens, stage.peak_memory_bytes or 0)
        for stage in model.stages
    }


def plain(size: Size, steps: int, place: Path, base: Path) -> dict[str, Any]:
    """Train as the examples of TRL do: messages go in, adapters come out."""
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    from llm_engineering.infrastructure.training.listening import peak_memory_bytes

    class Timed(TrainerCallback):
        def __init__(self, clock: Clock) -> None:
            self.clock = clock

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ANN401, ARG002
            self.clock.step(state.global_step)

    has_gpu = torch.cuda.is_available()
    common: dict[str, Any] = {
        "max_steps": steps,
        "per_device_train_batch_size": size.batch,
        "bf16": has_gpu,
        "activation_checkpointing": False,
        "save_strategy": "no",
        "logging_steps": steps,
        "report_to": "none",
        "seed": 42,
        "lr_scheduler_type": "cosine",
        "max_length": 1024,
        "dataloader_pin_memory": has_gpu,
    }
    tokenizer = AutoTokenizer.from_pretrained(base)
    lora = LoraConfig(r=_LORA, lora_alpha=2 * _LORA, target_modules="all-linear", task_type="CAUSAL_LM")
    given, figures = samples(size), {}
    dtype = torch.bfloat16 if has_gpu else torch.float32
    model: Any = AutoModelForCausalLM.from_pretrained(base, dtype=dtype)
    stages: tuple[tuple[TrainingMethod, Any, Any], ...] = (
        (TrainingMethod.SFT, SFTTrainer, SFTConfig(output_dir=str(place / "sft"), learning_rate=2e-4, **common)),
        (TrainingMethod.DPO, DPOTrainer, DPOConfig(output_dir=str(place / "dpo"), learning_rate=5e-6, **common)),
    )
    for method, trainer_type, config in stages:
        clock = Clock()
        trainer: Any = trainer_type(
            model=model,
            args=config,
            train_dataset=Dataset.from_list([_messages(sample) for sample in given[method]]),
            processing_class=tokenizer,
            peft_config=lora if method is TrainingMethod.SFT else None,
            callbacks=[Timed(clock)],
        )
        trainer.train()
        figures[method.value] = _figures(clock, trainer._total_train_tokens, peak_memory_bytes())
        model = trainer.model
    return figures


def _messages(sample: Sample) -> dict[str, Any]:
    asked = [{"role": "user", "content": sample.instruction}]
    said = [[{"role": "assistant", "content": answer}] for answer in sample.answers]
    names = ("completion",) if isinstance(sample, InstructSample) else ("chosen", "rejected")
    return {"prompt": asked, **dict(zip(names, said, strict=True))}


def _figures(clock: Clock, tokens: int, memory: int) -> dict[str, Any]:
    # The first step's share of the tokens is left out with its time: all have about as many.
    counted = tokens * (clock.steps - 1) / clock.steps
    return {
        "tokens_per_second": counted / (clock.last - clock.first),
        "tokens_per_cpu_second": counted / (clock.last_computed - clock.first_computed),
        "peak_memory_mb": round(memory / 1e6),
    }


def main(role: str, size: str, steps: str, place: str, folder: str) -> None:
    """Run one of both, and print its figures as the last line."""
    run = {"ours": ours, "plain": plain}[role]
    print(json.dumps(run(SIZES[size], int(steps), Path(place), Path(folder) / "base")))


if __name__ == "__main__":
    main(*sys.argv[1:])
