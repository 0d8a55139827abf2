"""What a training takes from where it runs: the current contract, and the version of the code."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from llm_engineering.application.prompts.contract import prompt_contract
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.infrastructure.factory import opened_document_store, prompt_source
from llm_engineering.settings import Settings

_SECONDS: Final = 10


def current_contract(settings: Settings) -> PromptContract:
    """Return the contract under which data sets are made now; without a chat template, which comes with a model.

    Raises:
        StoreUnavailableError: Prompts lie in the document store, which could not be read.
    """
    with opened_document_store(settings) as store:
        return prompt_contract(prompt_source(settings, store))


def code_version(folder: Path) -> str | None:
    """Return the git commit of the program, with "+dirty" behind it if files were changed since.

    Args:
        folder: Anywhere in the working tree.

    Returns:
        None where that cannot be told: there is no git, or the program was installed as a package.
    """
    git = shutil.which("git")
    if git is None:
        return None
    commit = _said(git, folder, "rev-parse", "HEAD")
    changes = _said(git, folder, "status", "--porcelain", "--untracked-files=no")
    if commit is None or changes is None:
        return None
    return f"{commit.strip()}+dirty" if changes.strip() else commit.strip()


def _said(git: str, folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - only what stands above is run
            [git, "-C", str(folder), *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
