import pytest

from llm_engineering.infrastructure.vector_stores.batches import batches


@pytest.mark.parametrize(
    ("items", "expected"), [("", []), ("ab", ["ab"]), ("abc", ["abc"]), ("abcdefg", ["abc", "def", "g"])]
)
def test_batches_keep_order_and_lose_nothing(items: str, expected: list[str]) -> None:
    assert list(batches(items, 3)) == expected
