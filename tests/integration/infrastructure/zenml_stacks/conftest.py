from collections.abc import Iterator

import pytest

from tests.support.zenml_stacks import clear_stacks


@pytest.fixture(autouse=True)
def _no_stacks() -> Iterator[None]:
    """Let each test begin and end with the ZenML of this process as it was."""
    clear_stacks()
    yield
    clear_stacks()
