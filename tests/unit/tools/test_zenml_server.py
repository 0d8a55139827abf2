import socket

import pytest

from tools.zenml_server import ZenmlServerSilentError, check_answers


def test_a_server_that_accepts_connections_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        check_answers(f"http://127.0.0.1:{server.getsockname()[1]}")

        connection, _ = server.accept()
        with connection:
            assert connection.recv(1) == b""


def test_a_server_that_is_gone_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

    with pytest.raises(ZenmlServerSilentError, match="`zenml logout`") as refused:
        check_answers(url)

    assert refused.value.url == url
