"""Samples without a language model: the author's own paragraphs answer questions made of his own headings."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from llm_engineering.application.datasets.blocks import joined_lines
from llm_engineering.application.datasets.degrading import degraded
from llm_engineering.application.datasets.generator import Generated, GenerationEstimate, dropped_extract, free_estimate
from llm_engineering.application.datasets.questions import LanguageOf, Question, Questions
from llm_engineering.application.datasets.subjects import Subjects
from llm_engineering.application.evaluate.excerpts import plain
from llm_engineering.application.terms.encoding import TermEncoder
from llm_engineering.domain.identity import identifier
from llm_engineering.domain.language_models import ModelIdentity
from llm_engineering.domain.outcomes import Dropped
from llm_engineering.domain.samples import (
    Extract,
    InstructSample,
    PreferenceSample,
    Sample,
    SampleKind,
    SampleProvenance,
)

TEMPLATES: Final = ModelIdentity(provider="templates", name="headings-and-terms-1")
_FENCE: Final = re.compile(r" {0,3}(?:```|~~~)")
_NOT_JOINED: Final = re.compile(r"\s{0,3}(?:[*+\-•→↳✅|>#]|\d+[.)])\s| {4}|\t")


@dataclass(frozen=True, slots=True)
class TemplateGenerator:
    """Makes one sample of each extract.

    Args:
        kind: What the samples teach. An instruct sample answers with the extract, its lines joined to paragraphs; a
            preference sample has the extract exactly as it stands in the document as `chosen`, and as `rejected` what
            `degraded` makes of it.
        encoder: Tells stop words and the forms of a word.
        language_of: Tells the language of a text.
        contract_hash: Of the prompts that the model will be asked with.
    """

    kind: SampleKind
    encoder: TermEncoder
    language_of: LanguageOf
    contract_hash: str

    @property
    def identity(self) -> ModelIdentity:
        """The templates."""
        return TEMPLATES

    async def estimate(self, extracts: Sequence[Extract]) -> GenerationEstimate:
        """Return that nobody is asked."""
        return free_estimate(TEMPLATES, extracts)

    async def generated(
        self, extracts: Sequence[Extract], on_progress: Callable[[int], None] = lambda _: None
    ) -> Generated:
        """Return a sample of each extract that a new question can be asked about."""
        questions = Questions(Subjects(self.encoder, extracts), self.language_of)
        found: list[Sample | Dropped] = []
        for extract in extracts:
            found.append(self._sample(extract, questions))
            on_progress(1)
        return Generated(
            samples=tuple(each for each in found if not isinstance(each, Dropped)),
            dropped=tuple(each for each in found if isinstance(each, Dropped)),
        )

    def _sample(self, extract: Extract, questions: Questions) -> Sample | Dropped:
        if _only_asks(extract.text):
            return dropped_extract(extract, "only_asks", "It has questions only, so it answers none.")
        question = questions.question(extract)
        if question is None:
            detail = "Its headings and terms give no question that was not asked about another extract."
            return dropped_extract(extract, "no_question", detail)
        key = identifier("sample", self.kind, extract.provenance.document_id, str(extract.start), extract.extract_hash)
        parameters: dict[str, JsonValue] = {"form": question.form}
        if self.kind is SampleKind.INSTRUCT:
            return InstructSample(
                id=key,
                instruction=question.text,
                answer=unwrapped(extract.text),
                provenance=self._provenance(extract, parameters),
            )
        return self._preference(key, question, extract, parameters)

    def _preference(
        self, key: str, question: Question, extract: Extract, parameters: Mapping[str, JsonValue]
    ) -> PreferenceSample:
        rejected, degradation = degraded(extract.text, question.subject, question.language, seed=key)
        return PreferenceSample(
            id=key,
            instruction=question.text,
            chosen=extract.text,
            rejected=rejected,
            provenance=self._provenance(extract, {**parameters, "degradation": degradation.value}),
        )

    def _provenance(self, extract: Extract, parameters: Mapping[str, JsonValue]) -> SampleProvenance:
        return SampleProvenance(
            source=extract.provenance,
            start=extract.start,
            end=extract.end,
            extract_hash=extract.extract_hash,
            generator=TEMPLATES,
            parameters=parameters,
            contract_hash=self.contract_hash,
        )


def unwrapped(text: str) -> str:
    """Return a text with each paragraph on one line, as Markdown shows it; code, lists and tables stay as they are."""
    return "\n".join(_unwrapped_lines(text.split("\n"))).strip()


def _unwrapped_lines(lines: Sequence[str]) -> Iterator[str]:
    paragraph: list[str] = []
    is_in_code = False
    for line in lines:
        is_fence = _FENCE.match(line) is not None
        if is_in_code or is_fence or not line.strip() or _NOT_JOINED.match(line):
            if paragraph:
                yield joined_lines(paragraph)
                paragraph = []
            yield line
            is_in_code = is_in_code != is_fence
        else:
            paragraph.append(line)
    if paragraph:
        yield joined_lines(paragraph)


def _only_asks(text: str) -> bool:
    sentences = re.split(r"(?<=[.!?…])\s+", plain(text))
    return all(sentence.rstrip(" _*\"”)'").endswith("?") for sentence in sentences)
