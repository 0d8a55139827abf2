import pytest

from llm_engineering.infrastructure.embedders.backends import Backend
from llm_engineering.infrastructure.embedders.measurement import Measurement, best_backend


def measured(backend: Backend, rate: float, agreement: float = 1.0) -> Measurement:
    return Measurement(backend=backend, texts_per_second=rate, agreement=agreement)


@pytest.mark.parametrize(
    ("rate", "agreement", "best"),
    [
        (300, 0.9999, Backend.CPU_BFLOAT16),
        (300, 0.998, Backend.CPU_FLOAT32),  # it disagrees
        (119, 0.9999, Backend.CPU_FLOAT32),  # not worth another precision
        (120, 0.999, Backend.CPU_BFLOAT16),
        (1, 0.9999, Backend.CPU_FLOAT32),
    ],
)
def test_another_precision_must_agree_and_be_worth_it(rate: float, agreement: float, best: Backend) -> None:
    float32 = measured(Backend.CPU_FLOAT32, 100)

    assert best_backend([measured(Backend.CPU_BFLOAT16, rate, agreement), float32]) is best


def test_the_same_precision_need_only_be_faster() -> None:
    rates = [measured(Backend.CPU_FLOAT32, 100), measured(Backend.CUDA_FLOAT32, 101)]

    assert best_backend(rates) is Backend.CUDA_FLOAT32


def test_a_gain_is_counted_against_the_fastest_float32() -> None:
    rates = [
        measured(Backend.CPU_FLOAT32, 100),
        measured(Backend.CUDA_FLOAT32, 1_000),
        measured(Backend.CUDA_BFLOAT16, 1_100),
    ]

    assert best_backend(rates) is Backend.CUDA_FLOAT32
