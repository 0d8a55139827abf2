"""The code of this installation as an archive that AWS's own training images unpack, install for and start."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, requires
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.infrastructure.aws.job_configuration import JobSource
from llm_engineering.infrastructure.aws.job_files import job_files
from llm_engineering.infrastructure.aws.job_requests import ENTRY_MODULE, JobFiles, JobWork

ARCHIVE: Final = "sourcedir.tar.gz"
ENTRY_FILE: Final = "sagemaker_entry.py"
_PROJECT: Final = "llm-twin"
_PACKAGES: Final = ("llm_engineering", "pipelines", "steps", "tools")
_EXTRAS: Final = ("", "datasets", "train")
"""What a job needs of the extras; the empty one stands for what is always needed."""
_CONSTRAINTS: Final = "constraints.txt"


class UnpinnedCodeError(InvalidInputError):
    """The code cannot go with a job in a way that installs the same everywhere."""

    def __init__(self, problem: str) -> None:
        super().__init__(
            f"The code cannot be sent with the job: {problem}.",
            remedy="Name the constraints.txt of the repository in `sagemaker.source.constraints`, or build an image "
            "with the target `training` of the Dockerfile and leave `source` empty.",
        )


def with_code(work: JobWork, source: JobSource | None, folder: Path) -> JobWork:
    """Return work with the code, if that is to go with the job.

    Raises:
        UnpinnedCodeError: As `code_archive`.
    """
    return work if source is None else replace(work, code=code_archive(source, folder))


def code_archive(source: JobSource, folder: Path) -> JobFiles:
    """Write the code to a folder as an archive and return it; the same code is the same bytes.

    Args:
        source: Where the versions of packages are pinned.
        folder: Takes the archive; has to be there until it was sent.

    Raises:
        UnpinnedCodeError: There is no such file, it leaves a version open, or the project is not installed.
    """
    constraints = _pinned(Path(source.constraints))
    entry = f"from {ENTRY_MODULE} import main\n\nmain()\n"
    texts = {ENTRY_FILE: entry, "requirements.txt": _requirements(), _CONSTRAINTS: constraints}
    path = folder / ARCHIVE
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in [*((name, text.encode()) for name, text in texts.items()), *_modules()]:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return job_files({ARCHIVE: path})


def _pinned(path: Path) -> str:
    if not path.is_file():
        raise UnpinnedCodeError(f"there is no file {path} that pins versions")
    text = path.read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    is_open = [line for line in lines if line and not line.startswith(("#", "-")) and "==" not in line]
    if is_open:
        raise UnpinnedCodeError(f"{path} leaves the version of {is_open[0]:.60} open")
    return text


def _requirements() -> str:
    """Return what the project needs for a job, held to the constraints beside it."""
    try:
        needed = [Requirement(each) for each in requires(_PROJECT) or ()]
    except PackageNotFoundError as error:
        raise UnpinnedCodeError("the project is not installed, so that it is not known what it needs") from error
    wanted = [
        f"{each.name}{_extras(each)}"
        for each in needed
        if each.marker is None or any(each.marker.evaluate({"extra": extra}) for extra in _EXTRAS)
    ]
    return "\n".join([f"-c {_CONSTRAINTS}", *dict.fromkeys(wanted)]) + "\n"


def _extras(requirement: Requirement) -> str:
    return f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""


def _modules() -> Iterator[tuple[str, bytes]]:
    for package in _PACKAGES:
        found = find_spec(package)
        if found is None or not found.submodule_search_locations:
            raise UnpinnedCodeError(f"the package {package} is not installed")
        root = Path(next(iter(found.submodule_search_locations)))
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield f"{package}/{path.relative_to(root).as_posix()}", path.read_bytes()
