import numpy as np
import pytest

from llm_engineering.infrastructure.vector_stores.checks import (
    InvalidChunkIdError,
    InvalidLimitError,
    NotUnitLengthError,
    WrongDimensionError,
    check_chunks,
    check_limit,
    check_vector,
    is_point_id,
)
from tests.contracts.vector_store import embedded


def test_the_shape_is_told_with_the_one_expected() -> None:
    with pytest.raises(WrongDimensionError, match=r"shape \(2,\) was given to a collection of shape \(3,\)") as refused:
        check_vector(np.array([1, 0], dtype=np.float32), 3)
    assert (refused.value.shape, refused.value.dimension) == ((2,), 3)


@pytest.mark.parametrize("length", [0.0, 0.98, 1.02, 30.0, np.inf])
def test_a_length_other_than_one_is_refused(length: float) -> None:
    with pytest.raises(NotUnitLengthError, match=f"length {length:.4g} ") as refused:
        check_vector(np.array([0, length], dtype=np.float32), 2)
    assert refused.value.length == pytest.approx(length)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(NotUnitLengthError, match="length nan"):
        check_vector(np.array([1, np.nan], dtype=np.float32), 2)


@pytest.mark.parametrize("numbers", [[1, 0], [0, -1], [0.6, 0.8], [0.995, 0], [1.005, 0]])
def test_length_one_but_for_rounding_is_fine(numbers: list[float]) -> None:
    check_vector(np.array(numbers, dtype=np.float32), 2)


@pytest.mark.parametrize("limit", [0, -5])
def test_a_limit_below_one_is_refused(limit: int) -> None:
    with pytest.raises(InvalidLimitError, match="at least 1") as refused:
        check_limit(limit)
    assert refused.value.limit == limit


def test_a_chunk_whose_id_is_no_uuid_is_refused() -> None:
    stray = embedded("a")
    object.__setattr__(stray, "chunk", stray.chunk.model_copy(update={"id": "7"}))
    with pytest.raises(InvalidChunkIdError, match="'7' cannot be the id of a chunk") as refused:
        check_chunks([embedded("b"), stray], 3)
    assert refused.value.chunk_id == "7"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6b1f3c1e-52ab-5a5e-9d5f-4be4f3a0f6c1", True),
        ("6B1F3C1E-52AB-5A5E-9D5F-4BE4F3A0F6C1", False),
        ("6b1f3c1e52ab5a5e9d5f4be4f3a0f6c1", False),
        ("{6b1f3c1e-52ab-5a5e-9d5f-4be4f3a0f6c1}", False),
        ("7", False),
        ("", False),
    ],
)
def test_only_the_usual_writing_of_a_uuid_comes_back_as_it_went_in(text: str, expected: bool) -> None:
    assert is_point_id(text) is expected
