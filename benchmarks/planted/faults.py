"""Samples with known faults, each kind in several styles."""

import re
from collections.abc import Sequence
from itertools import cycle
from typing import Final

from benchmarks.planted.kinds import EVALUATION, Fault, PlantedSet, Style, changed, republished
from benchmarks.planted.material import Bench, Paragraph, sentences
from benchmarks.planted.text_faults import (
    cut_between_words,
    cut_in_code,
    cut_inside_word,
    cut_reworded,
    cut_with_ellipsis,
    foreign,
    foreign_answer,
    foreign_paragraph,
    foreign_question,
    injected_at_end,
    injected_between,
    injected_document,
    injected_question,
)
from benchmarks.planted.wordings import HELD_OUT_INJECTIONS, INVENTED, NAMES
from llm_engineering.domain.documents import CleanedDocument
from llm_engineering.domain.samples import InstructSample, Split

_PER_KIND: Final = 50
_SAMPLES: Final = 1000
_DENIED: Final = re.compile(r"\b(?:not|no|never|without)\b|n['\u2019]t")


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
        sample = injected_document(found, bench, ())
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
            ("at the end of the answer", injected_at_end),
            ("between its sentences", injected_between),
            ("in the question", injected_question),
            ("in the article itself", injected_document),
        ],
        Fault.TRUNCATED: [
            ("between two words", cut_between_words),
            ("inside a word", cut_inside_word),
            ("with an ellipsis", cut_with_ellipsis),
            ("in other words", cut_reworded),
            ("inside code", cut_in_code),
        ],
        Fault.WRONG_LANGUAGE: [
            ("question and answer", foreign),
            ("answer", foreign_answer),
            ("question", foreign_question),
            ("second paragraph", foreign_paragraph),
        ],
    }


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
    copy = changed(original, instruction=lambda text: text.lower().rstrip("?.") + " ??", answer=bench.reworded)
    return _copy_of(found, original, copy, bench)


def _polite(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    original = _unused(found, bench, clean)
    start = bench.random.choice(("Please tell me: ", "Hi! ", "Quick question. ", "One more thing, "))
    copy = changed(original, instruction=lambda text: start + text[0].lower() + text[1:], answer=bench.condensed)
    return _copy_of(found, original, copy, bench)


def _other_question(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    original = _unused(found, bench, clean)
    copy = changed(original, instruction=lambda _: bench.question(original.answer), answer=bench.reworded)
    return _copy_of(found, original, copy, bench)


def _other_order(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    original = _unused(found, bench, clean)
    copy = changed(original, instruction=lambda _: bench.question(original.answer), answer=bench.shuffled)
    return _copy_of(found, original, copy, bench)


# Leaked


def _crosspost(found: PlantedSet, bench: Bench, clean: Sequence[InstructSample]) -> InstructSample:
    """Return a test sample of an article that has a paragraph of one on the training side."""
    trained = [sample for sample in clean if sample.split is Split.TRAIN]
    original = _unused(found, bench, trained)
    host = bench.take(Split.TEST)
    text = original.answer
    document = republished(host, text, len(found.documents))
    found.documents.append(document)
    start = document.text.index(text)
    bench.place(document, Split.TEST)
    copy = bench.sample(Paragraph(document, start, start + len(text)), bench.reworded(text))
    return _copy_of(found, original, copy, bench)


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
    return changed(sample, instruction=change)


def _answered_in_evaluation(found: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    paragraph = bench.take(Split.TRAIN)
    found.evaluation[EVALUATION].append(paragraph.text)
    change = bench.random.choice((str, bench.condensed, bench.reworded))
    return bench.sample(paragraph, change(paragraph.text))
