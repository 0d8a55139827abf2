"""Runs command lines that it is told on standard input, in this process, and tells how each ended."""

import json
import os
import sys
from importlib import import_module

from click.testing import CliRunner


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print does not get between the answers
    for line in sys.stdin:
        asked = json.loads(line)
        before = dict(os.environ)
        os.environ.update(asked["variables"])
        module, _, name = asked["module"].partition(":")
        command = getattr(import_module(module), name or "main")
        result = CliRunner().invoke(command, asked["arguments"])
        os.environ.clear()
        os.environ.update(before)
        stderr = result.stderr
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            stderr += f"\nTraceback: {type(result.exception).__name__}: {result.exception}"
        answer = {"exit_code": result.exit_code, "stdout": result.stdout, "stderr": stderr}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
