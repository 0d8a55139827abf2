import numpy as np
import pytest

from llm_engineering.application.retrieve.diversity import diverse_order

EMBEDDINGS = np.array([[1, 0], [1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
SCORES = np.array([1.0, 0.9, 0.5, 0.4])


@pytest.mark.parametrize(
    ("diversity", "order"),
    [
        (0.0, [0, 1, 2, 3]),
        # After 0: 1 gets 0.45 - 0.5, 2 gets 0.25 - 0, 3 gets 0.2 - 0.3. After 2: 3 gets 0.2 - 0.4.
        (0.5, [0, 2, 1, 3]),
        (1.0, [0, 2, 3, 1]),
    ],
)
def test_what_was_said_comes_later(diversity: float, order: list[int]) -> None:
    assert diverse_order(SCORES, EMBEDDINGS, diversity=diversity, limit=4) == order


def test_the_limit_cuts() -> None:
    assert diverse_order(SCORES, EMBEDDINGS, diversity=0.5, limit=2) == [0, 2]
    assert diverse_order(SCORES, EMBEDDINGS, diversity=0, limit=1) == [0]


@pytest.mark.parametrize("diversity", [0.0, 0.5])
def test_of_nothing_nothing_is_taken(diversity: float) -> None:
    assert diverse_order(np.empty(0), np.empty((0, 2), dtype=np.float32), diversity=diversity, limit=3) == []
