from collections.abc import Iterator

import pytest
from loguru import logger


@pytest.fixture(autouse=True)
def _no_sink_of_a_command_line() -> Iterator[None]:
    """Take away the sink that a command line sets: it is gone with the command's standard error."""
    yield
    logger.remove()
