"""What models are asked: held-out samples of a data set, and golden questions; and the texts that they are held to."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

from llm_engineering.application.answer.asking import MAX_QUERY_CHARACTERS
from llm_engineering.application.evaluate.model_scoring.configuration import ModelEvaluating, PerplexityTexts
from llm_engineering.application.experiments.questions import ComparedQuestion, ComparedQuestions
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.errors import InvalidInputError
from llm_engineering.domain.models import FrozenModel
from llm_engineering.domain.outcomes import Batch, Dropped, Figures
from llm_engineering.domain.samples import Sample, Split


class QuestionOrigin(StrEnum):
    """Where a question comes from."""

    HELD_OUT = "held_out"
    """A sample of the test side of the data set."""
    GOLDEN = "golden"


class EvaluatedQuestion(ComparedQuestion):
    """A question that every model is asked."""

    origin: QuestionOrigin
    reference: str | None = None
    """What the sample says; None of a golden question."""


class NamedText(FrozenModel):
    """A text with where it comes from."""

    name: str
    """For people: a title, or which sample it is."""
    text: str
    document_id: str | None = None


class EvaluationMaterial(Batch[EvaluatedQuestion]):
    """Questions, and the texts that answers are held against."""

    source: str
    """Where the questions come from."""
    contract_hash: str | None = None
    """Of the contract that all samples were made under; None: they do not say, or differ."""
    author: str | None = None
    """Whose style is wanted; None: it is not known."""
    training: tuple[NamedText, ...] = ()
    """Texts that models may have learned by heart."""
    held_out: tuple[NamedText, ...] = ()
    """Texts of the author that no model was trained on."""

    @property
    def figures(self) -> Figures:
        """How much there is of what, and what was left out for which reason."""
        return {
            "source": self.source,
            "questions": len(self.items),
            "with_reference": sum(each.reference is not None for each in self.items),
            "dropped": self.dropped_by_reason,
            "training_texts": len(self.training),
            "held_out_texts": len(self.held_out),
            "author": self.author,
            "contract": self.contract_hash or "none",
        }

    @property
    def document_ids(self) -> tuple[str, ...]:
        """All documents whose words may be in it, sorted."""
        texts = (each.document_id for each in (*self.training, *self.held_out))
        asked = (document_id for each in self.items for document_id in each.document_ids)
        return tuple(sorted({*asked, *(each for each in texts if each is not None)}))


class NothingHeldOutError(InvalidInputError):
    """A data set has no test side."""

    def __init__(self, source: str, samples: int) -> None:
        super().__init__(
            f"No sample of {source} is held out: none of its {samples} samples is on the test side.",
            remedy="Set generation.test_share above 0 and make the data set anew, name the sides of its files train "
            "and test, or set data.held_out to 0 to ask golden questions only.",
        )
        self.source = source


class NothingToEvaluateError(InvalidInputError):
    """No question is left."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"No question of {source} is left to ask.",
            remedy="`poetry poe make-golden-questions` makes golden questions anew; data.held_out takes samples.",
        )
        self.source = source


class NoHeldOutTextsError(InvalidInputError):
    """There is no text that perplexity could be measured on."""

    def __init__(self, texts: PerplexityTexts, reason: str) -> None:
        super().__init__(
            f"There is no text to measure perplexity on (perplexity.texts: {texts}): {reason}.",
            remedy="Set perplexity.texts to answers, or leave `perplexity:` empty to do without.",
        )
        self.texts = texts


_SOURCE: Final = "data set {source}"


def held_out_documents(samples: Sequence[Sample]) -> tuple[str, ...]:
    """Return the ids of the documents that samples of the test side were made of, and none of the other side."""
    by_side: dict[bool, set[str]] = {True: set(), False: set()}
    for sample in samples:
        if sample.provenance is not None:
            by_side[sample.split is Split.TEST].add(sample.provenance.source.document_id)
    return tuple(sorted(by_side[True] - by_side[False]))


def evaluation_material(
    evaluating: ModelEvaluating,
    samples: Sequence[Sample],
    golden: ComparedQuestions | None,
    *,
    source: str,
    held_out: Sequence[CleanedDocument] = (),
    all_documents: Iterable[CleanedDocument] = (),
) -> EvaluationMaterial:
    """Return what models are asked and held to.

    Args:
        evaluating: How much of what is wanted.
        samples: Of the data set, both sides.
        golden: Golden questions, as they can be asked now; None: none are wanted.
        source: What the data set is called.
        held_out: The documents of `held_out_documents`, as far as the warehouse has them.
        all_documents: Of the author, if copies of them are looked for too.

    Raises:
        NothingHeldOutError: Samples are wanted, and none is held out.
        NothingToEvaluateError: No question is left.
        NoHeldOutTextsError: Perplexity is wanted, and there is no text to measure it on.
    """
    test = [sample for sample in samples if sample.split is Split.TEST]
    if evaluating.data.held_out and not test:
        raise NothingHeldOutError(source, len(samples))
    asked, dropped = _asked(test, evaluating.data.held_out)
    golden_asked = _golden(golden, evaluating.data.golden)
    if not asked and not golden_asked:
        raise NothingToEvaluateError(source)
    others = () if golden is None else golden.dropped
    sources = [_SOURCE.format(source=source)] if asked else []
    return EvaluationMaterial(
        items=(*asked, *golden_asked),
        dropped=(*dropped, *others),
        source=" and ".join([*sources, *([golden.source] if golden is not None else [])]),
        contract_hash=_one({sample.provenance.contract_hash for sample in samples if sample.provenance}),
        author=evaluating.author
        or _one({sample.provenance.source.author_full_name for sample in samples if sample.provenance}),
        training=(*_training(samples), *map(_document, all_documents)),
        held_out=_held_out_texts(evaluating, test, held_out),
    )


def _asked(test: Sequence[Sample], limit: int) -> tuple[list[EvaluatedQuestion], list[Dropped]]:
    asked: list[EvaluatedQuestion] = []
    dropped: list[Dropped] = []
    for sample in test[:limit]:
        length = len(sample.instruction)
        if not sample.instruction.strip() or length > MAX_QUERY_CHARACTERS:
            detail = f"Its instruction has {length} characters; 1 to {MAX_QUERY_CHARACTERS} can be asked."
            dropped.append(Dropped(item=sample.id, reason="instruction_length", detail=detail))
            continue
        asked.append(
            EvaluatedQuestion(
                id=sample.id,
                text=sample.instruction,
                origin=QuestionOrigin.HELD_OUT,
                reference=sample.answers[0],
                document_ids=(sample.provenance.source.document_id,) if sample.provenance else (),
            )
        )
    return asked, dropped


def _golden(golden: ComparedQuestions | None, limit: int) -> list[EvaluatedQuestion]:
    return [
        EvaluatedQuestion(
            id=each.id,
            text=each.text,
            golden=each.golden,
            relevant=each.relevant,
            origin=QuestionOrigin.GOLDEN,
            document_ids=tuple(sorted({place.document_id for place in each.golden.places})) if each.golden else (),
        )
        for each in (() if golden is None else golden.items[:limit])
    ]


def _training(samples: Sequence[Sample]) -> list[NamedText]:
    return [
        NamedText(
            name=f"sample {sample.id}" if sample.provenance is None else sample.provenance.source.title,
            text=answer,
            document_id=None if sample.provenance is None else sample.provenance.source.document_id,
        )
        for sample in samples
        if sample.split is not Split.TEST
        for answer in sample.answers
    ]


def _held_out_texts(
    evaluating: ModelEvaluating, test: Sequence[Sample], documents: Sequence[CleanedDocument]
) -> tuple[NamedText, ...]:
    wanted = evaluating.perplexity
    if wanted is None:
        return ()
    if wanted.texts is PerplexityTexts.DOCUMENTS:
        texts = [_document(each) for each in documents]
        reason = "no held-out sample names a document of the warehouse that only held-out samples were made of"
    else:
        texts = [NamedText(name=f"sample {each.id}", text=each.answers[0]) for each in test]
        reason = "the data set has no test side"
    kept = [each.model_copy(update={"text": each.text[: wanted.max_characters]}) for each in texts if each.text.strip()]
    if not kept:
        raise NoHeldOutTextsError(wanted.texts, reason)
    return tuple(kept[: wanted.max_texts])


def _document(document: CleanedDocument) -> NamedText:
    provenance = document.provenance
    return NamedText(name=provenance.title, text=document.text, document_id=provenance.document_id)


def _one(values: set[str]) -> str | None:
    return values.pop() if len(values) == 1 else None
