"""The process that speaks with Comet: messages come in on standard input, one answer goes out when it ends.

Comet's library patches others, watches standard output and waits for hours when a server hangs. In a process of its own
it can do neither to the training, which ends it when its time is up. If the training is killed, the pipe ends, and what
came so far is still put away.
"""

import logging  # noqa: TID251 - Comet's library says by it what it could not do
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Final, TextIO

from llm_engineering.infrastructure.trackers.comet_messages import (
    MESSAGES,
    Message,
    Parameters,
    RunFigures,
    Samples,
    Start,
    Step,
    Told,
)

if TYPE_CHECKING:
    from comet_ml import CometExperiment

QUIET: Final = {
    "COMET_AUTO_LOG_CLI_ARGUMENTS": "false",
    "COMET_AUTO_LOG_CODE": "false",
    "COMET_DISABLE_ANNOUNCEMENT": "true",
    "COMET_DISABLE_AUTO_LOGGING": "1",
    "COMET_DISPLAY_SUMMARY_LEVEL": "0",
    "COMET_ERROR_TRACKING_ENABLE": "false",
    "COMET_INTERNAL_REPORTING": "false",
    "COMET_INTERNAL_SENTRY_DSN": "",
    # Seconds and tries: a server that is away must not take long to be found out.
    "COMET_GET_OR_ADD_EXPERIMENT_RETRY_TOTAL": "1",
    "COMET_HTTP_SESSION_RETRY_TOTAL": "1",
    "COMET_TIMEOUT_API": "10",
    "COMET_TIMEOUT_CLEANING": "120",
    "COMET_TIMEOUT_UPLOAD": "120",
    "COMET_TIMEOUT_HTTP": "10",
}
"""Environment of the process: nothing is reported home, captured or collected that was not handed over."""
_NOTHING: Final[dict[str, Any]] = {
    "log_code": False,
    "log_graph": False,
    "auto_param_logging": False,
    "auto_metric_logging": False,
    "parse_args": False,
    "auto_output_logging": False,
    "log_env_details": False,
    "log_git_metadata": False,
    "log_git_patch": False,
    "log_env_gpu": False,
    "log_env_host": False,
    "log_env_cpu": False,
    "log_env_network": False,
    "log_env_disk": False,
    "auto_log_co2": False,
    "display_summary_level": 0,
}


class NotAcceptedError(Exception):
    """Comet did not open a run, and has said why to nobody but its log."""


CONNECTION_LOST: Final = "ConnectionLost"
"""Comet's library could not deliver all of a run, and has put it into a ZIP."""
UNDELIVERED: Final = "Undelivered"
"""Comet's library has logged that it could not deliver something, and has let go of it."""


class _Undelivered(logging.Handler):
    """Notices errors of Comet's library, which it tells to nobody but its log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.number = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count an error; its text is not kept, because it may hold a key. A heartbeat that is late loses nothing."""
        self.number += record.module != "heartbeat"


def main() -> None:
    """Read messages until the last one, and answer."""
    answer = _silenced()
    failures: Counter[str] = Counter()
    lines = iter(sys.stdin.readline, "")
    place: str | None = None
    with _counted(failures):
        start = MESSAGES.validate_json(next(lines))
        if isinstance(start, Start):
            place = _kept(start, lines, failures)
    answer.write(Told(place=place, failures=dict(failures)).model_dump_json() + "\n")
    answer.flush()
    # Threads of the library may wait for a server; nobody waits for them.
    os._exit(0)


def _silenced() -> TextIO:
    """Send what anybody prints to nowhere, and return where the answer goes."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return answer


def _kept(start: Start, lines: Iterator[str], failures: Counter[str]) -> str | None:
    experiment = _opened(start)
    undelivered = _Undelivered()
    logging.getLogger("comet_ml").addHandler(undelivered)
    with _counted(failures):
        experiment.set_name(start.name)
        experiment.add_tag("llm-twin")
    ended = Event()
    watching = Thread(target=_watch, args=(experiment, start, ended), daemon=True)
    watching.start()
    for line in lines:
        with _counted(failures):
            message = MESSAGES.validate_json(line)
            if message.kind == "finish":
                break
            _log(experiment, message)
    ended.set()
    watching.join(timeout=1)
    place = _ended(experiment, start, failures)
    if undelivered.number and start.key is not None:
        failures[UNDELIVERED] += undelivered.number
        return place if place is not None and place.endswith(".zip") else None
    return place


def _opened(start: Start) -> "CometExperiment":
    """Open a run at Comet or in a folder.

    Raises:
        Exception: Whatever Comet's library raises; a bad key is `InvalidAPIKey`.
        NotAcceptedError: Comet did not open it.
    """
    from comet_ml import Experiment, OfflineExperiment

    class QuietExperiment(Experiment):
        def send_notification(self, *_: object, **__: object) -> None:
            """Send no mail about the end of the run: its title would be the name of the user of this machine."""

    said = {**_NOTHING, "project_name": start.project, "workspace": start.workspace, "offline_directory": start.folder}
    if start.key is None:
        return OfflineExperiment(**said)
    experiment = QuietExperiment(api_key=start.key, **said)
    if not experiment.alive:
        raise NotAcceptedError
    return experiment


def _ended(experiment: "CometExperiment", start: Start, failures: Counter[str]) -> str | None:
    with _counted(failures):
        experiment.end()
    # The library adds letters to the name of a ZIP that it makes because it has lost the connection.
    kept = next(Path(start.folder).glob(f"{experiment.get_key()}*.zip"), None)
    if kept is None:
        return experiment.url or None
    if start.key is not None:
        failures[CONNECTION_LOST] += 1
    return str(kept)


def _log(experiment: "CometExperiment", message: Message) -> None:
    log = _LOGS[type(message)]
    log(experiment, message)


def _log_parameters(experiment: "CometExperiment", message: Parameters) -> None:
    experiment.log_parameters(message.values, nested_support=False)


def _log_step(experiment: "CometExperiment", message: Step) -> None:
    experiment.log_metrics(message.values, step=message.step, epoch=int(message.epoch))


def _log_figures(experiment: "CometExperiment", message: RunFigures) -> None:
    numbers = {
        name: value
        for name, value in message.values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    experiment.log_metrics(numbers)
    experiment.log_others({name: value for name, value in message.values.items() if name not in numbers})


def _log_samples(experiment: "CometExperiment", message: Samples) -> None:
    rows = [[each.instruction, each.expected, each.said] for each in message.samples]
    name = f"samples-{message.stage}.csv"
    experiment.log_table(name, tabular_data=rows, headers=["instruction", "expected", "said"])


_LOGS: Final[dict[type[Message], Callable[["CometExperiment", Any], None]]] = {
    Parameters: _log_parameters,
    Step: _log_step,
    RunFigures: _log_figures,
    Samples: _log_samples,
}


def _watch(experiment: "CometExperiment", start: Start, ended: Event) -> None:
    """Record what the training takes of the machine, as long as it is there."""
    import psutil

    try:
        process = psutil.Process(start.watched_process)
        process.cpu_percent()  # the first figure is always 0
        while True:
            experiment.log_metrics(
                {
                    "cpu_percent": process.cpu_percent(),
                    "memory_mb": process.memory_info().rss / 1e6,
                    "machine_memory_percent": psutil.virtual_memory().percent,
                },
                prefix="system",
            )
            if ended.wait(start.seconds_between_looks):
                return
    except psutil.Error:
        return


@contextmanager
def _counted(failures: Counter[str]) -> Iterator[None]:
    """Count an error by its name, and go on: nothing that a tracker does may end a run."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - counted, and told in the end
        failures[type(error).__name__] += 1


if __name__ == "__main__":
    main()
