"""Data sets for training, checked before a model is loaded: nothing is cut, and what is left out is counted."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from loguru import logger

from llm_engineering.application.datasets.rows import asked_messages
from llm_engineering.application.train.configuration import DataChecks, DpoStage, SftStage
from llm_engineering.application.train.trainer import (
    ChatTokenizer,
    InstructTokens,
    PreferenceTokens,
    SampleTokens,
)
from llm_engineering.domain.errors import InvalidInputError, TwinError
from llm_engineering.domain.identity import content_hash
from llm_engineering.domain.language_models import ChatMessage
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Dropped, Figures, Result, counted
from llm_engineering.domain.prompt_contracts import PromptContract
from llm_engineering.domain.samples import InstructSample, Sample, SampleKind, Split
from llm_engineering.domain.training import DatasetReference, TrainingMethod

KINDS: Final = {TrainingMethod.SFT: SampleKind.INSTRUCT, TrainingMethod.DPO: SampleKind.PREFERENCE}
"""What each stage is trained on."""
_NAMED_SAMPLES: Final = 3


class WrongSamplesError(InvalidInputError):
    """A stage is given samples of the other kind."""

    def __init__(self, method: TrainingMethod, source: str, kinds: Sequence[str]) -> None:
        super().__init__(
            f"`{method}` learns from {KINDS[method]} samples, but {source} has {' and '.join(kinds)} samples.",
            remedy=f"Name a set of {KINDS[method]} samples in `{method}.data`.",
        )
        self.method = method
        self.source = source


class OtherContractError(TwinError):
    """A data set was made under other prompts than those that a model will be asked with."""

    def __init__(self, source: str, made_under: str, current: str) -> None:
        super().__init__(
            f"{source} was made under the prompt contract {made_under}, and the current one is {current}: the model "
            "would be taught to see something else than it will be asked with.",
            remedy="Make the data set again, or use the prompts that it was made with (PROMPT_VERSIONS).",
        )
        self.source = source
        self.made_under = made_under
        self.current = current


class EmptySplitError(InvalidInputError):
    """A side of a data set has no sample that can be used."""

    def __init__(self, method: TrainingMethod, source: str, split: Split, dropped: int) -> None:
        also = "" if split is Split.TRAIN else f", or set `{method}.evaluation_steps` to nothing"
        super().__init__(
            f"{source} has no {split} samples for `{method}` ({dropped:,} were left out).",
            remedy=f"Name a data set that has them: files named {split}, or a column `split`{also}.",
        )
        self.method = method
        self.source = source
        self.split = split


class LongerThanModelError(InvalidInputError):
    """Samples may be longer than what a model reads."""

    def __init__(self, method: TrainingMethod, max_length: int, context: int, model: str) -> None:
        super().__init__(
            f"`{method}.max_length` is {max_length}, and {model} reads {context} tokens.",
            remedy=f"Set it to {context} or less, or take a model with a longer context.",
        )
        self.max_length = max_length
        self.context = context


class TooManyDroppedError(InvalidInputError):
    """A larger part of a data set cannot be used than is allowed."""

    def __init__(self, source: str, dropped: Sequence[Dropped], total: int, max_share: float) -> None:
        counts = counted(drop.reason for drop in dropped)
        reasons = ", ".join(f"{reason} {count:,}" for reason, count in counts.items())
        examples = "".join(f"\n  - {drop.item}: {drop.detail}" for drop in dropped[:_NAMED_SAMPLES])
        super().__init__(
            f"{len(dropped):,} of {total:,} samples of {source} cannot be used ({reasons}), which is more than "
            f"`checks.max_dropped_share` allows ({max_share:g}):{examples}",
            remedy="Raise `max_length` for too_long, mend the data set, or allow a larger share.",
        )
        self.source = source
        self.counts = counts
        self.total = total


class StageSource(FrozenModel):
    """The samples of a stage as they were read."""

    name: str
    """As `DatasetReference.name`."""
    samples: tuple[Sample, ...]
    """Those without a side are trained on."""


class CheckedStage(FrozenModel):
    """What a stage trains on."""

    method: TrainingMethod
    dataset: DatasetReference
    train: tuple[SampleTokens, ...]
    test: tuple[SampleTokens, ...]
    test_samples: tuple[Sample, ...]
    """Those of `test`, in the same order."""
    dropped: tuple[Dropped, ...] = ()

    @property
    def figures(self) -> Figures:
        """Counts, and lengths in tokens."""
        lengths = [token_count(sample) for sample in self.train]
        return {
            "data": self.dataset.name,
            "content_hash": self.dataset.content_hash,
            "contract": self.dataset.contract_hash or "none",
            "train": self.dataset.train,
            "test": self.dataset.test,
            "dropped": counted(drop.reason for drop in self.dropped),
            "tokens": sum(lengths),
            "median_tokens": round(median(lengths)),
            "longest_tokens": max(lengths),
        }


def checked_stage(
    method: TrainingMethod,
    source: StageSource,
    settings: SftStage | DpoStage,
    *,
    tokenizer: ChatTokenizer,
    contract: PromptContract,
    context_tokens: int,
    model: str,
    checks: DataChecks,
) -> CheckedStage:
    """Return what a stage trains on.

    Args:
        method: The stage.
        source: Its samples.
        settings: Its settings.
        tokenizer: That of the model.
        contract: The current one, without a chat template, as data sets are made under it.
        context_tokens: How many tokens the model reads and writes together.
        model: What it is called in an error.
        checks: When the data set is no use.

    Raises:
        LongerThanModelError: Samples may be longer than what the model reads.
        WrongSamplesError: The samples are of the other kind.
        OtherContractError: They were made under other prompts.
        TooManyDroppedError: Too many cannot be used.
        EmptySplitError: A side has none, and is needed.
    """
    if settings.max_length > context_tokens:
        raise LongerThanModelError(method, settings.max_length, context_tokens, model)
    _require_kind(method, source)
    made_under = _contract_hash(source, contract)
    # Whatever order a file has, the same samples make the same model.
    samples = sorted(source.samples, key=_content)
    kept: dict[Split, list[tuple[Sample, SampleTokens]]] = {Split.TRAIN: [], Split.TEST: []}
    dropped = []
    for sample in samples:
        found = _tokens(sample, tokenizer, contract, settings.max_length)
        if isinstance(found, Dropped):
            dropped.append(found)
        else:
            kept[sample.split or Split.TRAIN].append((sample, found))
    _require_enough(source.name, dropped, len(samples), checks.max_dropped_share)
    for split in (Split.TRAIN, *((Split.TEST,) if settings.evaluation_steps else ())):
        if not kept[split]:
            raise EmptySplitError(method, source.name, split, len(dropped))
    return CheckedStage(
        method=method,
        dataset=DatasetReference(
            name=source.name,
            content_hash=content_hash(*map(_content, samples)),
            train=len(kept[Split.TRAIN]),
            test=len(kept[Split.TEST]),
            contract_hash=made_under,
        ),
        train=tuple(tokens for _, tokens in kept[Split.TRAIN]),
        test=tuple(tokens for _, tokens in kept[Split.TEST]),
        test_samples=tuple(sample for sample, _ in kept[Split.TEST]),
        dropped=tuple(dropped),
    )


def token_count(sample: SampleTokens) -> int:
    """Return the tokens of a sample, those of its longest answer."""
    answers = [sample.answer] if isinstance(sample, InstructTokens) else [sample.chosen, sample.rejected]
    return len(sample.prompt) + max(map(len, answers))


def asked(sample: Sample, contract: PromptContract) -> tuple[ChatMessage, ...]:
    """Return the messages that a model is asked the instruction of a sample with."""
    return tuple(ChatMessage.model_validate(message) for message in asked_messages(sample.instruction, contract))


def _require_kind(method: TrainingMethod, source: StageSource) -> None:
    kinds = sorted({sample.kind for sample in source.samples})
    if any(kind is not KINDS[method] for kind in kinds):
        raise WrongSamplesError(method, source.name, kinds)


def _contract_hash(source: StageSource, contract: PromptContract) -> str | None:
    """Return the contract that all samples were made under; None if they do not say."""
    named = sorted({sample.provenance.contract_hash for sample in source.samples if sample.provenance})
    current = contract.contract_hash
    for made_under in named:
        if made_under != current:
            raise OtherContractError(source.name, made_under, current)
    if not named:
        logger.warning("{source} does not say under which prompts it was made", source=source.name)
    return current if named else None


def _tokens(
    sample: Sample, tokenizer: ChatTokenizer, contract: PromptContract, max_length: int
) -> SampleTokens | Dropped:
    if not sample.instruction.strip() or not all(answer.strip() for answer in sample.answers):
        return Dropped(item=sample.id, reason="empty", detail="its instruction or an answer has no text")
    if len(set(sample.answers)) < len(sample.answers):
        return Dropped(item=sample.id, reason="same_answers", detail="its answers are the same")
    prompt = tuple(tokenizer.prompt_tokens(asked(sample, contract)))
    answers = [tuple(tokenizer.answer_tokens(answer)) for answer in sample.answers]
    found: SampleTokens
    if isinstance(sample, InstructSample):
        found = InstructTokens(prompt=prompt, answer=answers[0])
    else:
        found = PreferenceTokens(prompt=prompt, chosen=answers[0], rejected=answers[1])
    length = token_count(found)
    if length > max_length:
        return Dropped(item=sample.id, reason="too_long", detail=f"it has {length} tokens, allowed are {max_length}")
    return found


def _require_enough(source: str, dropped: Sequence[Dropped], total: int, max_share: float) -> None:
    if len(dropped) > max_share * total:
        raise TooManyDroppedError(source, dropped, total, max_share)
    for reason, count in counted(drop.reason for drop in dropped).items():
        logger.warning("{source}: {count} samples are left out: {reason}", source=source, count=count, reason=reason)


def _content(sample: Sample) -> str:
    return content_hash(*_parts(sample))


def _parts(sample: Sample) -> Iterator[str | None]:
    yield sample.kind.value
    yield None if sample.split is None else sample.split.value
    yield sample.instruction
    yield from sample.answers


class TrainingData(Result):
    """What was found of the data sets of a training, before a model was loaded."""

    sources: Mapping[TrainingMethod, str]
    """Where each stage's data come from, exactly: an artifact by its id, or as it is named."""
    stages: Mapping[TrainingMethod, Figures]
    """`CheckedStage.figures` of each stage."""
    dropped: Mapping[TrainingMethod, tuple[Dropped, ...]] = {}

    @property
    def figures(self) -> Figures:
        """What was found, by stage."""
        return {method.value: dict(figures) for method, figures in self.stages.items()}

    @property
    def tables(self) -> Mapping[str, Sequence[FrozenModel]]:
        """Samples that are left out, with the reason."""
        return {f"Left out of {method.value}": dropped for method, dropped in self.dropped.items() if dropped}


def training_data(sources: Mapping[TrainingMethod, str], stages: Sequence[CheckedStage]) -> TrainingData:
    """Return what was found of the stages' data.

    Args:
        sources: Where each comes from, exactly.
        stages: What `checked_stage` gave.
    """
    return TrainingData(
        sources=sources,
        stages={stage.method: stage.figures for stage in stages},
        dropped={stage.method: stage.dropped for stage in stages},
    )
