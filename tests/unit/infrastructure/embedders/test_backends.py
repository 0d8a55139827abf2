from pathlib import Path

import pytest

from llm_engineering.infrastructure.embedders.backends import (
    Backend,
    Processor,
    available_backends,
    graphics_cards,
    this_processor,
)

CPUINFO = """processor\t: 0
model name\t: Fast Chip 9000
flags\t\t: fpu avx512f {flag}

processor\t: 1
model name\t: Fast Chip 9000
flags\t\t: fpu avx512f {flag}
"""


@pytest.mark.parametrize(("flag", "multiplies"), [("avx512_bf16", True), ("amx_bf16", True), ("avx512_vnni", False)])
def test_a_processor_is_read_from_what_linux_says(flag: str, multiplies: bool, tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text(CPUINFO.format(flag=flag), encoding="utf-8")

    processor = this_processor(tmp_path / "cpuinfo")

    assert processor == Processor("Fast Chip 9000", frozenset({"fpu", "avx512f", flag}))
    assert processor.multiplies_bfloat16 is multiplies


def test_elsewhere_nothing_is_taken_for_granted(tmp_path: Path) -> None:
    processor = this_processor(tmp_path / "not there")

    assert processor.flags == frozenset()
    assert processor.name


@pytest.mark.parametrize(
    ("flags", "expected"),
    [({"avx512_bf16"}, (Backend.CPU_BFLOAT16, Backend.CPU_FLOAT32)), ({"avx2"}, (Backend.CPU_FLOAT32,))],
)
def test_bfloat16_is_there_where_the_processor_multiplies_it(flags: set[str], expected: tuple[Backend, ...]) -> None:
    available = available_backends(Processor("chip", frozenset(flags)))

    assert tuple(backend for backend in available if backend.device == "cpu") == expected


def test_a_backend_is_a_device_and_a_precision() -> None:
    assert (Backend.CUDA_BFLOAT16.device, Backend.CUDA_BFLOAT16.precision) == ("cuda", "bfloat16")


def test_graphics_cards_are_named_by_their_driver(tmp_path: Path) -> None:
    (tmp_path / "0000:01:00.0").mkdir()
    (tmp_path / "0000:01:00.0" / "information").write_text("Model: \t\t NVIDIA H200\nIRQ: 1\n", encoding="utf-8")

    assert graphics_cards(tmp_path) == ("NVIDIA H200",)
    assert graphics_cards(tmp_path / "not there") == ()
