"""A data set as a folder: Parquet files, card, contract; `datasets.load_dataset(folder)` reads it as it is."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from llm_engineering.application.datasets.card import DATA_FILES, CardDetails, card_text
from llm_engineering.application.datasets.facts import dataset_facts
from llm_engineering.application.datasets.rows import Row, RowStyle, sample_of, split_rows
from llm_engineering.application.prompts.contract import CONTRACT_FILE, contract_text, folder_contract
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Figures, Result
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.domain.samples import FlaggedSample, GatedDataset, RejectionReason, Sample, SampleKind, Split

if TYPE_CHECKING:
    from datasets import Features

CARD_FILE: Final = "README.md"
GATES_FILE: Final = "gates.json"
"""What the gates found: numbers, and no word of a rejected sample."""
_OURS: Final = frozenset({*DATA_FILES.values(), CARD_FILE, CONTRACT_FILE, GATES_FILE})
_NUMBERS: Final = ("start", "end")
_EXTRA: Final = "Install it: pip install 'llm-twin[datasets]' (or: make setup)."


class DatasetsLibraryMissingError(TwinError):
    """The library that writes data sets is not installed."""

    def __init__(self, library: str) -> None:
        super().__init__(f"Data sets are written and shared by {library}, which is not installed.", remedy=_EXTRA)
        self.library = library


class NoSamplesToShareError(InvalidInputError):
    """A data set has no sample left."""

    def __init__(self, rejected: int) -> None:
        super().__init__(
            f"The data set has no samples to write: {rejected:,} were rejected.",
            remedy="Look at the reasons in the report of the run before it is written or shared.",
        )
        self.rejected = rejected


class ForeignFolderError(InvalidInputError):
    """A folder holds something else than a data set; nothing was written."""

    def __init__(self, folder: Path, foreign: list[str]) -> None:
        super().__init__(
            f"The folder {folder} holds {', '.join(foreign[:3])}, which is no part of a data set.",
            remedy="Name an empty folder, or one that does not exist yet.",
        )
        self.folder = folder
        self.foreign = tuple(foreign)


class UnreadableFolderError(InvalidInputError):
    """A folder holds no data set that can be read."""

    def __init__(self, folder: Path, fault: str) -> None:
        super().__init__(
            f"{folder} holds no data set: {fault}.",
            remedy="Name a folder that was written by the step save_dataset; it has train.parquet or test.parquet.",
        )
        self.folder = folder


class SavedDataset(FrozenModel):
    """A data set as it lies in a folder."""

    dataset: GatedDataset
    """Without rejected samples: they are not written."""
    rejections: Mapping[RejectionReason, int] = {}
    """How many there were."""
    contract: PromptContract | None = None
    details: CardDetails = CardDetails()
    """For the card."""
    style: RowStyle = RowStyle.MESSAGES
    """How trainers are given texts."""


class DatasetFolder(Result):
    """Where a data set was written to."""

    folder: str
    kind: SampleKind
    train: int
    """Samples."""
    test: int
    bytes: int
    """Of all files."""
    contract_hash: str | None

    @property
    def figures(self) -> Figures:
        """Where it lies, and how large it is."""
        return self.model_dump(mode="json")


class _Gates(FrozenModel):
    """The content of `GATES_FILE`."""

    kind: SampleKind
    contract_hash: str | None = None
    figures: Mapping[str, float] = {}
    rejections: Mapping[RejectionReason, int] = {}
    flagged: tuple[FlaggedSample, ...] = ()
    details: CardDetails = CardDetails()
    style: RowStyle = RowStyle.MESSAGES


def save_dataset(saved: SavedDataset, folder: Path) -> DatasetFolder:
    """Write a data set as a folder, and return where it lies; one that was written before is replaced as a whole.

    A call that is killed leaves the folder as it was, or as it is to be; the call can be repeated.

    Args:
        saved: What is written; its rejected samples are counted only.
        folder: Made with its parents.

    Raises:
        NoSamplesToShareError: There is no sample.
        ContractMismatchError: The samples were made under another contract.
        ForeignFolderError: The folder holds something else.
        DatasetsLibraryMissingError: The library is not installed.
    """
    dataset = saved.dataset
    if not dataset.kept:
        raise NoSamplesToShareError(sum(saved.rejections.values()) + len(dataset.rejected))
    _require_own(folder)
    rows = split_rows(dataset, saved.contract, saved.style)
    facts = dataset_facts(dataset, saved.rejections)
    gates = _Gates(
        kind=dataset.kind,
        contract_hash=dataset.contract_hash,
        figures=dataset.figures,
        rejections=facts.rejections,
        flagged=dataset.flagged,
        details=saved.details,
        style=saved.style,
    )
    new = _beside(folder, "new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    for split, some in rows.items():
        _write_parquet(some, new / DATA_FILES[split])
    if saved.contract is not None:
        (new / CONTRACT_FILE).write_text(contract_text(saved.contract), encoding="utf-8")
    (new / GATES_FILE).write_text(gates.model_dump_json(indent=2) + "\n", encoding="utf-8")
    (new / CARD_FILE).write_text(card_text(dataset, facts, saved.details), encoding="utf-8")
    _put_in_place(new, folder)
    return DatasetFolder(
        folder=str(folder),
        kind=dataset.kind,
        train=facts.train,
        test=facts.test,
        bytes=sum(path.stat().st_size for path in folder.iterdir()),
        contract_hash=dataset.contract_hash,
    )


def read_dataset(folder: Path) -> SavedDataset:
    """Return the data set that `save_dataset` wrote to a folder.

    Raises:
        UnreadableFolderError: There is none.
        UnreadableRowError: A row holds no sample.
        UnreadableContractError: The contract is none.
        DatasetsLibraryMissingError: The library is not installed.
    """
    files = {split: folder / name for split, name in DATA_FILES.items() if (folder / name).is_file()}
    if not files:
        raise UnreadableFolderError(folder, f"it has neither {' nor '.join(DATA_FILES.values())}")
    try:
        gates = _Gates.model_validate_json((folder / GATES_FILE).read_text(encoding="utf-8"))
    except (OSError, ValidationError) as error:
        raise UnreadableFolderError(folder, f"{GATES_FILE} cannot be read ({type(error).__name__})") from error
    sides = {split: _read_samples(path, split) for split, path in files.items()}
    dataset = GatedDataset(
        kind=gates.kind,
        train=sides.get(Split.TRAIN, ()),
        test=sides.get(Split.TEST, ()),
        flagged=gates.flagged,
        figures=gates.figures,
        contract_hash=gates.contract_hash,
    )
    return SavedDataset(
        dataset=dataset,
        rejections=gates.rejections,
        contract=folder_contract(folder),
        details=gates.details,
        style=gates.style,
    )


def _require_own(folder: Path) -> None:
    if folder.exists():
        names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else [folder.name]
        foreign = [name for name in names if name not in _OURS]
        if foreign or not folder.is_dir():
            raise ForeignFolderError(folder, foreign or names)


def _put_in_place(new: Path, folder: Path) -> None:
    """Let a new folder take the place of another one, which may not be there."""
    old = _beside(folder, "old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        Path(folder).replace(old)
    Path(new).replace(folder)
    shutil.rmtree(old, ignore_errors=True)


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f".{folder.name}.{what}")


def _write_parquet(rows: list[Row], path: Path) -> None:
    try:
        from datasets import Dataset
    except ImportError as error:
        raise DatasetsLibraryMissingError("datasets") from error
    Dataset.from_list(rows, features=_features(rows[0])).to_parquet(path)


def _features(row: Row) -> "Features":
    """Return the types of the columns, which do not depend on what happens to be None."""
    from datasets import Features, List, Value

    def kind(name: str, value: Any) -> Any:  # noqa: ANN401 - features are nested types of the library
        if isinstance(value, list):
            return List({"role": Value("string"), "content": Value("string")})
        return Value("int64") if name in _NUMBERS else Value("string")

    return Features({name: kind(name, value) for name, value in row.items()})


def _read_samples(path: Path, split: Split) -> tuple[Sample, ...]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise DatasetsLibraryMissingError("pyarrow") from error
    try:
        rows = parquet.read_table(path).to_pylist()
    except ArrowException as error:
        raise UnreadableFolderError(path.parent, f"{path.name} is no Parquet file ({error!s:.80})") from error
    return tuple(sample_of(row, split, f"Row {number} of {path}") for number, row in enumerate(rows, 1))
