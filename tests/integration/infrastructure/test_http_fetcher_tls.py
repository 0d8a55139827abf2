import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm_engineering.application.crawl.fetching import FailureReason
from tests.support.clock import SteppedClock
from tests.support.fetching import failure, fetching

pytestmark = pytest.mark.integration


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the key and the certificate of "localhost", which only itself vouches for."""
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", path, "-out", path.with_suffix(".crt")], check=True, capture_output=True)
    path.write_bytes(path.read_bytes() + path.with_suffix(".crt").read_bytes())
    return path


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the program openssl makes the certificate")
class TestTls:
    @pytest.fixture
    def port(self, certificate: Path) -> Iterator[int]:
        """A server that answers one request over TLS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(5)

            def serve() -> None:
                with listening.accept()[0] as plain:
                    plain.settimeout(5)
                    try:
                        with context.wrap_socket(plain, server_side=True) as connection:
                            while connection.recv(1000):
                                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbread")
                    except OSError:
                        return  # the client did not trust it

            thread = threading.Thread(target=serve)
            thread.start()
            yield listening.getsockname()[1]
            thread.join()

    def test_an_unknown_certificate_is_refused(self, port: int, clock: SteppedClock) -> None:
        with fetching(clock, allowed=["localhost"]) as fetcher:
            error = failure(fetcher, f"https://localhost:{port}/")

        assert error.reason is FailureReason.TLS_ERROR
        assert "certificate" in str(error)
        assert clock.sleeps == []

    def test_the_certificate_is_checked_for_the_host_not_for_its_address(
        self, port: int, certificate: Path, clock: SteppedClock
    ) -> None:
        trusted = ssl.create_default_context(cafile=certificate.with_suffix(".crt"))
        with fetching(clock, allowed=["localhost"], trusted=trusted) as fetcher:
            assert fetcher.fetch(f"https://localhost:{port}/a").body == b"bread"

    def test_a_certificate_of_another_host_is_refused(self, port: int, certificate: Path, clock: SteppedClock) -> None:
        trusted = ssl.create_default_context(cafile=certificate.with_suffix(".crt"))
        with fetching(clock, allowed=["127.0.0.1"], trusted=trusted) as fetcher:
            assert failure(fetcher, f"https://127.0.0.1:{port}/").reason is FailureReason.TLS_ERROR
