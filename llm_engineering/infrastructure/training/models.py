"""Models as they are loaded for training, and the weights that become of them."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from llm_engineering.application.train.configuration import Precision, TrainingPlan, Tuning
from llm_engineering.infrastructure.training.errors import (
    PrecisionUnavailableError,
    QloraNeedsCudaError,
    SeveralGpusError,
    UnslothUnavailableError,
)

if TYPE_CHECKING:
    import torch

ADAPTER_CONFIG: Final = "adapter_config.json"


@contextmanager
def without_known_warnings() -> Iterator[None]:
    """Let the libraries be silent where they say nothing that a person could act on.

    PEFT 0.21 reads an attribute of models that transformers 5.23 has renamed, and warns at each reading. Transformers
    warns that Comet has no key, though another process speaks to Comet, and data sets show bars of a second.
    """
    from datasets.utils import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
    from transformers.utils import logging

    verbosity, has_bars = logging.get_verbosity(), not are_progress_bars_disabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    disable_progress_bars()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", message="`is_gradient_checkpointing` is deprecated", category=FutureWarning
            )
            yield
    finally:
        logging.set_verbosity(verbosity)
        if has_bars:
            enable_progress_bars()


def computed_precision(precision: Precision) -> Precision:
    """Return in which arithmetic a model is trained here.

    Raises:
        PrecisionUnavailableError: The one that is demanded cannot be had.
    """
    import torch

    has_bfloat16 = torch.cuda.is_available() and torch.cuda.is_bf16_supported(including_emulation=False)
    if precision is Precision.BFLOAT16 and not has_bfloat16:
        raise PrecisionUnavailableError
    if precision is Precision.AUTO:
        return Precision.BFLOAT16 if has_bfloat16 else Precision.FLOAT32
    return precision


def require_one_gpu_each() -> None:
    """Do nothing unless one process sees several GPUs.

    Raises:
        SeveralGpusError: It does: each needs a process of its own.
    """
    import torch
    from accelerate import PartialState

    number = torch.cuda.device_count()
    if number > 1 and PartialState().num_processes == 1:
        raise SeveralGpusError(number)


def is_spread() -> bool:
    """Return whether each process has a share of a model only."""
    from transformers.integrations.deepspeed import is_deepspeed_zero3_enabled
    from transformers.integrations.fsdp import is_fsdp_enabled

    return bool(is_deepspeed_zero3_enabled() or is_fsdp_enabled())  # type: ignore[no-untyped-call]  # untyped there


def require_devices(plan: TrainingPlan) -> None:
    """Do nothing if what a plan demands is there.

    Raises:
        PrecisionUnavailableError: The hardware does not compute in bfloat16.
        QloraNeedsCudaError: There is no GPU, or no bitsandbytes.
        UnslothUnavailableError: Unsloth is asked for and is not installed, or all weights are to be trained.
    """
    from importlib.util import find_spec

    import torch

    computed_precision(plan.precision)
    if plan.tuning is Tuning.QLORA:
        if not torch.cuda.is_available():
            raise QloraNeedsCudaError("a GPU with CUDA")
        if find_spec("bitsandbytes") is None:
            raise QloraNeedsCudaError("the library bitsandbytes")
    if plan.unsloth:
        if plan.tuning is Tuning.FULL:
            raise UnslothUnavailableError("all weights are to be trained, and it is used for adapters only")
        if find_spec("unsloth") is None:
            raise UnslothUnavailableError("it is not installed")


def loaded_for_training(plan: TrainingPlan, base: Path, start: Path | None, max_length: int) -> Any:  # noqa: ANN401
    """Return a model with the weights that are trained, from a base model or from what a stage made of it.

    Args:
        plan: Which weights are trained, and how.
        base: Folder of the base model.
        start: What the stage before made: an adapter, or all weights; None: the training starts from the base model.
        max_length: Most tokens of a sample.
    """
    from transformers import set_seed

    # The matrices of an adapter begin at random.
    set_seed(plan.seed)
    if plan.tuning is Tuning.FULL:
        # The weights stay in float32, whose small updates bfloat16 would lose; only the computation is in bfloat16.
        return _loaded(start or base, _dtype(Precision.FLOAT32))
    if plan.unsloth:
        return _loaded_by_unsloth(plan, base, start, max_length)
    model = _loaded(base, _dtype(computed_precision(plan.precision)), _quantization(plan))
    return _with_adapter(plan, model, start)


def merged_model(plan: TrainingPlan, base: Path, adapter: Path) -> Any:  # noqa: ANN401 - a model of transformers
    """Return a base model with an adapter added to its weights, in the precision that it was trained in, on the CPU.

    An adapter that was trained beside a model in 4 bits is added to that model as it is without them: adding it to the
    rounded weights would keep their error for good.
    """
    from peft import PeftModel
    from transformers.integrations.deepspeed import unset_hf_deepspeed_config

    # It would share out the weights among processes that do not take part.
    unset_hf_deepspeed_config()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    model = _loaded(base, _dtype(computed_precision(plan.precision)))
    return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload(safe_merge=True)


def name_base(adapter: Path, name: str, revision: str | None) -> None:
    """Write into an adapter which model it belongs to, as it was named: the folder that it was loaded from says little.

    Args:
        adapter: Folder of the adapter.
        name: Of the base model.
        revision: Commit on the Hub; None: it is no model of the Hub.
    """
    path = adapter / ADAPTER_CONFIG
    if path.is_file():
        config = json.loads(path.read_text(encoding="utf-8"))
        config |= {"base_model_name_or_path": name, "revision": revision}
        path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _dtype(precision: Precision) -> "torch.dtype":
    import torch

    return torch.bfloat16 if precision is Precision.BFLOAT16 else torch.float32


def _loaded(folder: Path, dtype: "torch.dtype", quantization: Any = None) -> Any:  # noqa: ANN401 - see above
    from transformers import AutoModelForCausalLM
    from transformers.utils import logging as transformers_logging

    # A bar for loading weights only flickers. The library leaves the function untyped.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    place = {} if quantization is None else {"device_map": {"": _device_index()}}
    return AutoModelForCausalLM.from_pretrained(
        str(folder), dtype=dtype, use_safetensors=True, quantization_config=quantization, **place
    )


def _device_index() -> int:
    from accelerate import PartialState

    return int(PartialState().local_process_index)


def _quantization(plan: TrainingPlan) -> Any:  # noqa: ANN401 - of an optional library
    if plan.tuning is not Tuning.QLORA:
        return None
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]  # the library leaves it untyped
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=_dtype(computed_precision(plan.precision)),
    )


def _with_adapter(plan: TrainingPlan, model: Any, start: Path | None) -> Any:  # noqa: ANN401 - see above
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers.integrations.deepspeed import is_deepspeed_zero3_enabled

    # ZeRO-3 gathers the adapter and a base model in bfloat16 together, which have to be of one type.
    is_shared_out = is_deepspeed_zero3_enabled()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    is_raised = not (is_shared_out and plan.tuning is Tuning.LORA)
    if start is not None:
        return PeftModel.from_pretrained(model, str(start), is_trainable=True, autocast_adapter_dtype=is_raised)
    targets = plan.lora.targets
    config = LoraConfig(
        r=plan.lora.r,
        lora_alpha=plan.lora.alpha,  # type: ignore[arg-type]  # the library takes fractions too
        lora_dropout=plan.lora.dropout,
        target_modules=targets if isinstance(targets, str) else list(targets),
        task_type="CAUSAL_LM",
    )
    return get_peft_model(model, config, autocast_adapter_dtype=is_raised)


def _loaded_by_unsloth(plan: TrainingPlan, base: Path, start: Path | None, max_length: int) -> Any:  # noqa: ANN401
    """Return a model with an adapter, loaded by Unsloth's own interface (docs.unsloth.ai)."""
    from importlib import import_module

    try:
        fast = import_module("unsloth").FastLanguageModel
    except (ImportError, NotImplementedError, RuntimeError) as error:
        raise UnslothUnavailableError(f"it cannot be imported ({error})") from error
    model, _ = fast.from_pretrained(
        model_name=str(start or base),
        max_seq_length=max_length,
        dtype=_dtype(computed_precision(plan.precision)),
        load_in_4bit=plan.tuning is Tuning.QLORA,
    )
    if start is not None:
        return model
    targets = plan.lora.targets
    return fast.get_peft_model(
        model,
        r=plan.lora.r,
        lora_alpha=plan.lora.alpha,
        lora_dropout=plan.lora.dropout,
        target_modules=targets if isinstance(targets, str) else list(targets),
        use_gradient_checkpointing="unsloth" if plan.gradient_checkpointing else False,
        random_state=plan.seed,
    )
