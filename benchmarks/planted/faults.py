"""Samples with known faults, each kind in several styles."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle
from typing import Final

from benchmarks.planted.material import Bench, Paragraph, sentences
from benchmarks.planted.wordings import FOREIGN, HELD_OUT_INJECTIONS, INVENTED, NAMES
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.samples import InstructSample, RejectionReason, Split

EVALUATION: Final = "evaluation"
_PER_KIND: Final = 50
_SAMPLES: Final = 1000
_DENIED: Final = re.compile(r"\b(?:not|no|never|without)\b|n['\u2019]t")


class Fault(StrEnum):
    """What is wrong with a sample."""

    HALLUCINATED = "hallucinated"
    DUPLICATED = "duplicated"
    LEAKED = "leaked"
    INJECTED = "injected"
    TRUNCATED = "truncated"
    WRONG_LANGUAGE = "wrong language"


REASONS: Final[Mapping[Fault, frozenset[RejectionReason]]] = {
    Fault.HALLUCINATED: frozenset({RejectionReason.UNGROUNDED}),
    Fault.DUPLICATED: frozenset({RejectionReason.DUPLICATE, RejectionReason.NEAR_DUPLICATE}),
    Fault.LEAKED: frozenset({RejectionReason.LEAKED, RejectionReason.CONTAMINATED}),
    Fault.INJECTED: frozenset({RejectionReason.INJECTED}),
    Fault.TRUNCATED: frozenset({RejectionReason.TRUNCATED}),
    Fault.WRONG_LANGUAGE: frozenset({RejectionReason.WRONG_LANGUAGE}),
}
"""The reasons that name a fault rightly."""


@dataclass
class PlantedSet:
    """Samples, of which some have a known fault."""

    documents: list[CleanedDocument]
    samples: list[InstructSample] = field(default_factory=list)
    faults: dict[str, tuple[Fault, str]] = field(default_factory=dict)
    """Fault and style by the id of the sample."""
    originals: dict[str, str] = field(default_factory=dict)
    """The sample that a repetition repeats, by its id: which of both goes does not matter."""
    evaluation: dict[str, list[str]] = field(default_factory=lambda: {EVALUATION: []})


Style = Callable[[PlantedSet, Bench, Sequence[InstructSample]], InstructSample]
"""Returns a faulty sample; given are the set so far, its maker and the samples without a fault."""


def planted_set(
    documents: Sequence[CleanedDocument], seed: int, *, generic_answers: Sequence[str], per_kind: int = _PER_KIND
) -> PlantedSet:
    """Return 1,000 samples, of which each fault has its part, made from real paragraphs.

    Args:
        documents: The articles.
        seed: Another one makes another set.
        generic_answers: Answers that a language model wrote about nothing in particular.
        per_kind: How many samples have each fault; its styles take turns.
    """
    bench = Bench(documents, seed)
    found = PlantedSet(list(documents))
    clean = [bench.clean(bench.take()) for _ in range(_SAMPLES - per_kind * len(Fault))]
    found.samples += clean
    for fault, styles in _styles(generic_answers).items():
        for number in range(per_kind):
            name, style = styles[number % len(styles)]
            sample = style(found, bench, clean)
            found.samples.append(sample)
            found.faults[sample.id] = (fault, name)
    bench.random.shuffle(found.samples)
    return found


def held_out_injections(documents: Sequence[CleanedDocument], seed: int) -> PlantedSet:
    """Return samples of articles with instructions to a machine that the rules were not written for."""
    bench = Bench(documents, seed)
    bench.injections = cycle(HELD_OUT_INJECTIONS)
    found = PlantedSet(list(documents))
    for _ in HELD_OUT_INJECTIONS:
        sample = _injected_document(found, bench, ())
        found.samples.append(sample)
        found.faults[sample.id] = (Fault.INJECTED, "held out")
    return found


def _styles(generic_answers: Sequence[str]) -> dict[Fault, list[tuple[str, Style]]]:
    def generic(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
        return bench.sample(bench.take(), bench.random.choice(generic_answers))

    return {
        Fault.HALLUCINATED: [
            ("general knowledge of a model", generic),
            ("answer to another document", _other_document),
            ("invented sentences between real ones", _invented),
            ("changed numbers", _numbers),
            ("changed names", _names),
            ("says the opposite", _negated),
        ],
        Fault.DUPLICATED: [
            ("exact copy", _copy),
            ("same question in other case and signs", _recased),
            ("same question with a polite start", _polite),
            ("other question, answer in other words", _other_question),
            ("other question, sentences in another order", _other_order),
        ],
        Fault.LEAKED: [
            ("article published twice, on both sides", _crosspost),
            ("sample of a training document on the test side", _torn),
            ("question of an evaluation set", _asked_in_evaluation),
            ("answer of an evaluation set", _answered_in_evaluation),
        ],
        Fault.INJECTED: [
            ("at the end of the answer", _injected_at_end),
            ("between its sentences", _injected_between),
            ("in the question", _injected_question),
            ("in the article itself", _injected_document),
        ],
        Fault.TRUNCATED: [
            ("between two words", _cut_between_words),
            ("inside a word", _cut_inside_word),
            ("with an ellipsis", _cut_with_ellipsis),
            ("in other words", _cut_reworded),
            ("inside code", _cut_in_code),
        ],
        Fault.WRONG_LANGUAGE: [
            ("question and answer", _foreign),
            ("answer", _foreign_answer),
            ("question", _foreign_question),
            ("second paragraph", _foreign_paragraph),
        ],
    }


def _with(
    sample: InstructSample,
    *,
    instruction: Callable[[str], str] = lambda text: text,
    answer: Callable[[str], str] = lambda text: text,
) -> InstructSample:
    return sample.model_copy(update={"instruction": instruction(sample.instruction), "answer": answer(sample.answer)})


# Hallucinated


def _other_document(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph, other = bench.take(), bench.take()
    while other.document is paragraph.document:
        other = bench.take()
    return bench.sample(paragraph, other.text)


def _invented(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take(pattern=r"[.!?]\s[A-Z]")
    of_text = sentences(paragraph.text)
    for sentence in bench.random.sample(INVENTED, 2):
        of_text.insert(bench.random.randint(1, len(of_text)), sentence)
    return bench.sample(paragraph, " ".join(of_text))


def _numbers(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take(pattern=r"(?<![\w.])\d{2,}(?![\w.])")
    changed = re.sub(
        r"(?<![\w.])\d{2,}(?![\w.])", lambda match: str(int(match[0]) + bench.random.randint(13, 89)), paragraph.text
    )
    return bench.sample(paragraph, changed)


def _names(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    pattern = r"(?<=[a-z,] )[A-Z]\w{2,}(?: [A-Z]\w+)?"
    paragraph = bench.take(pattern=pattern)
    return bench.sample(paragraph, re.sub(pattern, lambda _: bench.random.choice(NAMES), paragraph.text))


def _negated(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    pattern = r"\b(is|are|was|were|can|will|should|must|does|do|has|have)\b(?! not|n't)"
    paragraph = bench.take(pattern=r"\A[^.]*\b(?:is|are|can|will|should|must)\b(?! not)")
    denied = [
        sentence if _DENIED.search(sentence) else re.sub(pattern, r"\1 not", sentence, count=1)
        for sentence in sentences(paragraph.text)
    ]
    return bench.sample(paragraph, " ".join(denied))


# Duplicated


def _copy_of(found: PlantedSet, original: InstructSample, copy: InstructSample, bench: Bench) -> InstructSample:
    named = copy.model_copy(update={"id": f"{bench.random.getrandbits(64):016x}"})
    found.originals[named.id] = original.id
    return named


def _unused(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    """Return a sample that nothing repeats yet."""
    used = set(found.originals.values())
    return bench.random.choice([sample for sample in clean if sample.id not in used])


def _copy(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    original = _unused(found, bench, clean)
    return _copy_of(found, original, original, bench)


def _recased(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    original = _unused(found, bench, clean)
    copy = _with(original, instruction=lambda text: text.lower().rstrip("?.") + " ??", answer=bench.reworded)
    return _copy_of(found, original, copy, bench)


def _polite(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    original = _unused(found, bench, clean)
    start = bench.random.choice(("Please tell me: ", "Hi! ", "Quick question. ", "One more thing, "))
    copy = _with(original, instruction=lambda text: start + text[0].lower() + text[1:], answer=bench.condensed)
    return _copy_of(found, original, copy, bench)


def _other_question(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    original = _unused(found, bench, clean)
    copy = _with(original, instruction=lambda _: bench.question(original.answer), answer=bench.reworded)
    return _copy_of(found, original, copy, bench)


def _other_order(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    original = _unused(found, bench, clean)
    copy = _with(original, instruction=lambda _: bench.question(original.answer), answer=bench.shuffled)
    return _copy_of(found, original, copy, bench)


# Leaked


def _crosspost(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    """Return a test sample of an article that has a paragraph of one on the training side."""
    trained = [sample for sample in clean if sample.split is Split.TRAIN]
    original = _unused(found, bench, trained)
    host = bench.take(Split.TEST)
    text = original.answer
    document = _republished(host, text, len(found.documents))
    found.documents.append(document)
    start = document.text.index(text)
    bench.place(document, Split.TEST)
    copy = bench.sample(Paragraph(document, start, start + len(text)), bench.reworded(text))
    return _copy_of(found, original, copy, bench)


def _republished(host: Paragraph, text: str, number: int) -> CleanedDocument:
    provenance = host.document.provenance.model_copy(
        update={
            "document_id": f"crosspost-{number}",
            "link": f"https://crossposts.example.org/{number}",
            "title": f"Republished {number}",
        }
    )
    return CleanedDocument(provenance=provenance, text=f"{host.text}\n\n{text}\n\nUntil next week.")


def _torn(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    sample = bench.clean(bench.take(Split.TRAIN))
    return sample.model_copy(update={"split": Split.TEST})


def _asked_in_evaluation(found: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    sample = bench.clean(bench.take(Split.TRAIN))
    found.evaluation[EVALUATION].append(sample.instruction)
    change = bench.random.choice((
        str.lower,
        str.upper,
        lambda text: f"Question: {text}",
        lambda text: text.rstrip("?."),
    ))
    return _with(sample, instruction=change)


def _answered_in_evaluation(found: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take(Split.TRAIN)
    found.evaluation[EVALUATION].append(paragraph.text)
    change = bench.random.choice((str, bench.condensed, bench.reworded))
    return bench.sample(paragraph, change(paragraph.text))


# Injected


def _injected_at_end(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    gap = bench.random.choice((" ", "\n\n"))
    return _with(bench.clean(bench.take()), answer=lambda text: f"{text}{gap}{next(bench.injections)}")


def _injected_between(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take(pattern=r"[.!?]\s[A-Z]")
    of_text = sentences(paragraph.text)
    of_text.insert(bench.random.randint(1, len(of_text) - 1), next(bench.injections))
    return bench.sample(paragraph, "\n".join(of_text))


def _injected_question(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    return _with(bench.clean(bench.take()), instruction=lambda text: f"{text} {next(bench.injections)}")


def _injected_document(found: PlantedSet, bench: Bench, _: Sequence[InstructSample]) -> InstructSample:
    """Return a sample of an article into which somebody wrote an injection, so that the answer is grounded."""
    host = bench.take()
    text = f"{host.text}\n{next(bench.injections)}"
    document = _republished(host, text, len(found.documents))
    found.documents.append(document)
    bench.place(document, bench.split(host.document))
    start = document.text.index(f"\n\n{text}") + 2
    return bench.sample(Paragraph(document, start, start + len(text)), text)


# Truncated


def _cut(text: str, bench: Bench) -> list[str]:
    """Return the words of a text up to one in mid-sentence."""
    of_text = text.split()
    places = [place for place in range(len(of_text) // 3, len(of_text) - 1) if of_text[place][-1].isalnum()]
    return of_text[: bench.random.choice(places) + 1]


def _cut_between_words(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take()
    return bench.sample(paragraph, " ".join(_cut(paragraph.text, bench)))


def _cut_inside_word(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take(pattern=r"\b[a-z]{7,}\b[^.]*\s")
    words = list(re.finditer(r"\b[a-z]{7,}\b", paragraph.text))
    word = bench.random.choice(words[len(words) // 2 :])
    return bench.sample(paragraph, paragraph.text[: word.start() + bench.random.randint(3, 5)])


def _cut_with_ellipsis(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take()
    return bench.sample(paragraph, " ".join(_cut(paragraph.text, bench)) + bench.random.choice(("...", "…", ",", " -")))


def _cut_reworded(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take()
    return bench.sample(paragraph, " ".join(_cut(bench.reworded(paragraph.text), bench)))


def _cut_in_code(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take()
    return bench.sample(paragraph, f"{paragraph.text}\n\n```python\nfor document in documents:\n    print(document)")


# Wrong language


def _foreign_text(bench: Bench, count: int) -> tuple[str, str]:
    """Return a question and an answer of some sentences in one language."""
    of_language = FOREIGN[bench.random.choice(sorted(FOREIGN))]
    return of_language[-1], " ".join(bench.random.sample(of_language[:-1], count))


def _foreign(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    question, answer = _foreign_text(bench, bench.random.randint(1, 4))
    return bench.sample(bench.take(), answer, question)


def _foreign_answer(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    return bench.sample(bench.take(), _foreign_text(bench, bench.random.randint(1, 4))[1])


def _foreign_question(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take()
    return bench.sample(paragraph, paragraph.text, _foreign_text(bench, 1)[0])


def _foreign_paragraph(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take()
    return bench.sample(paragraph, f"{paragraph.text}\n\n{_foreign_text(bench, 2)[1]}")
