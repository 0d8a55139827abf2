"""Asks a running service, as any program would: `python -m tools.ask_service --help`."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from llm_engineering.domain.errors import RetryableError, TwinError
from tools.console import configured_console, told_errors
from tools.rag import QUESTION

if TYPE_CHECKING:
    import httpx

_MINUTES = 2


class ServiceUnreachableError(RetryableError):
    """No service answers at an address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(
            f"No service answers at {url[:200]} ({reason[:200]}).",
            remedy="Start it with `poetry poe run-inference-ml-service` (`make serve`), or name another with --url.",
        )
        self.url = url


class ServiceRefusedError(TwinError):
    """The service answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"The service answered with status {status}: {message[:500]}", remedy="See docs/service.md.")
        self.status = status


@click.command(
    context_settings={"max_content_width": 120},
    help="""Ask a running service, and print the answer as it comes, with its sources.

    \b
    Examples:
      python -m tools.ask_service --query "What is a feature store?"
      SERVICE_API_KEYS=... python -m tools.ask_service --url https://twin.example.org

    The key is the first one of SERVICE_API_KEYS.""",
)
@click.option("--query", default=QUESTION, show_default=True, help="What to ask.")
@click.option("--url", help="Address of the service; by default that of SERVICE_HOST and SERVICE_PORT.")
@click.option("--k", "limit", type=click.IntRange(1, 50), default=3, show_default=True, help="How many passages.")
@told_errors
def main(query: str, url: str | None, limit: int) -> None:
    """Ask a service."""
    configured_console(level="WARNING")
    from llm_engineering.settings import Settings

    settings = Settings()
    address = (url or f"http://{settings.service_host}:{settings.service_port}").rstrip("/")
    keys = settings.service_api_keys.get_secret_value().split(",") if settings.service_api_keys else []
    for name, data in events(address, {"query": query, "limit": limit}, key=keys[0].strip() if keys else None):
        _print_event(name, data)


def events(url: str, question: dict[str, Any], *, key: str | None = None) -> Iterator[tuple[str, Any]]:
    """Yield the name and the data of each event of an answer as it comes.

    Raises:
        ServiceUnreachableError: No service answers there, or not to the end.
        ServiceRefusedError: It answers with an error.
    """
    import httpx

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with (
            httpx.Client(timeout=60 * _MINUTES) as client,
            client.stream("POST", f"{url}/rag/stream", json=question, headers=headers) as response,
        ):
            if response.is_error:
                raise _refused(response)
            yield from _named_data(response.iter_lines())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ServiceUnreachableError(url, str(error)) from error


def _named_data(lines: Iterator[str]) -> Iterator[tuple[str, Any]]:
    name = "message"
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield name, json.loads(value)


def _refused(response: "httpx.Response") -> ServiceRefusedError:
    body = response.read()
    try:
        message = str(json.loads(body)["error"]["message"])
    except (ValueError, KeyError, TypeError):
        message = body.decode("utf-8", "replace")
    return ServiceRefusedError(response.status_code, message)


def _print_event(name: str, data: dict[str, Any]) -> None:
    if name == "text":
        click.echo(data["text"], nl=False)
    elif name == "replaced":
        click.echo(f"\n\n({data['note']})\n")
    elif name == "error":
        raise ServiceRefusedError(200, data["error"]["message"])
    elif name == "answer":
        click.echo("\n")
        for note in data["answer"]["notes"]:
            click.echo(note)
        for each in data["answer"]["citations"]:
            click.echo(f"[{each['number']}] {each['title']}, {each['author']}: {each['url']}")
        click.echo(f"\nTrace {data['answer']['trace_id']}, in {data['answer']['seconds']:.2f} s")


if __name__ == "__main__":
    main()
