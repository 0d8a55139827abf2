"""The ways to compute a model with torch, and which of them this machine has."""

import platform
import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from llm_engineering.domain.errors import InvalidInputError

_CPUINFO: Final = Path("/proc/cpuinfo")
_NVIDIA: Final = Path("/proc/driver/nvidia/gpus")
_BFLOAT16_FLAGS: Final = frozenset({"avx512_bf16", "amx_bf16"})
"""Instructions that multiply bfloat16 (Linux names them so). Without them torch computes it about 100 times slower."""


class Backend(StrEnum):
    """A device and the arithmetic that a model is computed in on it."""

    CPU_FLOAT32 = "cpu-float32"
    CPU_BFLOAT16 = "cpu-bfloat16"
    CUDA_FLOAT32 = "cuda-float32"
    CUDA_BFLOAT16 = "cuda-bfloat16"

    @property
    def device(self) -> str:
        """The device as torch names it."""
        return self.value.partition("-")[0]

    @property
    def precision(self) -> str:
        """The arithmetic as torch names it."""
        return self.value.partition("-")[2]


class BackendUnavailableError(InvalidInputError):
    """A backend was asked for that this machine does not have."""

    def __init__(self, backend: Backend, available: tuple[Backend, ...]) -> None:
        super().__init__(
            f"TEXT_EMBEDDING_BACKEND is {backend.value!r}, which this machine cannot compute; it has "
            f"{', '.join(available)}.",
            remedy="Set it to one of these, or to 'auto'.",
        )
        self.backend = backend
        self.available = available


@dataclass(frozen=True, slots=True)
class Processor:
    """What the operating system says of the processor."""

    name: str
    flags: frozenset[str]
    """Its instruction sets as Linux names them; empty on other systems."""

    @property
    def multiplies_bfloat16(self) -> bool:
        """Whether it has instructions for bfloat16."""
        return not self.flags.isdisjoint(_BFLOAT16_FLAGS)


def this_processor(cpuinfo: Path = _CPUINFO) -> Processor:
    """Return the processor of this machine."""
    text = cpuinfo.read_text(encoding="utf-8", errors="replace") if cpuinfo.is_file() else ""
    name = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    flags = re.search(r"^flags\s*:\s*(.+)$", text, re.MULTILINE)
    return Processor(
        name[1].strip() if name else platform.processor() or platform.machine(),
        frozenset(flags[1].split()) if flags else frozenset(),
    )


def available_backends(processor: Processor) -> tuple[Backend, ...]:
    """Return what this machine can compute well, CUDA first; float32 on the CPU is always there."""
    cpu = [Backend.CPU_BFLOAT16] if processor.multiplies_bfloat16 else []
    return (*_cuda_backends(), *cpu, Backend.CPU_FLOAT32)


def _cuda_backends() -> list[Backend]:
    import torch

    if not torch.cuda.is_available():
        return []
    emulated = not torch.cuda.is_bf16_supported(including_emulation=False)
    return [Backend.CUDA_FLOAT32] if emulated else [Backend.CUDA_BFLOAT16, Backend.CUDA_FLOAT32]


def graphics_cards(drivers: Path = _NVIDIA) -> tuple[str, ...]:
    """Return the names of the NVIDIA cards as their driver lists them, without torch; none on other systems."""
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(drivers.glob("*/information"))]
    return tuple(found[1].strip() for text in texts if (found := re.search(r"^Model:(.+)$", text, re.MULTILINE)))
