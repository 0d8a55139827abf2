"""Faults that lie in the text itself: injected, truncated, in another language."""

import re
from collections.abc import Sequence

from benchmarks.planted.kinds import PlantedSet, changed, republished
from benchmarks.planted.material import Bench, Paragraph, sentences
from benchmarks.planted.wordings import FOREIGN
from llm_engineering.domain.samples import InstructSample

# Injected


def injected_at_end(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    gap = bench.random.choice((" ", "\n\n"))
    return changed(bench.clean(bench.take()), answer=lambda text: f"{text}{gap}{next(bench.injections)}")


def injected_between(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    paragraph = bench.take(pattern=r"[.!?]\s[A-Z]")
    of_text = sentences(paragraph.text)
    of_text.insert(bench.random.randint(1, len(of_text) - 1), next(bench.injections))
    return bench.sample(paragraph, "\n".join(of_text))


def injected_question(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    return changed(bench.clean(bench.take()), instruction=lambda text: f"{text} {next(bench.injections)}")


def injected_document(found: PlantedSet, bench: Bench, _: Sequence[InstructSample]) -> InstructSample:
    """Return a sample of an article into which somebody wrote an injection, so that the answer is grounded."""
    host = bench.take()
    text = f"{host.text}\n{next(bench.injections)}"
    document = republished(host, text, len(found.documents))
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


def cut_between_words(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    paragraph = bench.take()
    return bench.sample(paragraph, " ".join(_cut(paragraph.text, bench)))


def cut_inside_word(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    paragraph = bench.take(pattern=r"\b[a-z]{7,}\b[^.]*\s")
    words = list(re.finditer(r"\b[a-z]{7,}\b", paragraph.text))
    word = bench.random.choice(words[len(words) // 2 :])
    return bench.sample(paragraph, paragraph.text[: word.start() + bench.random.randint(3, 5)])


def cut_with_ellipsis(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    paragraph = bench.take()
    return bench.sample(paragraph, " ".join(_cut(paragraph.text, bench)) + bench.random.choice(("...", "…", ",", " -")))


def cut_reworded(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    paragraph = bench.take()
    return bench.sample(paragraph, " ".join(_cut(bench.reworded(paragraph.text), bench)))


def cut_in_code(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    paragraph = bench.take()
    return bench.sample(paragraph, f"{paragraph.text}\n\n```python\nfor document in documents:\n    print(document)")


# Wrong language


def _foreign_text(bench: Bench, count: int) -> tuple[str, str]:
    """Return a question and an answer of some sentences in one language."""
    of_language = FOREIGN[bench.random.choice(sorted(FOREIGN))]
    return of_language[-1], " ".join(bench.random.sample(of_language[:-1], count))


def foreign(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    question, answer = _foreign_text(bench, bench.random.randint(1, 4))
    return bench.sample(bench.take(), answer, question)


def foreign_answer(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    return bench.sample(bench.take(), _foreign_text(bench, bench.random.randint(1, 4))[1])


def foreign_question(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    paragraph = bench.take()
    return bench.sample(paragraph, paragraph.text, _foreign_text(bench, 1)[0])


def foreign_paragraph(_: PlantedSet, bench: Bench, __: Sequence[InstructSample]) -> InstructSample:
    """Return a sample with this fault."""
    paragraph = bench.take()
    return bench.sample(paragraph, f"{paragraph.text}\n\n{_foreign_text(bench, 2)[1]}")
