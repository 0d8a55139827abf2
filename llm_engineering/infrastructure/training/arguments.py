"""The settings of a stage as the arguments of TRL."""

from typing import TYPE_CHECKING, Any, Final

from llm_engineering.application.train.configuration import DpoStage, Precision, Schedule, TrainingPlan
from llm_engineering.application.train.trainer import StageJob

if TYPE_CHECKING:
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.sft_config import SFTConfig

CHECKPOINTS: Final = "checkpoints"
"""Folder of the checkpoints inside that of a stage."""
_SCHEDULES: Final = {
    Schedule.CONSTANT: "constant_with_warmup",
    Schedule.LINEAR: "linear",
    Schedule.COSINE: "cosine",
}


def trl_arguments(plan: TrainingPlan, job: StageJob, precision: Precision, *, is_new: bool) -> "SFTConfig | DPOConfig":
    """Return what TRL is told of a stage; every figure of it that the plan has comes from there.

    Args:
        plan: What the stages have in common.
        job: The stage.
        precision: In which it is computed: float32 or bfloat16.
        is_new: Whether it starts from its beginning.
    """
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.sft_config import SFTConfig

    common = _common(plan, job, precision, is_new=is_new)
    settings = job.settings
    if isinstance(settings, DpoStage):
        return DPOConfig(**common, beta=settings.beta)
    return SFTConfig(**common, packing=settings.packing, shuffle_dataset=False)


def _common(plan: TrainingPlan, job: StageJob, precision: Precision, *, is_new: bool) -> dict[str, Any]:
    import torch

    settings = job.settings
    is_measured = settings.evaluation_steps is not None
    return {
        "output_dir": str(job.folder / CHECKPOINTS),
        "learning_rate": settings.learning_rate,
        "lr_scheduler_type": _SCHEDULES[settings.schedule],
        "warmup_steps": settings.warmup_share,
        "weight_decay": settings.weight_decay,
        "max_grad_norm": settings.max_gradient_norm,
        "num_train_epochs": settings.epochs,
        "max_steps": settings.max_steps or -1,
        "per_device_train_batch_size": settings.batch_size,
        "per_device_eval_batch_size": settings.batch_size,
        "gradient_accumulation_steps": settings.accumulation,
        "activation_checkpointing": plan.gradient_checkpointing,
        "max_length": settings.max_length,
        "logging_steps": settings.logging_steps,
        "logging_first_step": True,
        "eval_strategy": "steps" if is_measured else "no",
        "eval_steps": settings.evaluation_steps,
        "eval_on_start": is_measured and is_new,
        "save_strategy": "steps",
        "save_steps": settings.save_steps,
        "load_best_model_at_end": settings.early_stopping is not None,
        "metric_for_best_model": "eval_loss" if settings.early_stopping is not None else None,
        "greater_is_better": False if settings.early_stopping is not None else None,
        # How long there was no better measurement is part of what a killed run goes on with.
        "restore_callback_states_from_checkpoint": settings.early_stopping is not None,
        "seed": plan.seed,
        "data_seed": plan.seed,
        # TRL would take bfloat16 by itself, whether the hardware has it or not.
        "bf16": precision is Precision.BFLOAT16,
        "dataloader_pin_memory": torch.cuda.is_available(),
        "report_to": "none",
        "disable_tqdm": True,
        "log_level": "error",
    }
