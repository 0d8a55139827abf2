"""Imports modules one after the other and prints what each of them did beside being read; run by test_project."""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

# Python's own names of audit events: https://docs.python.org/3/library/audit_events.html
_ACTS = frozenset({
    "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.posix_spawn", "os.system", "socket.connect",
    "socket.getaddrinfo", "socket.sendto", "sqlite3.connect", "subprocess.Popen",
})  # fmt: skip
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def main() -> None:
    """Import the modules of the command line and print a JSON list of module, event and its first argument."""
    folder = Path.cwd()
    acts: list[tuple[str, str, str]] = []
    importing = ""

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if event in _ACTS or (event == "open" and _touches(folder, *arguments)):
            acts.append((importing, event, repr(arguments[0])))

    sys.addaudithook(note)
    for importing in sys.argv[1:]:
        import_module(importing)
    sys.stdout.write("\n" + json.dumps(acts) + "\n")  # a line of its own, after what libraries may have printed


def _touches(folder: Path, path: object, _mode: object, flags: object) -> bool:
    """Tell whether a file is opened for writing anywhere, or at all in the folder that the process was started in."""
    writes = isinstance(flags, int) and bool(flags & _WRITING)
    return writes or (isinstance(path, str) and Path(path).absolute().is_relative_to(folder))


if __name__ == "__main__":
    main()
