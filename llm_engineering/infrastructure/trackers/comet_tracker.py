"""The ExperimentTracker port on Comet, which is spoken with by a process of its own."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile
from threading import Event, Lock, Thread
from typing import IO, Final, cast

from loguru import logger
from pydantic import JsonValue, SecretStr, ValidationError

from llm_engineering.application.tracing.redaction import Redactor
from llm_engineering.application.train.tracking import TrackedRun, TrackedSample
from llm_engineering.domain.training import StepFigures
from llm_engineering.infrastructure.trackers.comet_messages import (
    Finish,
    Message,
    Parameters,
    RunFigures,
    Samples,
    Start,
    Step,
    Told,
    flat,
)
from llm_engineering.infrastructure.trackers.comet_process import QUIET

_MODULE: Final = "llm_engineering.infrastructure.trackers.comet_process"
_PASSED_ON: Final = (
    "PATH", "PYTHONPATH", "TMPDIR", "LANG", "LC_ALL", "SYSTEMROOT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    "http_proxy", "https_proxy", "no_proxy", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE",
)  # fmt: skip
"""Of the environment: how to start Python and reach the network. No key of anybody is among it."""
_ROOT: Final = Path(__file__).parents[3]
"""Where the package is imported from."""
FINISH_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 15.0


@dataclass(frozen=True, slots=True)
class CometRun:
    """Where a run is recorded.

    Args:
        folder: Where ZIPs go; made when it is needed.
        name: What Comet calls the run.
        project: Of Comet.
        workspace: Of the key; None: its default.
        key: None: the run is kept in a ZIP that can be uploaded later.
        url: Of a Comet of one's own; None: Comet's cloud.
        secrets: What must not be recorded, wherever it stands.
    """

    folder: Path
    name: str
    project: str
    workspace: str | None = None
    key: SecretStr | None = None
    url: str | None = None
    secrets: Sequence[SecretStr] = ()


class CometTracker:
    """Records a run at Comet, or in a ZIP that `comet upload` takes.

    Calls only put a message into a queue: a thread hands it to the process that speaks with Comet. Every message is
    kept in a temporary file too. If Comet cannot be reached, refuses the key or does not answer in time, the run is
    put into a ZIP from that file when it ends, so that nothing is lost.

    Args:
        run: Where it is recorded.
        finish_seconds: Most time that `finish` waits for Comet, and again for the ZIP if that failed.
        look_seconds: How often the use of the machine is recorded.
    """

    def __init__(
        self, run: CometRun, *, finish_seconds: float = FINISH_SECONDS, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._run = run
        self._finish_seconds = finish_seconds
        self._look_seconds = look_seconds
        self._redactor = Redactor(run.secrets)
        self._failures: Counter[str] = Counter()
        self._finishing = Lock()
        self._telling = Lock()
        self._is_closed = False
        self._result: TrackedRun | None = None
        self._journal = _Journal()
        self._comet: _CometProcess | None = None
        with self._counted():
            self._comet = self._started(run.key)

    def log_parameters(self, parameters: Mapping[str, JsonValue]) -> None:
        """Record what the run was started with."""
        with self._counted():
            self._tell(Parameters(values=dict(flat(parameters, self._redactor))))

    def log_step(self, stage: str, figures: StepFigures) -> None:
        """Record the figures of one step, as "sft/loss"."""
        with self._counted():
            values = {f"{stage}/{name}": value for name, value in figures.values.items()}
            self._tell(Step(step=figures.step, epoch=figures.epoch, values=values))

    def log_figures(self, figures: Mapping[str, JsonValue]) -> None:
        """Record figures of the whole run."""
        with self._counted():
            self._tell(RunFigures(values=dict(flat(figures, self._redactor))))

    def log_samples(self, stage: str, samples: Sequence[TrackedSample]) -> None:
        """Record what the model of a stage says."""
        with self._counted():
            shown = tuple(
                TrackedSample(
                    instruction=self._redactor.text(each.instruction),
                    expected=self._redactor.text(each.expected),
                    said=self._redactor.text(each.said),
                )
                for each in samples
            )
            self._tell(Samples(stage=stage, samples=shown))

    def finish(self) -> TrackedRun:
        """Write what is left and return where the run can be seen."""
        with self._finishing:
            if self._result is None:
                with self._telling:
                    self._is_closed = True
                place: str | None = None
                with self._counted():
                    place = self._place()
                self._journal.close()
                self._result = TrackedRun(place=place, failures=dict(self._failures))
                self._say(place)
        return self._result

    def _place(self) -> str | None:
        told = None if self._comet is None else self._comet.finished(self._finish_seconds)
        self._failures.update(Counter(told.failures) if told else {"CometSilent": 1})
        if told is not None and told.place is not None:
            return told.place
        if self._run.key is None:
            return None
        # Comet has nothing: what was said so far goes into a ZIP.
        offline = self._started(None)
        for line in self._journal.lines():
            offline.tell(line)
        kept = offline.finished(self._finish_seconds)
        self._failures.update(Counter(kept.failures) if kept else {"CometSilent": 1})
        return None if kept is None else kept.place

    def _started(self, key: SecretStr | None) -> "_CometProcess":
        run = self._run
        folder = run.folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        start = Start(
            folder=str(folder),
            name=run.name,
            project=run.project,
            workspace=run.workspace,
            key=None if key is None else key.get_secret_value(),
            watched_process=os.getpid(),
            seconds_between_looks=self._look_seconds,
        )
        return _CometProcess(start, folder, run.url)

    def _tell(self, message: Message) -> None:
        line = message.model_dump_json()
        with self._telling:
            if self._is_closed:
                return
            if self._comet is not None:
                self._comet.tell(line)
            self._journal.write(line)

    def _say(self, place: str | None) -> None:
        if self._failures:
            logger.warning("the tracker failed, training went on: {failures}", failures=dict(self._failures))
        if place is None:
            logger.warning("nothing of the run was kept for Comet")
        elif place.endswith(".zip"):
            logger.info("the run is kept for Comet in {place}; `comet upload {place}` sends it", place=place)
        else:
            logger.info("the run can be seen at {place}", place=place)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - counted and told in the end: a tracker never ends a training
            name = type(error).__name__
            self._failures[name] += 1
            if self._failures[name] == 1:
                logger.warning("the tracker failed ({error}); training goes on", error=name)


class _Journal:
    """All messages so far, in a file without a name: it goes with the process."""

    def __init__(self) -> None:
        self._file: IO[str] = TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed by `close`

    def write(self, line: str) -> None:
        self._file.write(line + "\n")

    def lines(self) -> Iterator[str]:
        self._file.seek(0)
        yield from (line.rstrip("\n") for line in self._file)

    def close(self) -> None:
        self._file.close()


class _CometProcess:
    """One process that speaks with Comet, and the threads that write to it and read its answer."""

    def __init__(self, start: Start, folder: Path, url: str | None) -> None:
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        # In a home of its own it finds no configuration of Comet that would collect more.
        environment = {**passed, **QUIET, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(_ROOT), passed.get("PYTHONPATH"))))
        if url is not None:
            environment["COMET_URL_OVERRIDE"] = url
        self._process = subprocess.Popen(  # noqa: S603 - this project's own module
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
            cwd=folder,
            env=environment,
            start_new_session=True,  # Ctrl-C is for the training; this process ends when its pipe does
        )
        # An empty pipe takes one line at once: from now on a run is there, whenever the training is killed.
        with suppress(OSError):
            self._stdin.write(start.model_dump_json() + "\n")
            self._stdin.flush()
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._answer: SimpleQueue[str] = SimpleQueue()
        self._is_asked = Event()
        Thread(target=self._write, daemon=True, name="comet-writer").start()
        Thread(target=self._read, daemon=True, name="comet-reader").start()

    def tell(self, line: str) -> None:
        """Hand over a message; it is written by a thread, whatever the process does."""
        self._lines.put(line)

    def finished(self, seconds: float) -> Told | None:
        """Say that it was all, and return the answer; None if there is none in time, and then the process is ended."""
        self._is_asked.set()
        self.tell(Finish().model_dump_json())
        self._lines.put(None)
        try:
            return Told.model_validate_json(self._answer.get(timeout=seconds))
        except (Empty, ValidationError):
            return None
        finally:
            self._process.kill()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=1)

    def _write(self) -> None:
        # An answer that came early, such as "bad key", closes the pipe; what is left is in the journal.
        with suppress(OSError), self._stdin:
            while (line := self._lines.get()) is not None:
                self._stdin.write(line + "\n")
                self._stdin.flush()

    def _read(self) -> None:
        with self._stdout:
            answer = self._stdout.readline()
        if not self._is_asked.is_set():
            logger.warning(
                "Comet does not take the run, which is kept for a ZIP; look at COMET_API_KEY and COMET_WORKSPACE"
            )
        self._answer.put(answer)

    @property
    def _stdin(self) -> IO[str]:
        return cast("IO[str]", self._process.stdin)  # both were asked for

    @property
    def _stdout(self) -> IO[str]:
        return cast("IO[str]", self._process.stdout)
