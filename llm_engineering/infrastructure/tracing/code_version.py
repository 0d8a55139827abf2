"""Which code is running, as far as that can be told."""

import subprocess
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from llm_engineering.application.tracing.lineage import CodeVersion

_ROOT: Final = Path(__file__).parents[3]
_GIT_SECONDS: Final = 2.0


@cache
def code_version(root: Path = _ROOT) -> CodeVersion:
    """Return the version of the package, and the commit where it runs out of a clone.

    git is asked once per process. Without it, or outside of a clone, the commit is None.
    """
    commit = _git(root, "rev-parse", "HEAD") if (root / ".git").exists() else None
    changes = _git(root, "status", "--porcelain", "--untracked-files=no") if commit else None
    return CodeVersion(
        version=_package_version(), commit=commit or None, is_modified=bool(changes) if changes is not None else None
    )


def _package_version() -> str:
    try:
        return version("llm-twin")
    except PackageNotFoundError:
        return "unknown"


def _git(root: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command in the project's own folder
            ["git", "--no-optional-locks", *arguments],  # noqa: S607 - git as the user has it
            cwd=root,
            capture_output=True,
            check=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=_GIT_SECONDS,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None  # there is no git, or it does not want to: the version of the package has to do
    return done.stdout.strip()
