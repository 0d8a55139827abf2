"""The `FileConverter` that uses markitdown (extra `files`), in a process of its own.

Converters of PDF, DOCX and EPUB read what strangers wrote: one file must not hang, crash or fill the memory of the
whole run. The process is started at the first document and used for all; starting it takes about a second.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Lock, Timer
from typing import Any, Final

from llm_engineering.application.crawl.conversion import ConvertedFile, DocumentKind
from llm_engineering.application.crawl.file_faults import FileFault, FileLeftOutError

_PROGRAM: Final = Path(__file__).with_name("converting_process.py")
_PASSED_ON: Final = ("HOME", "LANG", "PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR", "VIRTUAL_ENV")
"""All that the process gets of the environment: no key, no token."""
_START_SECONDS: Final = 60.0
_REMEDIES: Final[Mapping[FileFault, str]] = {
    FileFault.NO_TEXT: "If it is scanned, make its text readable first (for example with ocrmypdf), or exclude it.",
    FileFault.ENCRYPTED: "Save it without a password, or exclude it.",
    FileFault.DAMAGED: "Open it in the program that made it and save it again, or exclude it.",
    FileFault.TOO_LARGE: "Raise max_document_bytes in the YAML of the run, split the document, or exclude it.",
    FileFault.UNREADABLE: "Allow it to be read, or exclude it.",
    FileFault.TIMEOUT: "Split the document, or exclude it.",
    FileFault.EXTRA_MISSING: "Install it: pip install 'llm-twin[files]' (or: make setup).",
}


class MarkitdownConverter:
    """Converts documents one after the other in one process, which is replaced when it dies.

    Args:
        max_bytes: Cap on the text of a document; an archive may be twenty times as large when it is unpacked.
        timeout_seconds: How long one document may take.
        program: What is run in the process.
    """

    def __init__(self, *, max_bytes: int, timeout_seconds: float = 120, program: Path = _PROGRAM) -> None:
        self._max_bytes = max_bytes
        self._timeout_seconds = timeout_seconds
        self._program = program
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None

    def convert(self, path: Path, kind: DocumentKind) -> ConvertedFile:
        """Return what is written in a document.

        Raises:
            FileLeftOutError: There is no text to be had; its `fault` says why.
        """
        request = {"path": str(path.absolute()), "kind": kind.value, "max_bytes": self._max_bytes}
        with self._lock:
            answer = self._answer(path, request)
        if "fault" in answer:
            raise _left_out(path, FileFault(answer["fault"]), str(answer["problem"]))
        return ConvertedFile(**answer)

    def close(self) -> None:
        """End the process; safe to call twice. A conversion under way fails, and a later one starts it again."""
        process = self._process
        if process is not None:
            process.kill()  # else the lock would be free only when the conversion is over
        with self._lock:
            self._end()

    def _answer(self, path: Path, request: Mapping[str, Any]) -> Mapping[str, Any]:
        process = self._process or self._started(path)
        with self._time_limit(process, self._timeout_seconds) as is_over:
            line = _exchanged(process, json.dumps(request))
        if is_over() or not line:
            self._end()
        if line:
            return _parsed(line)
        if is_over():
            raise _left_out(path, FileFault.TIMEOUT, f"it takes longer than {self._timeout_seconds:g} seconds")
        raise _left_out(path, FileFault.DAMAGED, "the converter breaks down over it")

    def _started(self, path: Path) -> "subprocess.Popen[str]":
        self._process = process = subprocess.Popen(  # noqa: S603 - this Python, and a program of this package
            [sys.executable, "-P", "-W", "ignore", str(self._program)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            encoding="utf-8",
            errors="surrogateescape",
        )
        with self._time_limit(process, _START_SECONDS):
            line = _exchanged(process, None)
        greeting = _parsed(line) if line else {"missing": "the converter does not start"}
        if "missing" in greeting:
            self._end()
            raise _left_out(path, FileFault.EXTRA_MISSING, f"the extra `files` is missing ({greeting['missing']})")
        return process

    @contextmanager
    def _time_limit(self, process: "subprocess.Popen[str]", seconds: float) -> Iterator[Callable[[], bool]]:
        """Kill the process after so many seconds of the `with` block; yield whether that was done."""
        is_over = Event()

        def end() -> None:
            is_over.set()
            process.kill()

        timer = Timer(seconds, end)
        timer.start()
        try:
            yield is_over.is_set
        except BaseException:  # an interruption: the answer would be taken for that of the next document
            self._end()
            raise
        finally:
            timer.cancel()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _exchanged(process: "subprocess.Popen[str]", request: str | None) -> str:
    """Return the next line that a process says, after a request if there is one; empty if it ends before it."""
    if process.stdin is None or process.stdout is None:
        raise ValueError("the process was started without pipes")
    try:
        if request is not None:
            process.stdin.write(f"{request}\n")
            process.stdin.flush()
        line = process.stdout.readline()
    except BrokenPipeError:
        return ""
    return line if line.endswith("\n") else ""


def _parsed(line: str) -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = json.loads(line)
    return parsed


def _left_out(path: Path, fault: FileFault, problem: str) -> FileLeftOutError:
    return FileLeftOutError(fault, f"{str(path)!r} was not converted: {problem}.", remedy=_REMEDIES[fault])
